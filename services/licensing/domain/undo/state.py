"""An undo as far as its reviews go."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.undo.events import UndoReviewed


@dataclass(frozen=True, slots=True)
class NotReviewed:
    """Nobody has been told yet what it comes to."""

    review: int = 0


@dataclass(frozen=True, slots=True)
class Reviewed:
    """``review`` is the last one."""

    undoes: UUID
    review: int


Undo = NotReviewed | Reviewed


def evolve(state: Undo, event: UndoReviewed) -> Undo:
    """The undo after ``event``."""
    del state
    return Reviewed(event.undoes, event.review)
