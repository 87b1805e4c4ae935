"""Areas of a sheet as references name them: `A1:F20`, also `A1`, `$a$1`, whole rows (`9:9`) and whole columns."""

import re
from typing import NamedTuple

from shared.workbooks.cells import MAX_COLUMNS, MAX_ROW, BadSheet, column_index, column_letter, column_number

_CORNER = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d{0,7})")
_AREA = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,10}):\$?([A-Za-z]{1,4})\$?([0-9]{1,10})$")


class Area(NamedTuple):
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
    left, right = (min(column_number(letters), MAX_COLUMNS - 1) for letters in (found[1], found[3]))
    top, bottom = int(found[2]), int(found[4])
    proper = 0 < top <= bottom and left <= right and (top, left) != (bottom, right)
    return Area(top, left, bottom, right) if proper else None


def area(reference: bytes | None) -> Area | None:
    """What a reference says; None where it says nothing that makes sense."""
    first, _, second = (reference or b"").decode("ascii", "replace").strip().partition(":")
    one, other = _CORNER.fullmatch(first), _CORNER.fullmatch(second or first)
    if not one or not other or not first:
        return None
    try:
        columns = column_index(one[1].upper() or "A"), column_index(other[1].upper() or column_letter(MAX_COLUMNS - 1))
    except BadSheet:
        return None
    rows = int(one[2] or 1), int(other[2] or MAX_ROW)
    return Area(min(rows), min(columns), max(rows), max(columns))


def named(area: Area, fixed: str = "") -> str:
    """The reference to it; with `fixed` as "$" as the names of a workbook refer to it."""
    return f"{fixed}{column_letter(area.left)}{fixed}{area.top}:{fixed}{column_letter(area.right)}{fixed}{area.bottom}"


def meet(one: Area, other: Area) -> bool:
    """Whether they have a cell in common."""
    beside = one.right < other.left or other.right < one.left
    return not beside and one.top <= other.bottom and other.top <= one.bottom
