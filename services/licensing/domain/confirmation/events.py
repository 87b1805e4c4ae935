"""Facts about a confirmed batch: what licensing answered to each review that was confirmed. One batch, one stream, so
that a batch is decided once however often its confirmation is delivered."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Refusal = Literal["licenses_exceeded", "stale_review"]


@dataclass(frozen=True, slots=True)
class MethodologyShortage:
    """A methodology of which ``requested`` seats were needed and ``available`` were there."""

    id: str
    name: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class BatchApplied:
    """All of the batch has happened, in the transaction that stored this."""

    batch_id: UUID
    company_id: UUID
    review: int
    invited: int
    changed: int
    unchanged: int
    cancelled: int = 0
    """Of an undo: invitations that were taken back."""


@dataclass(frozen=True, slots=True)
class BatchRefused:
    """Nothing of the batch has happened. ``requested`` and ``available`` count licenses; ``methodologies`` are those
    whose seats were too few, with which the licenses may have sufficed."""

    batch_id: UUID
    company_id: UUID
    review: int
    reason: Refusal
    requested: int
    available: int
    methodologies: tuple[MethodologyShortage, ...] = ()


ConfirmationEvent = BatchApplied | BatchRefused
