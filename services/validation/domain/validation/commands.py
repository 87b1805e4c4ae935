"""The commands to a batch's validation: a run is wanted or no longer, and what a run found."""

from dataclasses import dataclass
from typing import TypeAlias

from services.validation.domain.validation.values import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats


@dataclass(frozen=True, slots=True)
class Validate:
    """A file was uploaded, or is to be checked again: run `run` is wanted."""

    batch_id: str
    company_id: str
    file: File
    run: int
    corrections: ObjectRef | None = None
    """What is to be written into the file first."""
    mapping: ObjectRef | None = None
    """What admins have said of the sheet's columns."""


@dataclass(frozen=True, slots=True)
class ValidateStale:
    """The review that was confirmed is no longer true."""


@dataclass(frozen=True, slots=True)
class Abandon:
    """The batch was cancelled or replaced."""

    batch_id: str
    company_id: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a run found. It passed where there are neither file errors nor rows in error."""

    counts: Counts
    file_errors: tuple[FileFinding, ...] = ()
    warnings: tuple[FileFinding, ...] = ()
    seats: Seats | None = None
    rows: ObjectRef | None = None
    annotated: AnnotatedRef | None = None
    file: File | None = None
    left_out: ObjectRef | None = None
    """With corrections: the corrected file, and the workbook of the rows that they left out."""
    columns: ObjectRef | None = None
    """What the sheet's columns are, where it has a header."""


@dataclass(frozen=True, slots=True)
class Conclude:
    """Run `run` is done."""

    run: int
    verdict: Verdict


ValidationCommand: TypeAlias = Validate | ValidateStale | Abandon | Conclude
