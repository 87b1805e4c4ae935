"""Rules of a confirmed batch: whether what the admin has seen still holds, and whether there are licenses and seats for
it.

A review is a promise about a state of the directory. All of it holds or nothing is done: a row whose meaning has
changed sends the whole batch back to review.
"""

from typing import Literal

from services.licensing.domain.confirmation.commands import SettleBatch
from services.licensing.domain.confirmation.events import BatchApplied, BatchRefused, ConfirmationEvent
from services.licensing.domain.confirmation.state import Applied, Confirmation, Open, evolve
from shared.eventsourcing.decider import Decider


def decide(command: SettleBatch, state: Confirmation) -> list[ConfirmationEvent]:
    """Never raises: a refusal of a batch is a fact that upload and the admin are told. Nothing the second time."""
    match state:
        case Applied():
            return []
        case Open(refused) if command.review in refused:
            return []
        case Open():
            return [_settled(command)]


def _settled(command: SettleBatch) -> ConfirmationEvent:
    reason: Literal["stale_review", "licenses_exceeded"] | None = None
    if command.stale:
        reason = "stale_review"
    elif command.invited > command.available or command.short:
        reason = "licenses_exceeded"
    if reason is not None:
        return BatchRefused(
            command.batch_id,
            command.company_id,
            command.review,
            reason,
            command.invited,
            command.available,
            () if command.stale else command.short,
        )
    return BatchApplied(
        command.batch_id,
        command.company_id,
        command.review,
        command.invited,
        command.changed,
        command.unchanged,
        command.cancelled,
    )


CONFIRMATION: Decider[SettleBatch, Confirmation, ConfirmationEvent] = Decider(Open(), decide, evolve)
