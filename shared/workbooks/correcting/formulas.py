"""Formulas that other cells stand on: when the cell that tells one goes, the next that shares it tells it.

Of a shared formula the first cell alone has the text, the others refer to it by its number (ECMA-376 part 1,
18.3.1.40): without that cell a spreadsheet program calls the file damaged. Of an array formula the first cell fills a
whole area, of which no part can be changed: where one must be, all of it keeps its values and loses the formula.
"""

import re
from collections.abc import Callable
from html import unescape
from xml.sax.saxutils import escape

from openpyxl.formula.translate import Translator, TranslatorError

from shared.workbooks.area import Area, area, named
from shared.workbooks.cells import column_letter
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import Element, Scope, elements

_SHARED = re.compile(rb"""\st\s*=\s*["']shared["']""")
_ARRAY = re.compile(rb"""\st\s*=\s*["'](?:array|dataTable)["']""")
_TRACES = (b"<f>", b"<f ", b"<f/", b":f>", b":f ", b":f/", b"<f\n", b"<f\r", b"<f\t", b":f\n", b":f\r", b":f\t")
_ANY = re.compile(rb"<(?:[^\s<>/:]+:)?f[\s/>]")


class Formulas:
    """What formulas of a sheet have lost their first cell. `touched`: whether anything in an area is changed."""

    def __init__(self, data: bytes, scope: Scope, touched: Callable[[Area], bool]) -> None:
        self._scope, self._touched = scope, touched
        # Bytes are found ten times as fast as patterns, and most sheets have no formula at all.
        told = b"<f" in data or b":f" in data
        self._any = told and any(each in data for each in _TRACES) and _ANY.search(data) is not None
        self._shares = self._any and b"shared" in data
        self._arrays = self._any and (b"array" in data or b"dataTable" in data)
        self._homeless = dict[bytes, tuple[str, str, Area]]()
        self.lost = False
        """Whether a formula is gone, so that the order to calculate in is no longer true."""

    def may_tell(self, data: bytes, start: int, end: int) -> bool:
        """Whether a row holds a formula that others may stand on."""
        return bool(
            (self._shares and _SHARED.search(data, start, end)) or (self._arrays and _ARRAY.search(data, start, end))
        )

    def must_see(self, data: bytes, start: int, end: int) -> bool:
        """Whether a row has to be looked into for its formulas, whatever else changes in it."""
        return bool(
            (self._homeless and _SHARED.search(data, start, end)) or (self._arrays and _ARRAY.search(data, start, end))
        )

    def leave_out(self, data: bytes, start: int, end: int) -> None:
        """A row goes, whatever is in it."""
        self.lost = self.lost or (self._any and _ANY.search(data, start, end) is not None)

    def gone(self, data: bytes, row: int, column: int) -> None:
        """A cell goes, or gets a value: what it tells has to be told elsewhere."""
        formula = self._formula(data) if self._any else None
        if formula is None:
            return
        self.lost = True
        words = data[formula.inside : formula.outside]
        over = area(formula.attributes.get(b"ref"))
        if formula.attributes.get(b"t") == b"shared" and words.strip() and over:
            origin = f"{column_letter(column)}{row}"
            self._homeless[formula.attributes.get(b"si", b"")] = unescape(words.decode()), origin, over

    def kept(self, data: bytes, row: int, column: int) -> bytes:
        """What stands in place of a cell that is not changed."""
        formula = self._formula(data)
        if formula is None:
            return data
        if formula.attributes.get(b"t") in (b"array", b"dataTable"):
            over = area(formula.attributes.get(b"ref"))
            if over is None or not self._touched(over):
                return data
            self.lost = True
            return data[: formula.start] + data[formula.end :]
        told = self._homeless.pop(formula.attributes.get(b"si", b""), None)
        if formula.attributes.get(b"t") != b"shared" or told is None:
            return data
        return data[: formula.start] + self._moved(formula, told, row, column) + data[formula.end :]

    def _moved(self, formula: Element, told: tuple[str, str, Area], row: int, column: int) -> bytes:
        words, origin, over = told
        here = f"{column_letter(column)}{row}"
        try:
            moved = Translator(f"={words}", origin=origin).translate_formula(here)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        except (TranslatorError, ValueError, IndexError):
            raise CannotPatch("a formula that several cells share cannot be moved") from None
        reach = named(Area(row, min(over.left, column), max(over.bottom, row), max(over.right, column)))
        tag = b'<%bf t="shared" ref="%b" si="%b">' % (
            formula.prefix,
            reach.encode(),
            formula.attributes.get(b"si", b""),
        )
        words = str(moved)[1:]  # pyright: ignore[reportUnknownArgumentType]  # a text: openpyxl does not say it
        return tag + escape(words).encode() + b"</%bf>" % formula.prefix

    def _formula(self, data: bytes) -> Element | None:
        if b"f" not in data:
            return None
        return next((each for each in elements(data, scope=self._scope) if each.main == b"f"), None)
