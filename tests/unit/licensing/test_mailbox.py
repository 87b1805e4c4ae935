"""How often an address may be sent an invitation, whoever sends it."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.invitation_limits import DAY, AddressLimit, RecentInvitations
from tests.unit.licensing.people import FIVE_MINUTES, NOON

LIMIT = AddressLimit(FIVE_MINUTES, 5)


def wait(recent: RecentInvitations, at: datetime, *, again: bool) -> int | str | None:
    """The seconds that it is told to wait; None where it may be sent."""
    try:
        recent.check(at, again=again)
    except Refused as refused:
        assert refused.code == "too_soon"
        return refused.facts["seconds"]
    return None


def test_the_first_resend_is_at_once_and_the_second_after_five_minutes() -> None:
    assert wait(RecentInvitations(LIMIT, (NOON,)), NOON, again=True) is None
    resent = RecentInvitations(LIMIT, (NOON, NOON), NOON)
    assert wait(resent, NOON + timedelta(minutes=1), again=True) == 241
    assert wait(resent, NOON + FIVE_MINUTES, again=True) is None
    assert wait(resent, NOON, again=False) is None, "somebody new is no resend"


def test_five_come_in_a_day_however_they_came_about() -> None:
    hours = tuple(NOON + timedelta(hours=n) for n in range(5))
    for again in (True, False):
        assert wait(RecentInvitations(LIMIT, hours), NOON + timedelta(hours=6), again=again) == 18 * 3600 + 1
        assert wait(RecentInvitations(LIMIT, hours), NOON + DAY, again=again) is None
        assert wait(RecentInvitations(LIMIT, hours[1:]), NOON + timedelta(hours=6), again=again) is None


SENDS = st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), max_size=60)


@for_any(SENDS)
def test_no_order_of_things_sends_more_than_the_pace_allows(steps: list[tuple[int, bool]]) -> None:
    sent: list[datetime] = []
    resent: list[datetime] = []
    at = NOON
    for seconds, again in steps:
        at += timedelta(seconds=seconds)
        box = RecentInvitations(
            LIMIT, tuple(one for one in sent if one > LIMIT.since(at)), resent[-1] if resent else None
        )
        told = wait(box, at, again=again)
        if told is None:
            sent.append(at)
            resent += [at] * again
        else:
            assert isinstance(told, int) and wait(box, at + timedelta(seconds=told), again=again) is None
    for n, one in enumerate(sent):
        assert len([other for other in sent[n:] if other < one + DAY]) <= LIMIT.per_day
    assert all(later - one >= FIVE_MINUTES for one, later in pairwise(resent))


@pytest.mark.parametrize("cooldown", [timedelta(0), timedelta(days=3)])
def test_whatever_the_cooldown_what_matters_is_looked_at(cooldown: timedelta) -> None:
    limit = AddressLimit(cooldown, 5)
    assert limit.since(NOON) <= NOON - max(DAY, cooldown)
