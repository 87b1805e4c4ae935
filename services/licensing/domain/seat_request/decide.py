"""Rules of requests: something is asked for that there is, not without end, and it is answered once."""

from services.licensing.domain.refusals import Refused
from services.licensing.domain.seat_request.commands import AnswerRequest, RequestSeats, SeatRequestCommand
from services.licensing.domain.seat_request.events import SeatRequestEvent, SeatsRequestAnswered
from services.licensing.domain.seat_request.state import Answered, NotRequested, Open, SeatRequest, evolve
from shared.eventsourcing.decider import Decider

MAX_OPEN = 20
"""Requests of a company that may wait for an answer: each is a mail to every purchaser."""


def decide(command: SeatRequestCommand, state: SeatRequest) -> list[SeatRequestEvent]:
    """Raises Refused: ``nothing_requested``, ``methodology_unknown``, ``too_many_requests``; ``request_unknown``,
    ``answered_otherwise``."""
    match command, state:
        case RequestSeats(), NotRequested():
            return _request(command)
        case RequestSeats(), _:
            return []
        case AnswerRequest(), NotRequested():
            raise Refused("request_unknown")
        case AnswerRequest(answer, comment), Open(asked):
            answered = SeatsRequestAnswered(
                asked.request_id, asked.company_id, answer, asked.by, asked.wanted, comment, asked.batch_id
            )
            return [answered]
        case AnswerRequest(answer, comment), Answered():
            if (answer, comment) != (state.answer, state.comment):
                raise Refused("answered_otherwise", answered=state.answer)
            return []


def _request(command: RequestSeats) -> list[SeatRequestEvent]:
    asked, wanted = command.request, command.request.wanted
    if unknown := sorted(set(wanted.methodologies) - command.known):
        raise Refused("methodology_unknown", methodology=unknown[0])
    if not wanted.licenses and not any(wanted.methodologies.values()):
        raise Refused("nothing_requested")
    if command.open_requests >= MAX_OPEN:
        raise Refused("too_many_requests", most=MAX_OPEN)
    return [asked]


SEAT_REQUEST: Decider[SeatRequestCommand, SeatRequest, SeatRequestEvent] = Decider(NotRequested(), decide, evolve)
