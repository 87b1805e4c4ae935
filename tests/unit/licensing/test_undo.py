"""What undoing a batch comes to: each row of the table in docs/admins.md, and that it leaves all as it was before."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.licensing.application.form_validation import rules_of
from services.licensing.application.undo_batch.facts import possible
from services.licensing.application.undo_batch.rows import Restored, read, written
from services.licensing.domain.licenses.company_settings import CompanySettings, CustomField
from services.licensing.domain.undo.commands import RecordReview
from services.licensing.domain.undo.decide import UNDO
from services.licensing.domain.undo.events import RowsRef, UndoCounts, UndoReviewed
from services.licensing.domain.undo.outcomes import (
    Effect,
    Since,
    UndoneRow,
    changed_since,
    last_changes,
    new_managers,
    restored,
    still_restored,
    undone,
    withdrawn,
    without_circles,
)
from services.licensing.domain.user.commands import Accept, CancelInvitation, ChangeProfile, Invite
from services.licensing.domain.user.decide import USER
from services.licensing.domain.user.events import (
    Change,
    ManagerLeft,
    MethodologyConsumed,
    MethodologyWithdrawn,
    UserChanged,
    UserEvent,
)
from services.licensing.domain.user.profile import changes_between
from services.licensing.domain.user.state import Access, Actor, Gone, Manager, Member, Profile
from shared.object_store.store import Blobs
from shared.people.graph import circles
from tests.spec import given, replace
from tests.unit.licensing import people as p

BEN = Actor("ben@acme.example", "Ben Backup")
LATER = p.NOON + timedelta(days=1)
BOSS, CHIEF = Manager(UUID(int=8), "boss@acme.example"), Manager(UUID(int=9), "chief@acme.example")
SETTINGS = CompanySettings(
    "Acme",
    "plus",
    10,
    regions=("EMEA", "Americas"),
    custom_fields=(CustomField("Level", values=("IC", "Lead")), CustomField("Desk")),
)
THERE = {BOSS.user_id: BOSS, CHIEF.user_id: CHIEF}
ALLOWED = possible(rules_of(SETTINGS), THERE)
BEFORE = replace(p.PROFILE, title="AE", region="EMEA", reports_to=BOSS, custom_fields={"Level": "IC"})
AFTER = replace(BEFORE, title="Senior AE", region="Americas", reports_to=CHIEF, custom_fields={"Level": "Lead"})
INVITED = Effect(p.WAITING, None)
CHANGED = Effect(replace(p.ACTIVE, profile=AFTER), changes_between(BEFORE, AFTER))


def rows(effect: Effect, now: Member | None, since: Mapping[str, Since] | None = None) -> list[UndoneRow]:
    return undone(effect, now, since or {}, ALLOWED)


def said(found: Sequence[UndoneRow]) -> list[tuple[str, str | None, list[str]]]:
    return [(row.outcome, row.reason, [change.field for change in row.changes]) for row in found]


@pytest.mark.parametrize("now", [p.WAITING, p.PENDING, p.EXPIRED])
def test_who_was_invited_and_has_not_joined_is_cancelled(now: Member) -> None:
    assert said(rows(INVITED, now)) == [("cancel", None, [])]


@pytest.mark.parametrize(("now", "reason"), [(p.ACTIVE, "joined"), (p.INACTIVE, "left"), (None, "left")])
def test_who_was_invited_and_has_joined_or_left_is_kept(now: Member | None, reason: str) -> None:
    assert said(rows(INVITED, now)) == [("kept", reason, [])]


def test_what_is_still_as_the_batch_left_it_is_restored_from_now_to_before() -> None:
    (row,) = rows(CHANGED, replace(p.ACTIVE, profile=AFTER))
    assert row.outcome == "restore" and row.reason is None
    assert row.changes == changes_between(AFTER, BEFORE)


def test_of_several_fields_each_has_its_own_outcome() -> None:
    now = replace(AFTER, title="VP")
    since = {"title": Since(BEN, LATER)}
    found = rows(CHANGED, replace(p.ACTIVE, profile=now), since)
    assert said(found) == [("restore", None, ["region", "reports_to", "Level"]), ("kept", "changed_since", ["title"])]
    assert found[1].since == Since(BEN, LATER)
    assert found[1].changes == (Change("title", "VP", "AE"),), "from what is so now to what was so before"


def test_who_changed_it_last_is_said() -> None:
    active = p.ACTIVE

    def changed(by: Actor | None, *fields: str, because: ManagerLeft | None = None) -> UserEvent:
        return UserChanged(active, tuple(Change(each, None, "x") for each in fields), by, None, because)

    left = ManagerLeft(CHIEF.user_id, "Chief", "deactivated", BEN)
    events = [
        (changed(p.BY, "title", "region"), p.NOON),
        (changed(BEN, "title"), LATER),
        (changed(None, "reports_to", because=left), LATER),
        (p.ACTIVATED, LATER),
    ]
    assert last_changes(events) == {
        "title": Since(BEN, LATER),
        "region": Since(p.BY, p.NOON),
        "reports_to": Since(BEN, LATER),
    }


def test_what_two_have_changed_since_is_a_row_each() -> None:
    now = replace(AFTER, title="VP", region="EMEA")
    since = {"title": Since(BEN, LATER), "region": Since(p.BY, p.NOON)}
    found = rows(CHANGED, replace(p.ACTIVE, profile=now), since)
    assert said(found)[1:] == [("kept", "changed_since", ["title"]), ("kept", "changed_since", ["region"])]


@pytest.mark.parametrize("now", [replace(p.INACTIVE, profile=AFTER), None])
def test_who_was_changed_and_has_left_is_kept_whole(now: Member | None) -> None:
    assert said(rows(CHANGED, now)) == [("kept", "left", ["title", "region", "reports_to", "Level"])]


@pytest.mark.parametrize(
    ("settings_now", "managers", "field"),
    [
        (replace(SETTINGS, regions=("Americas", "APAC")), THERE, "region"),
        (replace(SETTINGS, custom_fields=(CustomField("Level", values=("Lead",)),)), THERE, "Level"),
        (replace(SETTINGS, custom_fields=(CustomField("Desk"),)), THERE, "Level"),
        (SETTINGS, {CHIEF.user_id: CHIEF}, "reports_to"),
    ],
)
def test_what_is_no_longer_possible_is_kept(
    settings_now: CompanySettings, managers: dict[UUID, Manager], field: str
) -> None:
    allowed = possible(rules_of(settings_now), managers)
    found = undone(CHANGED, replace(p.ACTIVE, profile=AFTER), {}, allowed)
    assert said(found)[-1] == ("kept", "no_longer_valid", [field])
    assert found[0].outcome == "restore" and field not in [change.field for change in found[0].changes]


def test_that_there_was_no_value_can_be_again_also_in_a_required_field() -> None:
    nothing = replace(p.PROFILE, first_name="", reports_to=None, custom_fields={})
    something = replace(nothing, first_name="Ann", reports_to=BOSS, custom_fields={"Level": "IC"})
    required = replace(SETTINGS, custom_fields=(CustomField("Level", required=True),))
    effect = Effect(replace(p.ACTIVE, profile=something), changes_between(nothing, something))
    (row,) = undone(effect, effect.after, {}, possible(rules_of(required), THERE))
    assert restored(something, row.changes, THERE) == nothing


def test_a_field_is_the_same_however_the_company_spells_it_today() -> None:
    now = replace(AFTER, custom_fields={"LEVEL": "Lead"})
    renamed = replace(SETTINGS, custom_fields=(CustomField("LEVEL", values=("IC", "Lead")),))
    (row,) = undone(CHANGED, replace(p.ACTIVE, profile=now), {}, possible(rules_of(renamed), THERE))
    assert row.outcome == "restore" and len(row.changes) == 4


def test_a_manager_is_the_same_whatever_their_address_is_today() -> None:
    now = replace(AFTER, reports_to=replace(CHIEF, email="the.chief@acme.example"))
    (row,) = rows(CHANGED, replace(p.ACTIVE, profile=now))
    assert row.outcome == "restore"
    renamed = replace(BOSS, email="the.boss@acme.example")
    assert restored(now, row.changes, {BOSS.user_id: renamed}).reports_to == renamed


def restoring(user: int, manager: int | None, *others: Change) -> UndoneRow:
    change = Change("reports_to", "x", "y", UUID(int=99), UUID(int=manager) if manager else None)
    return UndoneRow("restore", UUID(int=user), f"{user}@acme.example", "", "", (*others, change))


def test_nobody_comes_to_report_to_themselves() -> None:
    one_to_two, title = restoring(1, 2, Change("title", "b", "a")), Change("title", "b", "a")
    today = {UUID(int=2): UUID(int=1), UUID(int=1): None}
    assert said(without_circles([one_to_two], today.get)) == [
        ("restore", None, ["title"]),
        ("kept", "no_longer_valid", ["reports_to"]),
    ]
    both = [one_to_two, restoring(2, None)]
    assert without_circles(both, today.get) == both, "together they close none"
    assert title in one_to_two.changes


@for_any(
    st.dictionaries(st.integers(1, 8), st.none() | st.integers(1, 8), max_size=8),
    st.dictionaries(st.integers(1, 8), st.integers(1, 8), max_size=8),
)
def test_whatever_is_restored_no_circle_comes_of_it(back: dict[int, int | None], today: dict[int, int]) -> None:
    present = {UUID(int=user): UUID(int=manager) for user, manager in today.items() if manager < user}
    kept = without_circles([restoring(user, manager) for user, manager in back.items()], present.get)
    new = new_managers(kept)
    everybody = [UUID(int=n) for n in range(1, 9)]
    assert not circles(everybody, lambda user: new[user] if user in new else present.get(user))


def test_each_time_it_is_looked_at_there_is_a_review_more() -> None:
    command = RecordReview(p.UNDO, p.COMPANY, p.BATCH, UndoCounts(3, 1, 1, 1), 10, 4, RowsRef("r", "s"))
    first = UndoReviewed(p.UNDO, p.COMPANY, p.BATCH, 1, UndoCounts(3, 1, 1, 1), 10, 4, RowsRef("r", "s"))
    given(UNDO).when(command).then(first).when(command).then(replace(first, review=2))


# A company, a batch, and its undo, by the deciders alone.

TITLES, REGIONS, LEVELS = (
    st.none() | st.sampled_from(["AE", "VP"]),
    st.sampled_from(["EMEA", "Americas"]),
    st.sampled_from([{}, {"Level": "IC"}, {"Level": "Lead"}, {"Level": "IC", "Desk": "7"}]),
)
NAMES = st.sampled_from(["", "Ann", "Åsa"])
IDS = [UUID(int=100 + n) for n in range(5)]


@st.composite
def profiles(draw: st.DrawFn, user: UUID) -> Profile:
    """Managers are those with a lower number, so that there is no circle before."""
    above = [Manager(each, f"{each.int}@acme.example") for each in IDS if each < user]
    return Profile(
        email=f"{user.int}@acme.example",
        first_name=draw(NAMES),
        last_name="Lee",
        title=draw(TITLES),
        region=draw(REGIONS),
        reports_to=draw(st.sampled_from([None, *above])),
        custom_fields=draw(LEVELS),
    )


@st.composite
def stories(draw: st.DrawFn) -> tuple[dict[UUID, Member], dict[UUID, Profile]]:
    """Who is there before, and what the batch makes of them; who is not there before is invited."""
    there = {i: replace(p.ACTIVE, user_id=i, profile=draw(profiles(i))) for i in IDS if draw(st.booleans())}
    wanted = {i: draw(profiles(i)) for i in IDS if i not in there or draw(st.booleans())}
    return dict(there), wanted


def do(state: dict[UUID, Member], user: UUID, command: object) -> list[UserEvent]:
    """Decides on one user, and lets it happen."""
    decider: object = USER
    before = state.get(user, USER.initial)
    events = list(decider.decide(command, before))  # pyright: ignore
    after = USER.fold(events, before)
    state.pop(user, None)
    if not isinstance(after, Gone) and after is not USER.initial:
        state[user] = after  # pyright: ignore[reportArgumentType]
    return events


@settings(max_examples=60)
@for_any(stories(), st.data())
def test_undoing_right_after_completion_leaves_the_company_as_it_was(
    story: tuple[dict[UUID, Member], dict[UUID, Profile]], data: st.DataObject
) -> None:
    """But for what the table keeps: here, who joins before it is undone."""
    company, wanted = story
    before = dict(company)
    effects: list[Effect] = []
    for user, profile in wanted.items():
        if user in before:
            happened = do(company, user, ChangeProfile(profile, p.BY, p.BATCH))
            effects += [Effect(each.after, each.changes) for each in happened if isinstance(each, UserChanged)]
        else:
            do(company, user, Invite(user, p.COMPANY, profile, None, user, p.BY, p.NOON, p.TWO_WEEKS, p.BATCH))
            effects.append(Effect(company[user], None))
    joined = {user for user in wanted if user not in before and data.draw(st.booleans())}
    for user in joined:
        do(company, user, Accept(user, None, LATER))
    managers = {user: Manager(user, member.profile.email) for user, member in company.items()}
    rules = possible(rules_of(SETTINGS), managers)

    def present(user: UUID) -> UUID | None:
        manager = company[user].profile.reports_to if user in company else None
        return manager and manager.user_id

    review = without_circles(
        [row for each in effects for row in undone(each, company.get(each.user_id), {}, rules)], present
    )
    for row in review:
        if row.outcome == "restore":
            assert still_restored(company[row.user_id], row.changes, rules)
            profile = restored(company[row.user_id].profile, row.changes, managers)
            do(company, row.user_id, ChangeProfile(profile, p.BY, p.UNDO))
    for row in review:
        if row.outcome == "cancel":
            do(company, row.user_id, CancelInvitation(p.BY, p.UNDO))

    assert set(company) == set(before) | joined
    assert {row.user_id for row in review if row.outcome == "kept"} == joined, "who joined is all that is kept"
    for user, member in before.items():
        assert not changes_between(member.profile, company[user].profile)
        assert not changed_since(Effect(member, ()), company[user])


@pytest.mark.anyio
async def test_rows_are_read_as_they_were_written(tmp_path: object) -> None:
    blobs = Blobs(f"file://{tmp_path}")
    found = [
        *rows(INVITED, p.WAITING),
        *rows(INVITED, p.ACTIVE),
        *rows(CHANGED, replace(p.ACTIVE, profile=replace(AFTER, title="VP")), {"title": Since(BEN, LATER)}),
    ]
    data, counts = written(found, p.BATCH)
    assert counts == UndoCounts(rows=4, cancel=1, restore=1, kept=2)
    kept = await blobs.put(str(p.COMPANY), "rows", data)
    back = await read(blobs, kept.ref)
    assert (back.cancels, back.kept) == ([p.ANN], 2)
    assert back.restores == [Restored(p.ANN, found[2].changes)]


GIVEN = Effect(replace(p.ACTIVE, access=Access({"command": "reserved", "value": "reserved"})), (), ("command", "value"))


def test_seats_that_the_batch_gave_are_taken_back_but_for_those_that_were_used_or_lost_since() -> None:
    used = MethodologyConsumed(replace(p.ACTIVE, access=Access({"command": "consumed"})), "command")
    lost = MethodologyWithdrawn(used.after, "value", BEN)
    assert not changed_since(GIVEN, GIVEN.after)
    assert rows(GIVEN, GIVEN.after)[0].changes == (
        Change("methodologies", "command", None),
        Change("methodologies", "value", None),
    )
    assert changed_since(GIVEN, lost.after)
    since = last_changes([(used, LATER), (lost, LATER)])
    assert [(row.outcome, row.reason, row.changes, row.since) for row in rows(GIVEN, lost.after, since)] == [
        ("kept", "changed_since", (Change("methodologies", "command", None),), Since(None, LATER)),
        ("kept", "changed_since", (Change("methodologies", None, None),), Since(BEN, LATER)),
    ]


def test_a_row_that_takes_a_seat_back_holds_until_it_is_used() -> None:
    (row,) = rows(GIVEN, GIVEN.after)
    assert still_restored(GIVEN.after, row.changes, ALLOWED)
    assert withdrawn(row.changes) == {"command", "value"}
    assert restored(p.PROFILE, row.changes, THERE) == p.PROFILE
    used = replace(GIVEN.after, access=Access({"command": "consumed", "value": "reserved"}))
    assert not still_restored(used, row.changes, ALLOWED)
