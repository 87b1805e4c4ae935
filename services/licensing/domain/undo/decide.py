"""Rules of an undo's reviews: each is a number of its own, so that what is confirmed is what was seen."""

from services.licensing.domain.undo.commands import RecordReview
from services.licensing.domain.undo.events import UndoReviewed
from services.licensing.domain.undo.state import NotReviewed, Undo, evolve
from shared.eventsourcing.decider import Decider


def decide(command: RecordReview, state: Undo) -> list[UndoReviewed]:
    """Never raises. Every time it is looked at there is a review more: what it says may be the same as before."""
    return [
        UndoReviewed(
            command.batch_id,
            command.company_id,
            command.undoes,
            state.review + 1,
            command.counts,
            command.purchased,
            command.occupied,
            command.rows,
        )
    ]


UNDO: Decider[RecordReview, Undo, UndoReviewed] = Decider(NotReviewed(), decide, evolve)
