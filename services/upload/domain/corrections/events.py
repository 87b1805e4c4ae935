"""The events of a draft: what is recorded of it. They are private to this service, and nobody else is told of them."""

from dataclasses import dataclass
from typing import TypeAlias

from services.upload.domain.batch.events import Person
from services.upload.domain.corrections.row_set import PackedRows

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Rows from the first to the last of each."""
ALL = "*"
"""In place of an error's code: the suggestions of all errors."""


@dataclass(frozen=True, slots=True)
class CellCorrection:
    """The new value of a cell, "" for a blank one; None takes the correction back. `column` is the canonical name."""

    row: int
    column: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """One value for all cells of a column that hold `old` (None: that are blank); None takes the replacement back."""

    column: str
    old: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class CorrectionsChanged:
    """An admin has corrected something that review `review` showed.

    `leave_out` are rows that are left out from now on beside the others, `take_in` those that are left out no longer.
    `accepted`: the suggestions of errors with that code are taken, of ALL those of any. `changed_cells` and
    `left_out_rows` are what all corrections come to, `still_wrong` how many of the other rows have an error still.
    `left_out`: all rows that are left out from now on, as an earlier release wrote them."""

    review: int
    by: Person
    changed_cells: int
    left_out_rows: int
    cells: tuple[CellCorrection, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    left_out: Ranges | None = None
    leave_out: PackedRows = ""
    take_in: PackedRows = ""
    accepted: str | None = None
    still_wrong: int | None = None


@dataclass(frozen=True, slots=True)
class CorrectionsForgotten:
    """An admin has thrown the draft away."""

    by: Person


@dataclass(frozen=True, slots=True)
class CorrectionsApplied:
    """The corrected file is the next batch, `batch_id`."""

    by: Person
    batch_id: str


CorrectionsEvent: TypeAlias = CorrectionsChanged | CorrectionsForgotten | CorrectionsApplied
