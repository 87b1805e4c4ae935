"""A confirmed batch is settled once a review, and never again once it was applied."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given as for_any
from hypothesis import strategies as st

from services.licensing.domain.confirmation.commands import SettleBatch
from services.licensing.domain.confirmation.decide import CONFIRMATION
from services.licensing.domain.confirmation.events import (
    BatchApplied,
    BatchRefused,
    ConfirmationEvent,
    MethodologyShortage,
)
from services.licensing.domain.confirmation.presumptions import closes_circle, managers_hold
from services.licensing.domain.confirmation.state import Applied
from tests.spec import given
from tests.unit.licensing.people import BATCH, COMPANY

SETTLE = SettleBatch(BATCH, COMPANY, 1, stale=False, available=3, invited=3, changed=2, unchanged=1)
APPLIED = BatchApplied(BATCH, COMPANY, 1, 3, 2, 1)
EXCEEDED = BatchRefused(BATCH, COMPANY, 1, "licenses_exceeded", 3, 2)
STALE = BatchRefused(BATCH, COMPANY, 1, "stale_review", 3, 3)


def test_what_holds_is_applied_once() -> None:
    given(CONFIRMATION).when(SETTLE).then(APPLIED).when(SETTLE).then_nothing()


def test_without_enough_licenses_it_is_refused() -> None:
    given(CONFIRMATION).when(replace(SETTLE, available=2)).then(EXCEEDED)


def test_without_seats_of_every_methodology_it_is_refused() -> None:
    short = (MethodologyShortage("value", "Value Negotiation", 2, 1),)
    refused = replace(EXCEEDED, available=3, methodologies=short)
    given(CONFIRMATION).when(replace(SETTLE, short=short)).then(refused)
    given(CONFIRMATION).when(replace(SETTLE, short=short, stale=True)).then(STALE)


def test_what_has_changed_its_meaning_is_refused_whatever_the_licenses() -> None:
    given(CONFIRMATION).when(replace(SETTLE, stale=True)).then(STALE)
    given(CONFIRMATION).when(replace(SETTLE, stale=True, available=2)).then(replace(STALE, available=2))


def test_a_refused_review_stays_refused_and_the_next_is_decided_anew() -> None:
    after = given(CONFIRMATION, EXCEEDED)
    after.when(SETTLE).then_nothing()
    after.when(replace(SETTLE, review=2)).then(replace(APPLIED, review=2)).when(
        replace(SETTLE, review=3)
    ).then_nothing()


def test_changes_alone_need_no_license() -> None:
    given(CONFIRMATION).when(replace(SETTLE, invited=0, available=0)).then(replace(APPLIED, invited=0))


@for_any(
    st.lists(
        st.builds(replace, st.just(SETTLE), review=st.integers(1, 3), stale=st.booleans(), available=st.integers(0, 5))
    )
)
def test_it_is_applied_at_most_once(commands: list[SettleBatch]) -> None:
    events: list[ConfirmationEvent] = []
    for command in commands:
        events += CONFIRMATION.decide(command, CONFIRMATION.fold(events))
    assert len([e for e in events if isinstance(e, BatchApplied)]) <= 1
    assert len({e.review for e in events}) == len(events)
    assert isinstance(CONFIRMATION.fold(events), Applied) == any(isinstance(e, BatchApplied) for e in events)


def test_a_circle_may_close_through_users_whom_the_batch_does_not_mention() -> None:
    a, b, c = (UUID(int=n) for n in (10, 11, 12))
    assert closes_circle({a: b}, {b: c, c: a, a: None})
    assert not closes_circle({a: b, c: b}, {b: None, c: a, a: None})
    assert closes_circle({a: b, b: a}, {})
    assert not closes_circle({}, {a: b, b: a})


def test_managers_hold_while_they_are_live() -> None:
    a, b = UUID(int=10), UUID(int=11)
    assert managers_hold([a, a], {a: object()})
    assert not managers_hold([a, b], {a: object()})
