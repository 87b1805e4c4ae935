"""usher.validations.v1, written by validation."""

from __future__ import annotations

from typing import ClassVar

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import BATCH, COMPANY, COUNTS, FILE, ROWS, SEATS, SHA256
from usher_contracts.values import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats

__all__ = ["BatchRejected", "BatchValidated"]


class _ValidationEvent(Event):
    topic: ClassVar[str] = topics.VALIDATIONS

    batch_id: Id
    counts: Counts
    file: File | None = None
    """Where an admin's corrections were written into the file: what was judged, and is the batch's file from now on."""
    left_out: ObjectRef | None = None
    """A workbook with the rows that these corrections left out."""
    columns: ObjectRef | None = None
    """What the sheet's columns are: header, field, how that is known, what else it may be, some values."""


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


EXAMPLES: tuple[Event, ...] = (
    BatchValidated(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=COUNTS,
        seats=SEATS,
        rows=ROWS,
        review=2,
        run=1,
        warnings=(
            FileFinding(
                code="unknown_column", message="The column Comment is not known and is ignored.", columns=("Comment",)
            ),
        ),
    ),
    BatchRejected(
        company_id=COMPANY,
        batch_id=BATCH,
        counts=COUNTS.model_copy(update={"invite": 5, "change": 6}),
        file_errors=(
            FileFinding(
                code="licenses_exceeded",
                message="The file needs 5 licenses and 3 are available. "
                "Remove 2 new users, or free 2 licenses, and reupload it.",
                requested=5,
                available=3,
            ),
        ),
        annotated=AnnotatedRef(ref=f"{COMPANY}/annotated/{SHA256}", sha256=SHA256),
        seats=SEATS.model_copy(update={"required": 5}),
        rows=ROWS,
        review=1,
        run=1,
        file=FILE,
        left_out=ObjectRef(ref=f"{COMPANY}/left-out/{SHA256}", sha256=SHA256),
        columns=ObjectRef(ref=f"{COMPANY}/columns/{SHA256}", sha256=SHA256),
    ),
)
"""One of each: an event without one is not in the catalogue."""
