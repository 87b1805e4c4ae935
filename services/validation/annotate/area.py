"""Areas of a sheet as references name them: `A1:F20`, also `$a$1`, whole rows (`9:9`) and whole columns (`A:C`)."""

import re
from dataclasses import dataclass

from services.validation.reading.model import letter
from services.validation.reading.sheet import MAX_COLUMNS, MAX_ROW, BadSheet, column_index

_CORNER = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d{0,7})")


@dataclass(frozen=True, slots=True)
class Area:
    """Rows from 1, columns from 0; the last ones belong to it."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{letter(self.left)}{self.top}:{letter(self.right)}{self.bottom}"

    @property
    def absolute(self) -> str:
        """As names of a workbook refer to it."""
        return f"${letter(self.left)}${self.top}:${letter(self.right)}${self.bottom}"

    def meets(self, other: "Area") -> bool:
        """Whether they have a cell in common."""
        beside = self.right < other.left or other.right < self.left
        return not beside and self.top <= other.bottom and other.top <= self.bottom


def area(reference: bytes | None) -> Area | None:
    """What a reference says; None where it says nothing that makes sense."""
    first, _, second = (reference or b"").decode("ascii", "replace").strip().partition(":")
    one, other = _CORNER.fullmatch(first), _CORNER.fullmatch(second or first)
    if not one or not other or not first:
        return None
    try:
        columns = column_index(one[1].upper() or "A"), column_index(other[1].upper() or letter(MAX_COLUMNS - 1))
    except BadSheet:
        return None
    rows = int(one[2] or 1), int(other[2] or MAX_ROW)
    return Area(min(rows), min(columns), max(rows), max(columns))
