"""What has become of a file's errors in the one that replaced it: each is fixed, still there, or new."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class ChangedErrors:
    """All errors of both files, each once, by rows. An error is still there where the same value is wrong in the same
    way: in the same row, else in another one, for rows move. Where the same cell is wrong in another way it is still
    there, too, and shown as it is now."""

    fixed: Sequence[WrongCell]
    still: Sequence[WrongCell]
    new: Sequence[WrongCell]

    def of(self, fate: Fate) -> Sequence[WrongCell]:
        """Those of one kind."""
        return {"fixed": self.fixed, "still": self.still, "new": self.new}[fate]


def compare(before: Iterable[Group], now: Iterable[Group]) -> ChangedErrors:
    """The errors of two reviews, side by side."""
    old, new = _by_value(before), _by_value(now)
    still, gone, come = list[WrongCell](), list[WrongCell](), list[WrongCell]()
    for key in {**old, **new}:
        one, other = old.get(key, []), new.get(key, [])
        still_here = {cell.row for cell in one} & {cell.row for cell in other}
        left = [cell for cell in one if cell.row not in still_here]
        found = [cell for cell in other if cell.row not in still_here]
        moved = min(len(left), len(found))
        still += [cell for cell in other if cell.row in still_here] + found[:moved]
        gone += left[moved:]
        come += found[moved:]
    both = Counter((cell.row, cell.column) for cell in gone) & Counter((cell.row, cell.column) for cell in come)
    otherwise = [cell for cell in come if (cell.row, cell.column) in both]
    return ChangedErrors(
        fixed=_sorted(cell for cell in gone if (cell.row, cell.column) not in both),
        still=_sorted([*still, *otherwise]),
        new=_sorted(cell for cell in come if (cell.row, cell.column) not in both),
    )


async def changed_errors(before: Problems | None, now: Problems | None) -> ChangedErrors:
    """The same of what is kept of two reviews; None for one without an error."""
    old = await before.all() if before else []
    new = await now.all() if now else []
    return await asyncio.to_thread(compare, old, new)


def _by_value(groups: Iterable[Group]) -> dict[tuple[str | None, str, str | None], list[WrongCell]]:
    found = dict[tuple[str | None, str, str | None], list[WrongCell]]()
    for group in groups:
        cell = WrongCell(0, group.column, group.code, group.value, group.message)
        cells = found.setdefault((group.column, group.code, group.value), [])
        cells += [replace(cell, row=row) for row in group.rows]
    return found


def _sorted(cells: Iterable[WrongCell]) -> Sequence[WrongCell]:
    return sorted(cells, key=lambda cell: (cell.row, cell.column or ""))
