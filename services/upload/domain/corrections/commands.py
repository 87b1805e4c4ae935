"""The commands to a draft, with what its rules have to know of the batch and of its sheet."""

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from services.upload.domain.batch.events import Person
from services.upload.domain.corrections.events import CellCorrection, Replacement
from services.upload.domain.corrections.state import Old, Suggestion
from services.upload.domain.refusals import BatchStatus


@dataclass(frozen=True, slots=True)
class Subject:
    """The batch as it is: its status, and the review that counts."""

    status: BatchStatus
    review: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the review's sheet has: the numbers of its rows, the columns that the company has, the rows of each value
    that is, or is about to be, replaced, and the suggestions, where some are accepted."""

    rows: Container[int]
    columns: Container[str]
    found: Mapping[Old, Collection[int]] = field(default_factory=dict[Old, Collection[int]])
    suggestions: Collection[Suggestion] = ()


@dataclass(frozen=True, slots=True)
class ChangeCorrections:
    """Correct cells, replace values, leave out rows: `left_out` are all of them, None leaves that as it is. `accept`:
    take the suggestions of errors with that code, of ALL those of any. `seen` is the review that the admin looked at;
    None takes whichever is the present one. `most_cells` limits the cells of a draft, and likewise its replacements.
    `still_wrong`: how many rows that stay have an error after it."""

    by: Person
    subject: Subject
    sheet: Sheet
    seen: int | None = None
    cells: tuple[CellCorrection, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    left_out: frozenset[int] | None = None
    most_cells: int = 10_000
    accept: str | None = None
    still_wrong: int | None = None


@dataclass(frozen=True, slots=True)
class ForgetCorrections:
    """Throw the draft away."""

    by: Person
    subject: Subject


@dataclass(frozen=True, slots=True)
class ApplyCorrections:
    """Make the corrected file the next batch, `batch_id`."""

    by: Person
    subject: Subject
    batch_id: str
    seen: int | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an admin asks for: see ChangeCorrections. `leave_out_errors`: every row that is still wrong."""

    seen: int | None = None
    cells: tuple[CellCorrection, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    left_out: frozenset[int] | None = None
    accept: str | None = None
    leave_out_errors: bool = False
    leave_out_also: frozenset[int] = frozenset()
    take_back: frozenset[int] = frozenset()
    """Rows that are left out beside the others, and those that are left out no longer."""


CorrectionsCommand: TypeAlias = ChangeCorrections | ForgetCorrections | ApplyCorrections
