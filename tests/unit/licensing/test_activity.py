"""Which line of a company's activity an event is told in."""

from collections.abc import Sequence
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.licensing.domain.confirmation.events import BatchApplied
from services.licensing.domain.licenses.events import CompanyChanged, LicensesReserved
from services.licensing.domain.refused_attempts.events import AttemptRefused
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.events import (
    Change,
    InvitationCancelled,
    InvitationExpired,
    ManagerLeft,
    UserChanged,
    UserDeactivated,
    UserInvited,
    UserReactivated,
    UserRestated,
)
from services.licensing.read_models.activity.lines import by_of, lines, origin_of, what_of, who_is
from shared.eventsourcing.events import Context, Recorded
from tests.unit.licensing import people as p

MOVED = UserChanged(
    p.WAITING, (Change("reports_to", "Mia", None),), None, None, ManagerLeft(p.ANN, "Mia Boss", "deactivated", p.BY)
)
BY_SOMEBODY: tuple[Event, ...] = (
    p.INVITED,
    UserInvited(p.WAITING, p.BATCH),
    UserChanged(p.WAITING, (), p.BY, None),
    MOVED,
    UserDeactivated(p.INACTIVE, p.BY),
    UserReactivated(p.ACTIVE, p.BY),
    InvitationCancelled(p.GONE, p.BY),
    AttemptRefused("deactivate", "own_account", p.BY, p.ANN, 1),
)
"""What a person causes."""
NOT_TOLD: tuple[Event, ...] = (
    LicensesReserved(p.COMPANY, 1, 2, 3, "batch", None),
    UserRestated(p.WAITING),
    BatchApplied(p.BATCH, p.COMPANY, 1, 1, 0, 0),
)
OTHERS: tuple[Event, ...] = (InvitationExpired(p.EXPIRED), p.ACTIVATED, CompanyChanged(p.COMPANY, p.SETTINGS))
COMMANDS = st.lists(st.lists(st.sampled_from((*BY_SOMEBODY, *NOT_TOLD, *OTHERS)), max_size=6), max_size=6)


def recorded(event: Event, command: int = 0, n: int = 1, origin: str | None = None) -> Recorded[Event]:
    context = Context(f"request {command}", None, "", str(p.COMPANY), p.NOON, origin)
    return Recorded(UUID(int=n), "s", n, event, context, n)


def logged(commands: Sequence[Sequence[Event]]) -> list[Recorded[Event]]:
    events = [(event, command) for command, decided in enumerate(commands) for event in decided]
    return [recorded(event, command, n) for n, (event, command) in enumerate(events, 1)]


@given(COMMANDS)
def test_every_event_that_a_person_causes_is_told_once_and_as_theirs(commands: list[list[Event]]) -> None:
    log = logged(commands)
    told = lines(log)
    meant = [each for each in log if what_of(each.event)]
    assert sum(line.count for line in told) == len(meant)
    theirs = [each for each in log if isinstance(each.event, BY_SOMEBODY_TYPES)]
    assert sum(line.count for line in told if line.who) == len(theirs)
    assert {line.who for line in told} <= {None, who_is(p.COMPANY, p.BY.email)}


BY_SOMEBODY_TYPES = tuple({type(event) for event in BY_SOMEBODY})


@given(COMMANDS, st.integers(1, 5))
def test_it_does_not_matter_in_which_portions_the_log_is_read(commands: list[list[Event]], size: int) -> None:
    log = logged(commands)
    parts = [line for start in range(0, len(log), size) for line in lines(log[start : start + size])]
    whole = {line.id: line.count for line in lines(log)}
    added = dict.fromkeys(whole, 0)
    for line in parts:
        added[line.id] += line.count
    assert added == whole


def test_who_moved_up_is_told_apart_from_whom_somebody_changed_and_as_theirs_who_let_the_manager_go() -> None:
    changed, moved = lines([recorded(UserChanged(p.WAITING, (), p.BY, None)), recorded(MOVED, n=2)])
    assert (changed.what, moved.what) == ("changed", "moved_up")
    assert by_of(MOVED) == p.BY


def test_two_refusals_are_two_lines_though_one_request_brought_them() -> None:
    refused = AttemptRefused("deactivate", "own_account", p.BY, p.ANN, 1)
    assert len(lines([recorded(refused), recorded(refused, n=2)])) == 2


@pytest.mark.parametrize(
    ("event", "stored", "shown"),
    [
        (p.INVITED, "form", "form"),
        (p.INVITED, "scim", "scim"),
        (p.INVITED, None, "form"),
        (UserInvited(p.WAITING, p.BATCH), None, "file"),
        (p.ACTIVATED, None, "invitee"),
        (InvitationExpired(p.EXPIRED), None, "time"),
        (CompanyChanged(p.COMPANY, p.SETTINGS), None, "platform"),
        (UserReactivated(p.ACTIVE, None), None, "platform"),
    ],
)
def test_an_event_of_before_ways_were_kept_has_the_one_that_is_near(
    event: Event, stored: str | None, shown: str
) -> None:
    assert origin_of(recorded(event, origin=stored)) == shown


def test_an_address_is_known_however_it_is_written_and_in_one_company_alone() -> None:
    assert who_is(p.COMPANY, "Ada@Acme.example") == who_is(p.COMPANY, "ada@acme.example")
    assert who_is(p.COMPANY, "ada@acme.example") != who_is(p.ANN, "ada@acme.example")
