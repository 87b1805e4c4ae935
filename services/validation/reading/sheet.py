"""One pass over a sheet's XML: the text of every cell, and what of it is hidden.

Not python-calamine: it gives values, not what a cell shows, no hidden rows, no difference between #N/A and a text that
reads so; it lays a sheet out densely, whatever lies between two cells, and some files abort it outright. A
second pass for all that would cost more than reading it once here (docs/decisions/0009-own-reader-for-sheets.md).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from shared.safe_xml import LONGEST_TEXT, new_parser, parse, too_long

MAX_COLUMNS = 16_384  # of a sheet, A to XFD
MAX_ROW = 1_048_576

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HALVES = re.compile("[\ud800-\udfff]")
_DIGITS = "0123456789"
_TRUE = ("1", "true")


class BadSheet(Exception):
    """The sheet's XML says what no sheet can say. The message is a plain half sentence."""


@dataclass(frozen=True, slots=True)
class Cells:
    """A row as it is passed on: texts by column, without the blank ones, and faults as in SheetRow."""

    number: int
    hidden: bool
    texts: dict[int, str]
    faults: dict[int, str]


@dataclass(slots=True)
class Layout:
    """What a sheet says of itself beside its cells."""

    hidden_columns: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])  # first and last
    last_merged: int = -1

    def hides(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self.hidden_columns)


def unescaped(text: str) -> str:
    """`text` with its `_xHHHH_` as the characters that they mean. Two halves become one character; a half alone, which
    no JSON can carry, the noncharacter U+FFFF, which is as illegal as it."""
    text = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text)
    if _HALVES.search(text):
        whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
        text = _HALVES.sub("\uffff", whole)
    return text


def read_sheet(
    chunks: Iterable[bytes],
    strings: Sequence[str],
    show: Callable[[int, str], str],
    take: Callable[[Cells], None],
) -> Layout:
    """Calls `take` with each row that is not blank, in the sheet's order.

    `show` gives the text of a number by cell style and number as stored. Raises BadSheet, XmlRefused.
    """
    reader = _Reader(strings, show, take)
    parser = new_parser()

    def root(name: str, attributes: dict[str, str]) -> None:
        reader.root(name, attributes)
        parser.StartElementHandler = reader.start

    parser.StartElementHandler = root
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parse(parser, chunks)
    return reader.layout


class _Reader:
    """The handlers. Called some thirty times a row, so they test the frequent first and keep no object a cell."""

    def __init__(self, strings: Sequence[str], show: Callable[[int, str], str], take: Callable[[Cells], None]) -> None:
        self.layout = Layout()
        self._strings, self._show, self._take = strings, show, take
        self._columns = dict[str, int]()  # by letters
        self._c = self._v = self._t = ""
        self._starts = dict[str, Callable[[dict[str, str]], None]]()
        self._ends = dict[str, Callable[[], None]]()
        self._row, self._column, self._hidden = 0, -1, False
        self._texts, self._faults = dict[int, str](), dict[int, str]()
        self._taking, self._phonetic = False, False
        self._type, self._style, self._text = "n", "0", ""
        self._formula, self._stored = False, False

    def root(self, name: str, _attributes: dict[str, str]) -> None:
        """The root's prefix is that of all elements that count here; others belong to extensions."""
        prefix = name[: name.rfind(":") + 1]
        self._c, self._v, self._t = (prefix + short for short in ("c", "v", "t"))
        starts = {
            "row": self._start_row, "f": self._start_formula, "rPh": self._start_phonetic, "col": self._column_widths,
            "mergeCell": self._merged,
        }  # fmt: skip
        self._starts = {prefix + short: start for short, start in starts.items()}
        self._ends = {prefix + "row": self._end_row, prefix + "rPh": self._end_phonetic}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._start_cell(attributes)
        elif name == self._t:
            self._taking = not self._phonetic
        elif name == self._v:
            self._taking = self._stored = True
        elif (rarer := self._starts.get(name)) is not None:
            rarer(attributes)

    def end(self, name: str) -> None:
        if name == self._t or name == self._v:
            self._taking = False
        elif name == self._c:
            self._end_cell()
        elif (rarer := self._ends.get(name)) is not None:
            rarer()

    def characters(self, data: str) -> None:
        if self._taking:
            self._text += data
            if len(self._text) > LONGEST_TEXT:
                raise too_long()

    def _start_row(self, attributes: dict[str, str]) -> None:
        number = attributes.get("r")
        self._row = _number(number, MAX_ROW) if number else self._row + 1
        self._hidden = attributes.get("hidden") in _TRUE
        self._column = -1

    def _end_row(self) -> None:
        if self._texts or self._faults:
            self._take(Cells(self._row, self._hidden, self._texts, self._faults))
            self._texts, self._faults = {}, {}

    def _start_formula(self, _attributes: dict[str, str]) -> None:
        self._formula = True

    def _start_phonetic(self, _attributes: dict[str, str]) -> None:
        self._phonetic = True

    def _end_phonetic(self) -> None:
        self._phonetic = False

    def _start_cell(self, attributes: dict[str, str]) -> None:
        if reference := attributes.get("r"):
            letters = reference.rstrip(_DIGITS)
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_index(letters)
            self._column = column
        else:
            self._column += 1
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._text = ""
        self._formula = self._stored = False

    def _end_cell(self) -> None:
        text = self._text
        if self._formula and (not self._stored or (not text and self._type != "str")):
            self._faults[self._column] = ""
            return
        if not text:
            return
        match self._type:
            case "s":
                text = self._string(text)
            case "n":
                text = self._number_text(text)
            case "b":
                text = "TRUE" if text.strip() in _TRUE else "FALSE"
            case "e":
                self._faults[self._column] = text
                return
            case _:  # inlineStr, str, and d: a date that is stored as ISO text
                pass
        if "_x" in text:
            text = unescaped(text)
        if text and not text.isspace():
            self._texts[self._column] = text

    def _string(self, index: str) -> str:
        try:
            return self._strings[_number(index.strip(), len(self._strings) - 1)]
        except IndexError:
            raise BadSheet("a cell refers to a text that is not there") from None

    def _number_text(self, stored: str) -> str:
        try:
            return self._show(int(self._style) if self._style.isdecimal() else 0, stored)
        except (ValueError, ArithmeticError):  # no number, so nothing a format could change
            return stored

    def _column_widths(self, attributes: dict[str, str]) -> None:
        if attributes.get("hidden") in _TRUE or attributes.get("width") == "0":
            first, last = (_number(attributes.get(name, ""), MAX_COLUMNS) - 1 for name in ("min", "max"))
            self.layout.hidden_columns.append((first, last))

    def _merged(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("ref", "").rpartition(":")[2].rstrip(_DIGITS)
        self.layout.last_merged = max(self.layout.last_merged, column_index(letters))


def column_index(letters: str) -> int:
    """A → 0, XFD → 16383."""
    index = 0
    for each in letters.replace("$", ""):
        index = index * 26 + ord(each) - 64 if "A" <= each <= "Z" else MAX_COLUMNS + 1
    if not 1 <= index <= MAX_COLUMNS:
        raise BadSheet("a cell stands where no sheet has one")
    return index - 1


def _number(text: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:10]) <= most and len(text) <= 10):
        raise BadSheet("a row, column or text number is out of range")
    return int(text)
