"""The draft: what the corrections of a batch add up to."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from services.upload.domain.batch.events import Person
from services.upload.domain.corrections.events import (
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsEvent,
    CorrectionsForgotten,
    Ranges,
)

Place = tuple[int, str]
"""A cell: its row, and its column by the canonical name."""
Old = tuple[str, str | None]
"""What is replaced: a column's value, None for a blank cell."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The corrections as they are. `by` made the last of them."""

    review: int = 0
    cells: Mapping[Place, str] = field(default_factory=dict[Place, str])
    replacements: Mapping[Old, str] = field(default_factory=dict[Old, str])
    left_out: frozenset[int] = frozenset()
    by: Person | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write into the file."""
        return not (self.cells or self.replacements or self.left_out)

    def corrected(self, found: Mapping[Old, Iterable[int]]) -> dict[str, dict[int, str]]:
        """The new values by column and row. `found`: the rows of what is replaced. A cell that was corrected itself
        goes before a replacement, and what is left out is not corrected."""
        values = dict[str, dict[int, str]]()
        for (column, old), new in self.replacements.items():
            values.setdefault(column, {}).update(dict.fromkeys(found[column, old], new))
        for (row, column), value in self.cells.items():
            values.setdefault(column, {})[row] = value
        if self.left_out:
            kept = {
                column: {row: value for row, value in rows.items() if row not in self.left_out}
                for column, rows in values.items()
            }
            return {column: rows for column, rows in kept.items() if rows}
        return {column: rows for column, rows in values.items() if rows}


def evolve(state: Draft, event: CorrectionsEvent) -> Draft:
    """The draft after `event`."""
    match event:
        case CorrectionsChanged():
            cells, replacements = dict(state.cells), dict(state.replacements)
            for cell in event.cells:
                _put(cells, (cell.row, cell.column), cell.value)
            for each in event.replacements:
                _put(replacements, (each.column, each.old), each.new)
            left_out = state.left_out if event.left_out is None else frozenset(rows_of(event.left_out))
            return Draft(event.review, cells, replacements, left_out, event.by)
        case CorrectionsForgotten(by):
            return Draft(by=by)
        case CorrectionsApplied(by):
            return replace(state, by=by)


def _put(values: dict[Place, str] | dict[Old, str], key: Place | Old, value: str | None) -> None:
    found: dict[Place | Old, str] = values  # pyright: ignore[reportAssignmentType]  # key and values are of one kind
    if value is None:
        found.pop(key, None)
    else:
        found[key] = value


def rows_of(ranges: Ranges) -> Iterator[int]:
    """The rows of these ranges."""
    return (row for first, last in ranges for row in range(first, last + 1))


def ranges_of(rows: Iterable[int]) -> Ranges:
    """Rows as ranges, rising."""
    found = list[tuple[int, int]]()
    for row in sorted(set(rows)):
        if found and found[-1][1] == row - 1:
            found[-1] = found[-1][0], row
        else:
            found.append((row, row))
    return tuple(found)
