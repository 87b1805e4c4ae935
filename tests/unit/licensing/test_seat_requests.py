"""Asking for more licenses and seats, and what the billing side answers."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from services.licensing.domain.refusals import Code, Refused
from services.licensing.domain.seat_request.commands import AnswerRequest, RequestSeats
from services.licensing.domain.seat_request.decide import MAX_OPEN, SEAT_REQUEST
from services.licensing.domain.seat_request.events import (
    SeatRequestEvent,
    SeatsRequestAnswered,
    SeatsRequested,
    WantedSeats,
)
from services.licensing.domain.stored_events import TYPES
from tests.spec import given
from tests.unit.licensing import people as p

REQUEST = UUID(int=51)
KNOWN = frozenset({"command", "value"})
WANTED = WantedSeats(12, {}, {})
ASKED = SeatsRequested(REQUEST, p.COMPANY, p.BY, WANTED, "For Lyon.", p.BATCH)
GRANTED = SeatsRequestAnswered(REQUEST, p.COMPANY, "granted", p.BY, WANTED, "On the next invoice.", p.BATCH)


def asking(licenses: int = 0, methodologies: Mapping[str, int] | None = None, waiting: int = 0) -> RequestSeats:
    request = SeatsRequested(REQUEST, p.COMPANY, p.BY, WantedSeats(licenses, methodologies or {}))
    return RequestSeats(request, KNOWN, waiting)


def refused(command: RequestSeats, code: Code) -> None:
    given(SEAT_REQUEST).when(command).then_refused(Refused, code=code)


def test_an_admin_asks_for_licenses() -> None:
    command = RequestSeats(ASKED, KNOWN, 0)
    given(SEAT_REQUEST).when(command).then(ASKED).when(command).then_nothing()


def test_or_for_seats_of_methodologies_alone() -> None:
    command = asking(methodologies={"command": 5})
    given(SEAT_REQUEST).when(command).then(command.request)


def test_whoever_asks_asks_for_something() -> None:
    refused(asking(), "nothing_requested")
    refused(asking(methodologies={"command": 0}), "nothing_requested")


def test_a_methodology_is_one_that_the_company_has() -> None:
    refused(asking(3, {"command": 1, "pipeline": 2}), "methodology_unknown")


def test_only_so_many_requests_wait_for_an_answer() -> None:
    given(SEAT_REQUEST).when(asking(1, waiting=MAX_OPEN - 1)).then(asking(1).request)
    refused(asking(1, waiting=MAX_OPEN), "too_many_requests")


def test_the_billing_side_answers_once() -> None:
    answer = AnswerRequest("granted", "On the next invoice.")
    answered = given(SEAT_REQUEST, ASKED).when(answer).then(GRANTED)
    answered.when(answer).then_nothing()
    for other in (AnswerRequest("declined", "On the next invoice."), AnswerRequest("granted")):
        answered.when(other).then_refused(Refused, code="answered_otherwise")


def test_what_nobody_asked_is_not_answered() -> None:
    given(SEAT_REQUEST).when(AnswerRequest("granted")).then_refused(Refused, code="request_unknown")


@for_any(st.lists(st.builds(AnswerRequest, st.sampled_from(["granted", "declined"]), st.sampled_from([None, "a"]))))
@settings(max_examples=50)
def test_whatever_is_answered_again_the_first_answer_stands(answers: list[AnswerRequest]) -> None:
    history: list[SeatRequestEvent] = [ASKED]
    first: AnswerRequest | None = None
    for answer in answers:
        try:
            history += SEAT_REQUEST.decide(answer, SEAT_REQUEST.fold(history))
        except Refused:
            assert answer != first
        first = first or answer
    assert len(history) == 1 + bool(answers)


@pytest.mark.parametrize("note", ["x", None])
def test_what_says_nothing_is_not_stored(note: str | None) -> None:
    _, data = TYPES.dump(SeatsRequested(REQUEST, p.COMPANY, p.BY, WantedSeats(1), note))
    assert ("note" in data) is (note is not None) and "methodologies" not in data
