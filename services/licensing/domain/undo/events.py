"""Facts about the undo of a batch: what its reviews said. One undo, one stream."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """Rows by outcome."""

    rows: int = 0
    cancel: int = 0
    restore: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class RowsRef:
    """Where the rows of a review are kept, and what they hash to."""

    ref: str
    sha256: str


@dataclass(frozen=True, slots=True)
class UndoReviewed:
    """What undoing batch ``undoes`` came to when it was looked at for the ``review``-th time. Nothing has happened.
    ``purchased`` and ``occupied`` count the company's licenses then."""

    batch_id: UUID
    company_id: UUID
    undoes: UUID
    review: int
    counts: UndoCounts
    purchased: int
    occupied: int
    rows: RowsRef
