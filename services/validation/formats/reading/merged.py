"""Cells that are merged: the first one's value is what each of them shows."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter

from shared.workbooks.area import Area
from shared.workbooks.cells import Cells


class Areas:
    """Areas by their columns, each with the row that it begins in. No two of a sheet overlap: one that does is passed
    over. They are added from the top down, and each takes the place of those that end above it; so a cell's is found
    without a look at all of them."""

    def __init__(self) -> None:
        self._lefts = list[int]()
        self._held = list[tuple[Area, Cells]]()

    def __bool__(self) -> bool:
        return bool(self._held)

    def add(self, area: Area, first: Cells) -> None:
        begin = bisect_right(self._lefts, area.left)
        if begin and self._held[begin - 1][0].right >= area.left:
            begin -= 1
        end = last = bisect_right(self._lefts, area.right)
        for at in range(begin, last):
            if self._held[at][0].bottom >= area.top:
                end = at
                break
        new = [(area, first)] if end == last else []
        self._lefts[begin:end] = [area.left] if new else []
        self._held[begin:end] = new

    def over(self, row: int, column: int) -> tuple[Area, Cells] | None:
        """The area that a cell is in."""
        at = bisect_right(self._lefts, column) - 1
        return self._held[at] if at >= 0 and self._held[at][0].holds(row, column) else None

    def of(self, row: int) -> Iterator[tuple[Area, Cells]]:
        """Those that a row is in."""
        return (each for each in self._held if each[0].top <= row <= each[0].bottom)

    def copy(self) -> "Areas":
        """As they are now, while others are added to these."""
        copied = Areas()
        copied._lefts, copied._held = self._lefts.copy(), self._held.copy()
        return copied


class Merged:
    """The merged areas of a sheet, whose rows are shown to it one after the other."""

    def __init__(self, areas: Iterable[Area] = ()) -> None:
        self._waiting = sorted(areas, key=attrgetter("top"))[::-1]
        self._areas = Areas()

    def at(self, cells: Cells) -> Areas:
        """The areas that the row is in, each with the row that it begins in (an empty one where that is blank), and
        some above it."""
        number = cells.number
        while self._waiting and self._waiting[-1].top <= number:
            area = self._waiting.pop()
            if area.bottom >= number:
                self._areas.add(area, cells if area.top == number else Cells(area.top))
        return self._areas


def bare(cells: Cells, areas: Areas) -> Cells:
    """The row without what stands in covered cells, which nobody sees."""
    covered = {column for column in (*cells.texts, *cells.faults) if _covered(cells.number, column, areas)}
    return cells.without(covered) if covered else cells


def _covered(row: int, column: int, areas: Areas) -> bool:
    found = areas.over(row, column)
    return found is not None and (found[0].top, found[0].left) != (row, column)


def shown_in(cells: Cells, areas: Areas) -> dict[int, str]:
    """The row's texts as a header: with what areas hold that begin above it, in their first column alone, for a word
    over two columns is not the name of both."""
    held = areas.of(cells.number)
    return {**cells.texts, **{area.left: first.texts[area.left] for area, first in held if area.left in first.texts}}


def spread(cells: Cells, areas: Areas, columns: Sequence[int], below: int) -> Iterator[int]:
    """Puts what areas that begin below a row show into those of the given columns that they cover in this one, and
    gives these."""
    for column in columns:
        area, first = areas.over(cells.number, column) or (None, cells)
        if area is None or area.top <= below or (cells.number, column) == (area.top, area.left):
            continue
        text, fault = first.texts.get(area.left), first.faults.get(area.left)
        if text is None and fault is None:
            continue
        if text is not None:
            cells.texts[column] = text
        if fault is not None:
            cells.faults[column] = fault
        if area.left in first.lost:
            cells.lost.append(column)
        yield column
