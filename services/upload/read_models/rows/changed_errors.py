"""What has become of a file's errors in the one that replaced it: each is fixed, still there, or new."""

import asyncio
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, overload

from services.upload.read_models.rows.problems import Group, Problems

Fate = Literal["fixed", "still", "new"]


@dataclass(frozen=True, slots=True)
class WrongCell:
    """One error: where it is, in the new file unless it is fixed, and of which value."""

    row: int
    column: str | None
    code: str
    value: str | None
    message: str


class WrongCells(Sequence[WrongCell]):
    """Errors by rows. Each is kept as a number, its place, and made a cell when it is asked for: there may be millions.
    `alike` says what errors of the same group have in common."""

    def __init__(self, places: Iterable[int], alike: Sequence[WrongCell]) -> None:
        self._places = array("Q", sorted(places))
        self._alike = alike

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, at: int) -> WrongCell: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[WrongCell]: ...
    def __getitem__(self, at: int | slice) -> WrongCell | Sequence[WrongCell]:
        if isinstance(at, slice):
            return [self._cell(place) for place in self._places[at]]
        return self._cell(self._places[at])

    def _cell(self, place: int) -> WrongCell:
        return replace(self._alike[place & _GROUP], row=place >> _ROW_AT)


_ROW_AT, _COLUMN_AT = 40, 24
_GROUP = (1 << _COLUMN_AT) - 1
"""A place is a row, the rank of a column among those that there are, and the number of a group."""


@dataclass(frozen=True, slots=True)
class ChangedErrors:
    """All errors of both files, each once, by rows. An error is still there where the same value is wrong in the same
    way: in the same row, else in another one, for rows move. Where the same cell is wrong in another way it is still
    there, too, and shown as it is now. `values`: how many wrong values both files have."""

    fixed: Sequence[WrongCell]
    still: Sequence[WrongCell]
    new: Sequence[WrongCell]
    values: int = 0

    def of(self, fate: Fate) -> Sequence[WrongCell]:
        """Those of one kind."""
        return {"fixed": self.fixed, "still": self.still, "new": self.new}[fate]


def compare(before: Sequence[Group], now: Sequence[Group]) -> ChangedErrors:
    """The errors of two reviews, side by side."""
    groups = (*before, *now)
    alike = [WrongCell(0, group.column, group.code, group.value, group.message) for group in groups]
    ranks = {column: rank for rank, column in enumerate(sorted({cell.column or "" for cell in alike}))}
    same = dict[tuple[str | None, str, str | None], tuple[list[int], list[int]]]()
    for number, cell in enumerate(alike):
        both = same.setdefault((cell.column, cell.code, cell.value), ([], []))
        both[number >= len(before)].append(number)

    def places(numbers: Iterable[int]) -> list[int]:
        return [
            row << _ROW_AT | ranks[alike[number].column or ""] << _COLUMN_AT | number
            for number in numbers
            for row in groups[number].rows
        ]

    still, gone, come = array("Q"), array("Q"), array("Q")
    for old, new in same.values():
        one, other = places(old), places(new)
        still_here = {place >> _ROW_AT for place in one} & {place >> _ROW_AT for place in other}
        left = [place for place in one if place >> _ROW_AT not in still_here]
        found = [place for place in other if place >> _ROW_AT not in still_here]
        moved = min(len(left), len(found))
        still.extend(place for place in other if place >> _ROW_AT in still_here)
        still.extend(found[:moved])
        gone.extend(left[moved:])
        come.extend(found[moved:])
    cells = {place >> _COLUMN_AT for place in gone} & {place >> _COLUMN_AT for place in come}
    still.extend(place for place in come if place >> _COLUMN_AT in cells)
    return ChangedErrors(
        fixed=WrongCells((place for place in gone if place >> _COLUMN_AT not in cells), alike),
        still=WrongCells(still, alike),
        new=WrongCells((place for place in come if place >> _COLUMN_AT not in cells), alike),
        values=len(groups),
    )


async def changed_errors(before: Problems | None, now: Problems | None) -> ChangedErrors:
    """The same of what is kept of two reviews; None for one without an error."""
    old = await before.all() if before else []
    new = await now.all() if now else []
    return await asyncio.to_thread(compare, old, new)


class Comparisons:
    """Compares two reviews at a time, and remembers what came of it last, unless that takes much room: an admin looks
    at page after page."""

    def __init__(self, most_values: int = 50_000) -> None:
        self._most_values = most_values
        self._comparing = asyncio.Lock()
        self._known: tuple[tuple[str, str], ChangedErrors] | None = None

    async def of(self, refs: tuple[str, str], before: Problems | None, now: Problems | None) -> ChangedErrors:
        """What has become of the errors; `refs` are where the reviews are kept, which never change there."""
        async with self._comparing:
            if self._known and self._known[0] == refs:
                return self._known[1]
            found = await changed_errors(before, now)
            self._known = (refs, found) if found.values <= self._most_values else None
            return found
