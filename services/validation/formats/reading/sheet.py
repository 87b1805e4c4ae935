"""One pass over a sheet's XML: the text of every cell, and what of it is hidden.

Not python-calamine: it gives values, not what a cell shows, no hidden rows, no difference between #N/A and a text that
reads so; it lays a sheet out densely, whatever lies between two cells, and some files abort it outright. A
second pass for all that would cost more than reading it once here (docs/decisions/0009-own-reader-for-sheets.md).
"""

import re
import string
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from xml.parsers.expat import XMLParserType

from services.validation.formats.reading.merged import Areas
from services.validation.formats.reading.results import Results
from services.validation.formats.reading.shown import Shown
from shared.hostile_files.safe_xml import ALTERNATIVES, LONGEST_TEXT, new_parser, parse, split, too_long
from shared.hostile_files.zip_reader import Gain
from shared.workbooks.area import Area, area_of
from shared.workbooks.cells import MAX_COLUMNS, MAX_ROW, BadSheet, Cells, column_index, column_number

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_HALVES = re.compile("[\ud800-\udfff]")
_DIGITS = "0123456789"
_COLUMN = f"${string.ascii_letters}"  # what a reference to a cell has before its row
_TRUE, _FALSE = ("1", "true"), ("0", "false")
_LONGEST_NUMBER = 1_100  # characters: with all its digits a double has less
_MANY_DIGITS = 1e15  # a cell keeps 15 digits
_MARKS, _MARKS_OF_A_MERGE = 16, 1
"""What is plain: of a row with all that programs say of it, or a cell with a formula; and a third of a merge, which is
three times the work of another element."""


@dataclass(slots=True)
class Layout:
    """What a sheet says of itself beside its cells."""

    columns_told: list[tuple[int, int, bool]] = field(default_factory=list[tuple[int, int, bool]])
    """First, last, and whether they are hidden."""
    columns_hidden: bool = False
    """Those of which nothing is told."""
    merged: list[Area] = field(default_factory=list[Area])
    last_merged: int = -1

    def hides(self, column: int) -> bool:
        told = [hidden for first, last, hidden in self.columns_told if first <= column <= last]
        return any(told) if told else self.columns_hidden


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
    shown: Shown,
    results: Results,
    take: Callable[[Cells], None],
    gain: Gain,
    known: Layout | None = None,
) -> Layout:
    """Calls `take` with each row that is not blank, in the sheet's order. Raises BadSheet, XmlRefused.

    `gain`: has what is plain added to. `known`: the layout where the sheet was read before; it is not read again.
    """
    parser = new_parser()
    reader = _Reader(parser, strings, shown, results, take, gain, known)
    parse(parser, chunks)
    reader.layout.merged += filter(None, map(area_of, reader.merges))
    return reader.layout


class _Reader:
    """The handlers. Called some thirty times a row, so they test the frequent first and keep no object a cell."""

    def __init__(
        self,
        parser: XMLParserType,
        strings: Sequence[str],
        shown: Shown,
        results: Results,
        take: Callable[[Cells], None],
        gain: Gain,
        known: Layout | None,
    ) -> None:
        self.layout, self._known = known or Layout(), known is not None
        self.merges = dict[str, None]()
        """Their references. One that is told again is no other."""
        self._gain = gain
        self._parser, self._strings, self._shown, self._results, self._take = parser, strings, shown, results, take
        self._columns = dict[str, int]()  # by letters
        self._c = self._v = self._t = ""
        self._starts = dict[str, Callable[[dict[str, str]], None]]()
        self._ends = dict[str, Callable[[], None]]()
        self._rows_hidden = False  # those that say nothing of their height
        self._cells = Cells(0)
        self._rows = self._lowest = self._plain = 0
        self._row_told, self._column = True, -1
        self._taking, self._phonetic = False, False
        self._type, self._style, self._text = "n", "0", ""
        self._formula, self._stored = False, False
        self._arrays = Areas()  # cells that one formula fills
        self._skipped = 0  # how deep in what is for readers of another kind
        parser.StartElementHandler = self._root

    def _root(self, name: str, _attributes: dict[str, str]) -> None:
        """The root's namespace is that of all elements that count here; others belong to extensions."""
        namespace = split(name)[0]
        prefix = f"{namespace} " if namespace else ""
        self._c, self._v, self._t = (prefix + short for short in ("c", "v", "t"))
        starts = {
            "row": self._start_row,
            "f": self._start_formula,
            "rPh": self._start_phonetic,
            "col": self._column_widths,
            "mergeCell": self._merged,
            "sheetFormatPr": self._defaults,
        }
        if self._known:
            starts = {short: start for short, start in starts.items() if short not in ("col", "mergeCell")}
        self._starts = {prefix + short: start for short, start in starts.items()}
        self._starts[f"{ALTERNATIVES} Choice"] = self._skip
        self._ends = {prefix + "row": self._end_row, prefix + "rPh": self._end_phonetic}
        self._listen()

    def _listen(self) -> None:
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._c:
            self._start_cell(attributes)
        elif name == self._t:
            self._taking = not self._phonetic
        elif name == self._v:
            self._taking = self._stored = True
        elif (rarer := self._starts.get(name)) is not None:
            rarer(attributes)

    def _end(self, name: str) -> None:
        if name == self._t or name == self._v:
            self._taking = False
        elif name == self._c:
            self._end_cell()
        elif (rarer := self._ends.get(name)) is not None:
            rarer()

    def _characters(self, data: str) -> None:
        if self._taking:
            self._text += data
            if len(self._text) > LONGEST_TEXT:
                raise too_long()

    def _skip(self, _attributes: dict[str, str]) -> None:
        """Until the element's end: a `Choice` is for readers that know its extension."""
        self._skipped = 1
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._deeper, self._shallower
        self._parser.CharacterDataHandler = None

    def _deeper(self, _name: str, _attributes: dict[str, str]) -> None:
        self._skipped += 1

    def _shallower(self, _name: str) -> None:
        self._skipped -= 1
        if not self._skipped:
            self._listen()

    def _defaults(self, attributes: dict[str, str]) -> None:
        self._rows_hidden = attributes.get("zeroHeight") in _TRUE or _is_zero(attributes.get("defaultRowHeight"))
        self.layout.columns_hidden = _is_zero(attributes.get("defaultColWidth"))

    def _start_row(self, attributes: dict[str, str]) -> None:
        cells, row, hidden = self._cells, self._cells.number + 1, self._rows_hidden
        self._row_told = False
        self._gain.plain += _MARKS
        self._plain = self._gain.plain
        self._rows += 1
        if self._rows > MAX_ROW:
            raise BadSheet("it has more rows than a sheet can have")
        if attributes:
            number = attributes.get("r")
            if number is None or len(attributes) > 1:
                hidden = self._hides_row(attributes)
            self._row_told = number is not None
            row = _number(number.strip(), MAX_ROW) if number else row
        if cells.texts or cells.faults or cells.lost:
            self._cells = Cells(row, hidden)
        else:  # nobody has the last one: of rows without anything there may be a million
            cells.number, cells.hidden = row, hidden
        self._column = -1

    def _hides_row(self, attributes: dict[str, str]) -> bool:
        hidden, height = attributes.get("hidden"), attributes.get("ht")
        if hidden in _TRUE or _is_zero(height):
            return True
        if height is None and attributes.get("customHeight") in _TRUE:
            return True
        return self._rows_hidden and height is None and hidden not in _FALSE

    def _end_row(self) -> None:
        cells = self._cells
        if cells.texts or cells.faults:
            self._lowest = max(self._lowest, cells.number)
            cells.written = (self._gain.plain - self._plain) // _MARKS
            self._take(cells)

    def _start_formula(self, attributes: dict[str, str]) -> None:
        self._formula = True
        several = self._results is not Results.KEPT and attributes.get("t") in ("array", "dataTable")
        if several and (area := area_of(attributes.get("ref", ""))):
            self._arrays.add(area, self._cells)

    def _start_phonetic(self, _attributes: dict[str, str]) -> None:
        self._phonetic = True

    def _end_phonetic(self) -> None:
        self._phonetic = False

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self._gain.plain += _MARKS
        if reference := attributes.get("r"):
            letters = reference.rstrip(_DIGITS)
            column = self._columns.get(letters)
            if column is None:
                column = self._columns[letters] = column_index(letters)
            self._column = column
            if not self._row_told and (number := reference[len(letters) :]):
                self._cells.number, self._row_told = _number(number, MAX_ROW), True
        else:
            self._column += 1
            if self._column >= MAX_COLUMNS:
                raise BadSheet("a cell stands where no sheet has one")
        self._type = attributes.get("t", "n")
        self._style = attributes.get("s", "0")
        self._text = ""
        self._formula = self._stored = False

    def _end_cell(self) -> None:
        text = self._text
        if (self._formula or self._arrays) and self._without_result(text):
            self._cells.faults[self._column] = ""
            return
        if not text:
            return
        match self._type:
            case "s":
                text = self._shown.text(self._style, self._string(text))
            case "n":
                text = self._number_text(text)
            case "b":
                text = "TRUE" if text.strip().lower() in _TRUE else "FALSE"
            case "d":
                text = self._shown.moment(self._style, text)
            case "e":
                self._cells.faults[self._column] = text
                return
            case _:  # inlineStr, str
                text = self._shown.text(self._style, text)
        if "_x" in text:
            text = unescaped(text)
        if text and not text.isspace():
            self._cells.texts[self._column] = text

    def _without_result(self, text: str) -> bool:
        if not self._formula and not self._arrays.over(self._cells.number, self._column):
            return False
        return not self._stored or (not text and self._type != "str") or self._results.missing(text, self._type)

    def _string(self, index: str) -> str:
        try:
            return self._strings[_number(index.strip(), len(self._strings) - 1)]
        except IndexError:
            raise BadSheet("a cell refers to a text that is not there") from None

    def _number_text(self, stored: str) -> str:
        if len(stored) > _LONGEST_NUMBER:
            return stored
        try:
            text = self._shown.number(self._style, stored)
            if (len(stored) > 15 or "E" in stored or "e" in stored) and abs(float(stored)) >= _MANY_DIGITS:
                self._cells.lost.append(self._column)
            return text
        except (ValueError, ArithmeticError):  # no number, so nothing a format could change
            return stored

    def _column_widths(self, attributes: dict[str, str]) -> None:
        first, last = (_lenient(attributes.get(name)) for name in ("min", "max"))
        if first is not None and last is not None and len(self.layout.columns_told) < MAX_COLUMNS:
            hidden = attributes.get("hidden") in _TRUE or _is_zero(attributes.get("width"))
            self.layout.columns_told.append((first - 1, last - 1, hidden))

    def _merged(self, attributes: dict[str, str]) -> None:
        self._gain.plain += _MARKS_OF_A_MERGE
        reference = attributes.get("ref", "").strip()
        first, _, last = reference.rpartition(":")
        right = column_number(last.rstrip(_DIGITS))
        if right > self.layout.last_merged:
            self.layout.last_merged = min(right, MAX_COLUMNS - 1)
        top = first.lstrip(_COLUMN)
        if 0 < self._lowest < (_lenient(top) or 0):  # below all rows there may be any number of them
            return
        self.merges[reference] = None


def _is_zero(size: str | None) -> bool:
    """Whether a height or width is told and is none: 0, 0.0."""
    try:
        return size is not None and float(size) == 0
    except ValueError:
        return False


def _lenient(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 10 else None


def _number(text: str, most: int) -> int:
    if len(text) <= 10 and text.isascii() and text.isdigit() and (number := int(text)) <= most:
        return number
    raise BadSheet("a row, column or text number is out of range")
