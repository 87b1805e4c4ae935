"""Where a request stands."""

from dataclasses import dataclass

from services.licensing.domain.seat_request.events import Answer, SeatRequestEvent, SeatsRequested


@dataclass(frozen=True, slots=True)
class NotRequested:
    """Nobody has asked."""


@dataclass(frozen=True, slots=True)
class Open:
    """Asked for, and not answered yet."""

    asked: SeatsRequested


@dataclass(frozen=True, slots=True)
class Answered:
    """Answered, for good."""

    answer: Answer
    comment: str | None


SeatRequest = NotRequested | Open | Answered


def evolve(state: SeatRequest, event: SeatRequestEvent) -> SeatRequest:
    """The request after ``event``."""
    del state
    if isinstance(event, SeatsRequested):
        return Open(event)
    return Answered(event.answer, event.comment)
