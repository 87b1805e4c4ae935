"""Rules of a confirmed batch: whether what the admin has seen still holds, and whether there are licenses for it.

A review is a promise about a state of the directory. All of it holds or nothing is done: a row whose meaning has
changed sends the whole batch back to review.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.licensing.domain.confirmation.events import (
    Applied,
    BatchApplied,
    BatchRefused,
    Confirmation,
    ConfirmationEvent,
    Open,
    evolve,
)
from shared.eventsourcing.decider import Decider
from shared.people.graph import circles


@dataclass(frozen=True, slots=True)
class SettleBatch:
    """A confirmed review as the facts are now. ``stale``: some row no longer means what the review showed.
    ``available`` licenses, of which ``invited`` are needed."""

    batch_id: UUID
    company_id: UUID
    review: int
    stale: bool
    available: int
    invited: int
    changed: int
    unchanged: int


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
    elif command.invited > command.available:
        reason = "licenses_exceeded"
    if reason is not None:
        return BatchRefused(
            command.batch_id, command.company_id, command.review, reason, command.invited, command.available
        )
    return BatchApplied(
        command.batch_id, command.company_id, command.review, command.invited, command.changed, command.unchanged
    )


CONFIRMATION: Decider[SettleBatch, Confirmation, ConfirmationEvent] = Decider(Open(), decide, evolve)


def decided(state: Confirmation, review: int) -> bool:
    """Whether this review was answered before."""
    return isinstance(state, Applied) or review in state.refused


def closes_circle(new: Mapping[UUID, UUID], present: Mapping[UUID, UUID | None]) -> bool:
    """Whether somebody would report to themselves: ``new`` are the managers that the batch sets, ``present`` those of
    everybody above them today."""

    def manager_of(user_id: UUID) -> UUID | None:
        return new.get(user_id, present.get(user_id))

    return bool(circles(new, manager_of))


def managers_hold(presumed: Iterable[UUID], live: Mapping[UUID, object]) -> bool:
    """Whether everybody who is named as a manager is still there and not Inactive."""
    return all(manager_id in live for manager_id in presumed)
