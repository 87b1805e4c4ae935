"""Areas of a sheet as references name them: `A1:F20`, also `A1`, `$a$1`, whole rows (`9:9`) and whole columns."""

import re

from services.validation.domain.validation.workbook import column_letter
from services.validation.formats.reading.merged import Area
from services.validation.formats.reading.sheet import MAX_COLUMNS, MAX_ROW, BadSheet, column_index

_CORNER = re.compile(r"\$?([A-Za-z]{0,3})\$?(\d{0,7})")


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
