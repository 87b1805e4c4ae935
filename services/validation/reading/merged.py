"""Cells that are merged: the first one's value is what each of them shows."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.validation.reading.cells import MAX_COLUMNS, Cells, column_number

_AREA = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,10}):\$?([A-Za-z]{1,4})\$?([0-9]{1,10})$")


@dataclass(frozen=True, slots=True)
class Area:
    """Rows and columns from the first to the last."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def area_of(reference: str) -> Area | None:
    """What a reference like B2:C5 means, cut to what a sheet has; None for whole rows, a single cell, or nonsense."""
    if not (found := _AREA.match(reference.strip())):
        return None
    first, last = (min(column_number(letters), MAX_COLUMNS - 1) for letters in (found[1], found[3]))
    area = Area(int(found[2]), first, int(found[4]), last)
    proper = 0 < area.top <= area.bottom and area.left <= area.right
    return area if proper and (area.top, area.left) != (area.bottom, area.right) else None


class Merged:
    """The merged areas of a sheet, whose rows are shown to it one after the other."""

    def __init__(self, areas: Iterable[Area] = ()) -> None:
        self._waiting = sorted(areas, key=lambda area: -area.top)
        self._open = list[tuple[Area, Cells]]()

    def __bool__(self) -> bool:
        return bool(self._waiting or self._open)

    def at(self, cells: Cells) -> list[tuple[Area, Cells]]:
        """The areas that the row is in, each with the row that it begins in (an empty one where that is blank)."""
        number = cells.number
        if self._open:
            self._open = [each for each in self._open if each[0].bottom >= number]
        while self._waiting and self._waiting[-1].top <= number:
            area = self._waiting.pop()
            if area.bottom >= number:
                self._open.append((area, cells if area.top == number else Cells(area.top)))
        return self._open


def bare(cells: Cells, areas: Sequence[tuple[Area, Cells]]) -> Cells:
    """The row without what stands in covered cells, which nobody sees."""
    covered = {column for column in (*cells.texts, *cells.faults) if _covered(cells.number, column, areas)}
    return cells.without(covered) if covered else cells


def _covered(row: int, column: int, areas: Sequence[tuple[Area, Cells]]) -> bool:
    return any(area.holds(row, column) and (area.top, area.left) != (row, column) for area, _ in areas)


def shown_in(cells: Cells, areas: Sequence[tuple[Area, Cells]]) -> dict[int, str]:
    """The row's texts as a header: with what areas hold that begin above it, in their first column alone, for a word
    over two columns is not the name of both."""
    return {**cells.texts, **{area.left: first.texts[area.left] for area, first in areas if area.left in first.texts}}


def spread(cells: Cells, areas: Sequence[tuple[Area, Cells]], columns: Sequence[int]) -> Iterator[int]:
    """Puts what areas show into those of the given columns that they cover in this row, and gives these."""
    for area, first in areas:
        text, fault = first.texts.get(area.left), first.faults.get(area.left)
        if text is None and fault is None:
            continue
        for column in columns:
            if not area.left <= column <= area.right or (cells.number, column) == (area.top, area.left):
                continue
            if text is not None:
                cells.texts[column] = text
            if fault is not None:
                cells.faults[column] = fault
            if area.left in first.lost:
                cells.lost.append(column)
            yield column
