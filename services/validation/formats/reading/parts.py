"""The parts of a workbook and how they hang together (ECMA-376 part 1, 12.3; part 2, "Relationships")."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers.expat import XMLParserType

from services.validation.formats.reading.number_format import BUILT_IN, GENERAL
from services.validation.formats.reading.results import Results, results_of
from shared.hostile_files.safe_xml import LONGEST_TEXT, XmlRefused, elements, new_parser, parse, split, too_long
from shared.hostile_files.zip_reader import BYTES_OF_A_MARK, Archive, ArchiveRefused, Gain
from shared.workbooks.relations import NotAWorkbook, package_parts, relations, workbook_part

_LONG = 256
_LONGEST_NUMBER = 10
_LONGEST_CODE = 512
"""Characters of a number format: Excel takes 255, and writes some of them with a sign before."""
_MOST_FORMATS = 65_536
"""Cell formats of each kind that pay for themselves: Excel takes 65,490."""
_MARKS_OF_A_FORMAT = 16
_SHARED = (b't="s"', b"t='s'")
"""What a cell says that has a shared text."""
_MARKS_OF_A_TEXT = 6
"""With all that programs say of a shared text."""
_HALF_A_TEXT = 2
"""Half the marks of one where no cell is left that may have it, of which the count is nearly exact."""
_MORE_IF_IT_DIFFERS = 1
"""Another mark of such a one, which counts as plain. What is left is about what its size in the file lets pass."""
_MARKS_OF_A_RUN = 24
"""Of a part of a text that has a format of its own."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet as the workbook lists it."""

    name: str
    part: str
    visible: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """The parts of a workbook that are read."""

    part: str
    sheets: tuple[Sheet, ...]  # in the order of their tabs; those that hold cells
    date1904: bool
    results: Results
    strings: str | None
    styles: str | None


def open_workbook(archive: Archive) -> Workbook:
    """Raises NotAWorkbook where the zip holds none."""
    package, part = package_parts(archive), workbook_part(archive)
    entry = archive.find(part)
    if entry is None:
        raise NotAWorkbook("it holds no workbook")
    related = relations(archive, part)
    targets = {each.id: each.target for each in related if each.kind == "worksheet" and not each.external}
    sheets, said = list[Sheet](), dict[str, dict[str, str]]()

    def take(name: str, attributes: dict[str, str]) -> None:
        if name in ("workbookPr", "calcPr"):
            said[name] = attributes
        elif name == "sheet" and (target := targets.get(_relation_id(attributes))):
            visible = attributes.get("state", "visible") == "visible"
            sheets.append(Sheet(attributes.get("name", ""), target, visible))

    elements(archive.chunks(entry), take)
    one = {each.kind: each.target for each in related if not each.external}
    date1904 = said.get("workbookPr", {}).get("date1904") in ("1", "true")
    results = results_of(said.get("calcPr", {}), _application(archive, package.get("extended-properties")))
    return Workbook(part, tuple(sheets), date1904, results, one.get("sharedStrings"), one.get("styles"))


def _relation_id(attributes: dict[str, str]) -> str:
    """`r:id`, by its namespace: Strict has another than Transitional."""
    named = (value for name, value in attributes.items() if name.endswith("/relationships id"))
    return next(named, "")


def _application(archive: Archive, part: str | None) -> str | None:
    """The program that says it wrote the workbook. A part that says nothing else never refuses a file."""
    entry = archive.find(part) if part else None
    if entry is None:
        return None
    words, inside, parser = list[str](), False, new_parser()

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal inside
        inside = split(name)[1] == "Application"

    def characters(data: str) -> None:
        if inside:
            words.append(data)

    parser.StartElementHandler, parser.CharacterDataHandler = start, characters
    parser.EndElementHandler = lambda _: start("", {})
    try:
        parse(parser, archive.chunks(entry))
    except (ArchiveRefused, XmlRefused):
        return None
    return "".join(words).strip() or None


def formats(archive: Archive, styles: str | None) -> list[str]:
    """The number format code of each cell style, by its index."""
    entry = archive.find(styles) if styles else None
    if entry is None:
        return []
    codes, used, inside, gain = dict[int, str](), list[int](), "", Gain()
    enough = 2 * _MOST_FORMATS * _MARKS_OF_A_FORMAT

    def take(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        if name == "xf" and gain.kept < enough:
            gain.kept += _MARKS_OF_A_FORMAT
        match name:
            case "cellXfs" | "cellStyleXfs" | "dxfs":
                inside = name
            case "numFmt" if inside != "dxfs":
                code = attributes.get("formatCode", "")
                codes[_number(attributes.get("numFmtId"))] = code if len(code) <= _LONGEST_CODE else GENERAL
            case "xf" if inside == "cellXfs":
                used.append(_number(attributes.get("numFmtId")))
            case _:
                pass

    elements(archive.chunks(entry, gain), take)
    return [codes.get(number) or BUILT_IN.get(number, GENERAL) for number in used]


def strings(archive: Archive, part: str | None, sheets: Iterable[str]) -> list[str]:
    """The shared strings, as many as there are: the count that the part states is not read.

    `sheets`: the parts whose cells have them. What as many texts as there are such cells take is kept; the cells are
    counted as they are needed, which in most files is in the first one's first rows.
    """
    entry = archive.find(part) if part else None
    if entry is None:
        return []
    parser, gain = new_parser(), Gain()
    handlers = _Strings(parser, gain, _cells_with_texts(archive, sheets))
    parse(parser, archive.chunks(entry, gain))
    return handlers.found


def _cells_with_texts(archive: Archive, sheets: Iterable[str]) -> Iterator[int]:
    """How many there are, piece by piece."""
    for part in sheets:
        with suppress(ArchiveRefused):  # for the one who reads it to say, if it is read
            if entry := archive.find(part):
                yield from archive.mentions(entry, _SHARED)


class _Strings:
    """The handlers that gather a text from all its runs, without the phonetic ones."""

    def __init__(self, parser: XMLParserType, gain: Gain, cells: Iterator[int]) -> None:
        self.found = list[str]()
        self._parser, self._gain = parser, gain
        self._cells, self._counted = cells, 0
        self._si = self._t = self._run = self._phonetics = ""
        self._long = dict[str, str]()
        self._text, self._taking, self._phonetic, self._formatted = "", False, False, False
        parser.StartElementHandler = self._root

    def _root(self, name: str, _: dict[str, str]) -> None:
        """Those of the root's namespace count, others belong to extensions."""
        prefix = name[: -len(split(name)[1])]
        self._si, self._t, self._run, self._phonetics = (prefix + local for local in ("si", "t", "r", "rPh"))
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._start, self._end
        self._parser.CharacterDataHandler = self._characters

    def _start(self, name: str, _: dict[str, str]) -> None:
        if name == self._t:
            self._taking = not self._phonetic
        elif name == self._si:
            self._text, self._formatted = "", False
        elif name == self._run:
            self._gain.plain += _MARKS_OF_A_RUN
            self._formatted = True
        elif name == self._phonetics:
            self._phonetic = True

    def _end(self, name: str) -> None:
        if name == self._t:
            self._taking = False
        elif name == self._si:
            text = self._text
            if text:
                if len(text) >= _LONG:  # some writers list each text as often as it occurs: a long one is kept once
                    text = self._long.setdefault(text, text)
                self._pay(len(text) // BYTES_OF_A_MARK)
            self.found.append(text)
        elif name == self._phonetics:
            self._phonetic = False

    def _pay(self, length: int) -> None:
        """For a text: all of it if a cell may have it."""
        while self._counted <= len(self.found):
            more = next(self._cells, None)
            if more is None:
                self._gain.kept += _HALF_A_TEXT + length // 2
                self._gain.plain += _MORE_IF_IT_DIFFERS
                return
            self._counted += more
        self._gain.kept += _MARKS_OF_A_TEXT + length + self._formatted * _MARKS_OF_A_RUN

    def _characters(self, data: str) -> None:
        if self._taking:
            self._text += data
            if len(self._text) > LONGEST_TEXT:
                raise too_long()


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER else 0
