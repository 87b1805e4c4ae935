"""Taking an action back at once: what the inverse is, and when there is none."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from services.licensing.domain.user.commands import ChangeProfile, Deactivate, UserCommand
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.events import UserReactivated
from services.licensing.domain.user.short_undo import Touched, changed_since, inverse, restored
from services.licensing.domain.user.state import Active, Gone, Manager, Member, Nobody, Profile
from tests.spec import replace
from tests.unit.licensing import people as p

OTHER = UUID(int=8)
BOSS, NEW_BOSS = Manager(UUID(int=9), "boss@acme.example"), Manager(UUID(int=10), "boss@acme.example")
REPORTING = replace(p.PROFILE, title="AE", reports_to=BOSS)


def member(user: object) -> Member:
    assert not isinstance(user, Nobody | Gone)
    return user  # pyright: ignore[reportReturnType]


def after(before: Member, *commands: UserCommand) -> Member:
    user: object = before
    for command in commands:
        user = USER.fold(USER.decide(command, member(user)), member(user))
    return member(user)


def taken_back(before: Member, now: Member) -> Member:
    return after(now, *inverse(before, now, before.profile, p.BY, p.NOON, admin_remains=True))


@pytest.mark.parametrize("before", [p.WAITING, p.PENDING, p.ACTIVE], ids=lambda user: user.status)
def test_a_change_is_taken_back_whole(before: Member) -> None:
    changed = after(before, ChangeProfile(REPORTING, p.BY))
    assert taken_back(before, changed) == before


def test_who_was_deactivated_is_active_again_and_that_is_no_news() -> None:
    before = replace(p.ACTIVE, profile=REPORTING)
    now = after(before, Deactivate(p.BY), ChangeProfile(p.PROFILE, None))
    assert taken_back(before, now) == before
    told = USER.decide(inverse(before, now, REPORTING, p.BY, p.NOON, admin_remains=True)[0], now)
    assert told == [UserReactivated(replace(p.ACTIVE, profile=p.PROFILE), p.BY, undo=True)]


def test_what_is_as_it_was_needs_nothing() -> None:
    assert USER.decide(ChangeProfile(p.PROFILE, p.BY), p.ACTIVE) == []


@pytest.mark.parametrize(
    ("present", "changed"),
    [({p.ANN: 4, OTHER: 2}, []), ({p.ANN: 5, OTHER: 2}, [p.ANN]), ({OTHER: 2}, [p.ANN]), ({}, [p.ANN, OTHER])],
)
def test_who_has_moved_on_since_or_is_gone_has_changed(present: dict[UUID, int], changed: list[UUID]) -> None:
    touched = [Touched(p.ACTIVE, 4, gone=False), Touched(replace(p.ACTIVE, user_id=OTHER), 2, gone=False)]
    assert changed_since(touched, present) == changed


def test_who_went_by_the_action_itself_has_no_later_history() -> None:
    assert changed_since([Touched(p.WAITING, 2, gone=True)], {}) == []


def test_a_manager_who_is_invited_again_is_a_new_user() -> None:
    assert restored(REPORTING, {BOSS.user_id: NEW_BOSS}).reports_to == NEW_BOSS
    assert restored(REPORTING, {}) == REPORTING
    assert restored(p.PROFILE, {BOSS.user_id: NEW_BOSS}) == p.PROFILE


def profile(title: str | None, region: str | None, boss: Manager | None, level: str | None) -> Profile:
    own = {"Level": level} if level else {}
    return replace(p.PROFILE, title=title, region=region, reports_to=boss, custom_fields=own)


PROFILES = st.builds(
    profile,
    st.none() | st.text(min_size=1, max_size=3),
    st.none() | st.sampled_from(["EMEA", "UK"]),
    st.sampled_from([None, BOSS]),
    st.sampled_from([None, "IC", "M"]),
)


@for_all(st.sampled_from([p.WAITING, p.PENDING, p.ACTIVE]), PROFILES, st.lists(PROFILES, max_size=3), st.booleans())
def test_whatever_one_action_did_is_as_it_was(user: Member, first: Profile, then: Sequence[Profile], out: bool) -> None:
    before = replace(user, profile=first)
    out_first = [Deactivate(p.BY)] if out and isinstance(before, Active) else []
    does: list[UserCommand] = [*out_first, *(ChangeProfile(each, p.BY) for each in then)]
    assert taken_back(before, after(before, *does)) == before
