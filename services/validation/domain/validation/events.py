"""The events of the validation of one batch: what was asked for, what was found, and that it is no longer wanted."""

from dataclasses import dataclass
from typing import TypeAlias

from services.validation.domain.validation.values import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats


@dataclass(frozen=True, slots=True)
class ValidationRequested:
    """Run number `run` is wanted: the first by the upload, a later one by an admin or because a review went stale.
    `corrections` are to be written into the file first; `mapping` is what admins have said of the sheet's columns."""

    batch_id: str
    company_id: str
    file: File
    run: int
    corrections: ObjectRef | None = None
    mapping: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class BatchPassed:
    """Run `run` found no errors. `review` numbers the verdicts of a batch, from 1. `file` is the corrected one, where
    there were corrections, and `left_out` the workbook of the rows that they left out; `columns` is what the sheet's
    columns are."""

    batch_id: str
    company_id: str
    run: int
    review: int
    counts: Counts
    seats: Seats
    rows: ObjectRef
    warnings: tuple[FileFinding, ...] = ()
    file: File | None = None
    left_out: ObjectRef | None = None
    columns: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class BatchFailed:
    """Run `run` found errors. Without `rows` no row could be judged, without `annotated` none could be marked. `file`,
    `left_out` and `columns` as above."""

    batch_id: str
    company_id: str
    run: int
    review: int
    counts: Counts
    file_errors: tuple[FileFinding, ...]
    seats: Seats | None = None
    rows: ObjectRef | None = None
    annotated: AnnotatedRef | None = None
    warnings: tuple[FileFinding, ...] = ()
    file: File | None = None
    left_out: ObjectRef | None = None
    columns: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class ValidationAbandoned:
    """The batch was cancelled or replaced: nobody waits for a verdict any more."""

    batch_id: str
    company_id: str


ValidationEvent: TypeAlias = ValidationRequested | BatchPassed | BatchFailed | ValidationAbandoned
