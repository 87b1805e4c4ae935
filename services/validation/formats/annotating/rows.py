"""The sheet's cells: highlights on the bad ones, and the `Errors` column. Rows without either are not looked into."""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating.styles import Styles
from shared.workbooks.area import area
from shared.workbooks.cells import column_letter
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import (
    MAIN,
    Element,
    Patch,
    Scope,
    attributes,
    bound,
    elements,
    number,
    text,
    with_attributes,
)
from shared.workbooks.row_scanner import STYLE, Cell, Row, RowScanner, insertions
from shared.workbooks.sheet import span

_HEADER = "Errors"
_LONGEST_TEXT = 32_767  # of a cell, in Excel
_WIDTH = 60  # of the new column, in characters
_CONTENT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|t)[\s>]")
_ENOUGH_STYLES = 64
"""A workbook with more styles than this was written with care: none of its cells has one that is not there."""


@dataclass(slots=True)
class RowAnnotations:
    """What a row gets: the columns to highlight, or all that have a header, and the words for its `Errors` cell."""

    columns: set[int] = field(default_factory=set[int])
    words: str = ""
    whole: bool = False


class Rows:
    """Patches the rows between two places of the sheet's XML, where prefixes mean `scope`.

    above: the columns whose header is merged with cells above the header row, and stands there."""

    def __init__(
        self, patch: Patch, styles: Styles, target: AnnotationTarget, errors_column: int, scope: Scope, above: Set[int]
    ) -> None:
        self._patch, self._styles, self._target, self._scope = patch, styles, target, scope
        self._column, self._letters = errors_column, column_letter(errors_column)
        self._header_style = 0
        self.headers = {*above}
        """The columns that have one."""
        self._ours = styles.ours()
        self._leftover = self._traces()
        self._scanner = RowScanner(patch.data, scope)
        self._column_styles = list[tuple[int, int, int]]()
        self.lost_formulas = False
        """Whether some stood in an earlier `Errors` column."""
        self.last = 0
        """The last row that holds something."""

    def annotate(
        self, start: int, end: int, annotations: Mapping[int, RowAnnotations], columns: Sequence[Element]
    ) -> None:
        self._column_styles = [(*span(each), number(each.attributes.get(b"style"))) for each in columns]
        if self._styles.few(_ENOUGH_STYLES):
            self._styles.reach(max((int(s) for s in set(STYLE.findall(self._patch.data, start, end))), default=0))
        left = set(annotations) | {self._target.header_row}
        ahead, holds = sorted(left, reverse=True), self._last_content(start, end)
        gaps = dict[int, int]()  # where a row belongs that is not there
        for row in self._scanner.rows(start, end):
            while ahead and ahead[-1] < row.number:
                gaps[ahead.pop()] = row.start
            if row.number in left or (self._leftover and self._leftover.search(self._patch.data, row.start, row.end)):
                left.discard(row.number)
                self._patch.go_on(self._changes(row, annotations.get(row.number)))
            if row.start <= holds < row.end:
                self.last = row.number
        for at in sorted(left):
            self._add_row(at, gaps.get(at, end), annotations[at])

    def _last_content(self, start: int, end: int) -> int:
        """Where the last value begins."""
        data = self._patch.data
        for at in range(max(start, end - 65536), start - 65536, -65536):
            if found := list(_CONTENT.finditer(data, max(start, at), min(end, at + 65536 + 64))):
                return found[-1].start()
        return start

    def _traces(self) -> re.Pattern[bytes] | None:
        """What shows that a row may have something of an earlier annotated copy."""
        traces = list[bytes]()
        if self._target.replaces:
            traces.append(rb"""\sr\s*=\s*["']\s*\$?(?i:%b)\$?\d""" % self._letters.encode())
            traces.append(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])(?![^<>]*\sr\s*=)")  # a cell that does not say where it is
        if self._ours:
            styles = b"|".join(str(style).encode() for style in sorted(self._ours))
            traces.append(rb"""\ss\s*=\s*["'](?:%b)["']""" % styles)
        return re.compile(b"|".join(traces)) if traces else None

    def _changes(self, row: Row, annotations: RowAnnotations | None) -> list[tuple[int, int, bytes]]:
        header, cells = row.number == self._target.header_row, self._scanner.cells(row)
        if header:
            self.headers |= {cell.column for cell in cells if cell.holds and cell.column != self._column}
        prefix, bad = row.prefix, self._bad(annotations)
        new = {column: self._blank(row, column, prefix) for column in bad.difference(cell.column for cell in cells)}
        edits = list[tuple[int, int, bytes]]()
        for cell in cells:
            if header and cell.column == self._target.header_column:
                self._header_style = cell.style
            if cell.column == self._column and row.number >= self._target.header_row:
                edits.append(self._removal(cell))
            elif cell.column in bad:
                edits.append(cell.restyled(self._styles.highlighted(cell.style)))
            elif self._ours and cell.style in self._ours:
                edits.append(cell.restyled(self._styles.plain(cell.style)))
        if header:
            new[self._column] = self._words(row.number, _HEADER, self._header_style, prefix)
        elif annotations and annotations.words:
            new[self._column] = self._words(row.number, annotations.words, self._styles.text(), prefix)
        return edits + insertions(row, cells, new)

    def _bad(self, annotations: RowAnnotations | None) -> set[int]:
        if annotations is None:
            return set()
        return annotations.columns | self.headers if annotations.whole else annotations.columns

    def _add_row(self, at: int, where: int, annotations: RowAnnotations) -> None:
        """A row that is not in the sheet, though a cell of it is seen: the first of some that are merged."""
        prefix = bound(self._scope, MAIN)[0]
        row = Row(at, where, where, where, b'<%brow r="%d">' % (prefix, at))
        cells = b"".join(self._blank(row, column, prefix) for column in sorted(self._bad(annotations)))
        self._patch.insert(where, row.tag + cells + b"</%brow>" % prefix)

    def _removal(self, cell: Cell) -> tuple[int, int, bytes]:
        for each in elements(self._patch.data, cell.start, cell.end, self._scope):
            if each.main == b"f":
                self.lost_formulas = True
                over = area(each.attributes.get(b"ref"))
                if over and over.left < over.right:
                    raise CannotPatch("other columns share the formulas of its Errors column")
        return cell.start, cell.end, b""

    def _blank(self, row: Row, column: int, prefix: bytes) -> bytes:
        """A cell that was not there looked like its row, else like its column."""
        style = next((style for first, last, style in self._column_styles if first <= column <= last), 0)
        own = attributes(row.tag)
        if own.get(b"customFormat") in (b"1", b"true"):
            style = number(own.get(b"s"))
        return b'<%bc r="%b%d" s="%d"/>' % (
            prefix,
            column_letter(column).encode(),
            row.number,
            self._styles.highlighted(style),
        )

    def _words(self, at: int, words: str, style: int, prefix: bytes) -> bytes:
        """Text within the cell itself: whatever it begins with, it is never a formula."""
        p, reference = prefix, f"{self._letters}{at}".encode()
        return b'<%bc r="%b" s="%d" t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % (
            *(p, reference, style, p, p),
            *(text(words[:_LONGEST_TEXT]), p, p, p),
        )


def widened(columns: Sequence[Element], data: bytes, column: int, prefix: bytes) -> bytes:
    """The content of `cols` with a wide, visible column where the new one stands; the others are as they were."""
    at, new = column + 1, list[bytes]()
    wide = b'<%bcol min="%d" max="%d" width="%d" customWidth="1"/>' % (prefix, at, at, _WIDTH)
    placed = False
    for each in columns:
        (first, last), raw = (target + 1 for target in span(each)), data[each.start : each.end]
        if not placed and at <= last:
            placed = True
            if at >= first:
                shown = {"width": _WIDTH, "customWidth": 1, "hidden": None, "collapsed": None}
                new += [with_attributes(raw, {"min": first, "max": at - 1})] if first < at else []
                new.append(with_attributes(raw, {"min": at, "max": at, **shown}))
                new += [with_attributes(raw, {"min": at + 1, "max": last})] if last > at else []
                continue
            new.append(wide)
        new.append(raw)
    return b"".join(new if placed else [*new, wide])
