"""The events of a draft: what is recorded of it. They are private to this service, and nobody else is told of them."""

from dataclasses import dataclass
from typing import TypeAlias

from services.upload.domain.batch.events import Person

Ranges: TypeAlias = tuple[tuple[int, int], ...]
"""Rows from the first to the last of each: of 100,000 rows most follow one another."""


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
    """An admin has corrected something that review `review` showed. `left_out` are all rows that are left out from now
    on, None where that stays as it was; `changed_cells` and `left_out_rows` what all corrections come to."""

    review: int
    by: Person
    changed_cells: int
    left_out_rows: int
    cells: tuple[CellCorrection, ...] = ()
    replacements: tuple[Replacement, ...] = ()
    left_out: Ranges | None = None


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
