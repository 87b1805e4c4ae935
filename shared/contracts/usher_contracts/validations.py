"""usher.validations.v1, written by validation."""

from __future__ import annotations

from typing import ClassVar

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.values import AnnotatedRef, Counts, FileFinding, ObjectRef, Seats


class _ValidationEvent(Event):
    topic: ClassVar[str] = topics.VALIDATIONS

    batch_id: Id
    counts: Counts


class BatchValidated(_ValidationEvent):
    """The file has no errors: it can be confirmed. `review` numbers the validation results, from 1."""

    type: ClassVar[str] = "usher.BatchValidated.v1"

    seats: Seats
    rows: ObjectRef
    review: int
    run: int | None = None
    """The validation run that found this."""
    warnings: tuple[FileFinding, ...] = ()


class BatchRejected(_ValidationEvent):
    """The file has errors, in the whole (`file_errors`) or in rows. It counts as a review, too."""

    type: ClassVar[str] = "usher.BatchRejected.v1"

    file_errors: tuple[FileFinding, ...] = ()
    annotated: AnnotatedRef | None = None
    """None where there was nothing that could be annotated."""
    seats: Seats | None = None
    rows: ObjectRef | None = None
    """None where no row could be read."""
    review: int | None = None
    run: int | None = None
    warnings: tuple[FileFinding, ...] = ()
