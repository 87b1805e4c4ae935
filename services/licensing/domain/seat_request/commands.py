"""What can be done with a request for more licenses."""

from dataclasses import dataclass

from services.licensing.domain.seat_request.events import Answer, SeatsRequested


@dataclass(frozen=True, slots=True)
class RequestSeats:
    """Ask for more. ``open_requests``: how many of the company's wait for an answer already; ``known``: the ids of its
    methodologies."""

    request: SeatsRequested
    known: frozenset[str]
    open_requests: int


@dataclass(frozen=True, slots=True)
class AnswerRequest:
    """The billing side says what came of it."""

    answer: Answer
    comment: str | None = None


SeatRequestCommand = RequestSeats | AnswerRequest
