"""The draft: what the corrections of a batch add up to."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from services.upload.domain.batch.events import Person
from services.upload.domain.corrections.events import (
    ALL,
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsEvent,
    CorrectionsForgotten,
    Ranges,
)
from services.upload.domain.corrections.row_set import unpacked

Place = tuple[int, str]
"""A cell: its row, and its column by the canonical name."""
Old = tuple[str, str | None]
"""What is replaced: a column's value, None for a blank cell."""
Key = TypeVar("Key", Place, Old)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a review suggests for one value of a column, for which the error with that code is."""

    column: str
    code: str
    value: str | None
    new: str
    rows: Sequence[int]


@dataclass(frozen=True, slots=True)
class Draft:
    """The corrections as they are. `by` made the last of them.

    `accepted` are the codes of errors whose suggestions are taken, or ALL; `declined` are cells and values for which
    they are not, all the same. `still_wrong`: how many of the rows that stay have an error, None where nobody counted.
    """

    review: int = 0
    cells: Mapping[Place, str] = field(default_factory=dict[Place, str])
    replacements: Mapping[Old, str] = field(default_factory=dict[Old, str])
    left_out: frozenset[int] = frozenset()
    by: Person | None = None
    accepted: frozenset[str] = frozenset()
    declined: frozenset[Place | Old] = frozenset()
    still_wrong: int | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write into the file."""
        return not (self.cells or self.replacements or self.left_out or self.accepted)

    @property
    def accepts_all(self) -> bool:
        """Whether every suggestion is taken that nothing else was said of."""
        return ALL in self.accepted and not self.declined

    def accepts(self, column: str, code: str, value: str | None) -> bool:
        """Whether the suggestion for such an error is taken for all cells of that value."""
        if not self.accepted or not (ALL in self.accepted or code in self.accepted):
            return False
        return (column, value) not in self.declined and (column, value) not in self.replacements

    def accepts_in(self, row: int, column: str, code: str, value: str | None) -> bool:
        """The same for a cell, which may be corrected otherwise."""
        place = row, column
        return self.accepts(column, code, value) and place not in self.cells and place not in self.declined

    def taken(self, suggestions: Iterable[Suggestion]) -> Iterator[tuple[Suggestion, Sequence[int]]]:
        """The suggestions that are taken, with the rows for which they are."""
        otherwise = self.cells.keys() | self.declined
        columns = {column for _, column in otherwise}
        for each in suggestions:
            if not self.accepts(each.column, each.code, each.value):
                continue
            rows = each.rows
            if each.column in columns:
                rows = [row for row in rows if (row, each.column) not in otherwise]
            if rows:
                yield each, rows

    def corrected(
        self, found: Mapping[Old, Iterable[int]], suggestions: Iterable[Suggestion] = ()
    ) -> dict[str, dict[int, str]]:
        """The new values by column and row. `found`: the rows of what is replaced; `suggestions`: those that the review
        has. A cell that was corrected itself goes before a replacement, and this before a suggestion; what is left out
        is not corrected."""
        values = dict[str, dict[int, str]]()
        for each, rows in self.taken(suggestions):
            column = values.setdefault(each.column, {})
            column.update({row: each.new for row in rows if row not in column})
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
    return fold([event], state)


def fold(history: Iterable[CorrectionsEvent], state: Draft | None = None) -> Draft:
    """The draft after all of these, as if it evolved by one after the other: a draft may have some thousand events, and
    is not copied for each."""
    sums = _Sums(state or Draft())
    for event in history:
        sums.add(event)
    return sums.draft()


class _Sums:
    """A draft while events are added to it."""

    def __init__(self, state: Draft) -> None:
        self._begin(state)

    def _begin(self, state: Draft) -> None:
        self._review, self._by, self._still_wrong = state.review, state.by, state.still_wrong
        self._cells, self._replacements = dict(state.cells), dict(state.replacements)
        self._left_out, self._accepted, self._declined = set(state.left_out), set(state.accepted), set(state.declined)

    def add(self, event: CorrectionsEvent) -> None:
        self._by = event.by
        match event:
            case CorrectionsChanged():
                self._change(event)
            case CorrectionsForgotten():
                self._begin(Draft(by=event.by))
            case CorrectionsApplied():
                pass

    def draft(self) -> Draft:
        return Draft(
            self._review,
            self._cells,
            self._replacements,
            frozenset(self._left_out),
            self._by,
            frozenset(self._accepted),
            frozenset(self._declined),
            self._still_wrong,
        )

    def _change(self, event: CorrectionsChanged) -> None:
        self._review, self._still_wrong = event.review, event.still_wrong
        if event.accepted:
            self._accepted.add(event.accepted)
            self._declined.clear()
        for cell in event.cells:
            self._put(self._cells, (cell.row, cell.column), cell.value)
        for each in event.replacements:
            self._put(self._replacements, (each.column, each.old), each.new)
        if event.left_out is not None:
            self._left_out = set(rows_of(event.left_out))
        self._left_out |= unpacked(event.leave_out)
        self._left_out -= unpacked(event.take_in)

    def _put(self, values: dict[Key, str], key: Key, value: str | None) -> None:
        self._declined.discard(key)
        if value is not None:
            values[key] = value
        elif values.pop(key, None) is None and self._accepted:
            self._declined.add(key)


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
