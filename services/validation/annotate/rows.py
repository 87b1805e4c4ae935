"""The sheet's cells: highlights on the bad ones, and the `Errors` column. Rows without either are not looked into."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.validation.annotate.area import area
from services.validation.annotate.markup import (
    MAIN,
    Element,
    Patch,
    Scope,
    bound,
    elements,
    number,
    text,
    with_attributes,
)
from services.validation.annotate.model import CannotAnnotate
from services.validation.annotate.styles import Styles
from services.validation.reading.cells import BadSheet, column_index
from services.validation.reading.model import Place, letter

_HEADER = "Errors"
_LONGEST_TEXT = 32_767  # of a cell, in Excel
_WIDTH = 60  # of the new column, in characters
_STYLE = re.compile(rb"""\ss\s*=\s*["']\s*\+?(\d{1,9})\s*["']""")
_NUMBER = re.compile(rb"""\sr\s*=\s*["']\s*\+?(\d{1,9})\s*["']""")
_CONTENT = re.compile(rb"<(?:[^\s<>/:]+:)?(?:v|t)[\s>]")
_ENOUGH_STYLES = 64
"""A workbook with more styles than this was written with care: none of its cells has one that is not there."""


@dataclass(slots=True)
class RowMarks:
    """What a row gets: the columns to highlight, or all that have a header, and the words for its `Errors` cell."""

    columns: set[int] = field(default_factory=set[int])
    words: str = ""
    whole: bool = False


@dataclass(slots=True)
class _Row:
    number: int
    tag: Element
    cells: list[tuple[int, Element]]  # by column


class Rows:
    """Patches the rows between two places of the sheet's XML, where prefixes mean `scope`."""

    def __init__(self, patch: Patch, styles: Styles, place: Place, errors_column: int, scope: Scope) -> None:
        self._patch, self._styles, self._place, self._scope = patch, styles, place, scope
        self._column, self._letters = errors_column, letter(errors_column)
        self._header_style = 0
        self.headers = set[int]()
        """The columns that have one."""
        self._ours = styles.ours()
        self._leftover = self._traces()
        self._column_styles = list[tuple[int, int, int]]()
        self.lost_formulas = False
        """Whether some stood in an earlier `Errors` column."""
        self.last = 0
        """The last row that holds something."""

    def mark(self, start: int, end: int, marks: Mapping[int, RowMarks], columns: Sequence[Element]) -> None:
        self._column_styles = [(*_span(each), number(each.attributes.get(b"style"))) for each in columns]
        if self._styles.few(_ENOUGH_STYLES):
            self._styles.reach(max((int(s) for s in set(_STYLE.findall(self._patch.data, start, end))), default=0))
        left = set(marks) | {self._place.header_row}
        ahead, holds = sorted(left, reverse=True), self._last_content(start, end)
        gaps = dict[int, int]()  # where a row belongs that is not there
        for at, row_start, row_end in self._spans(start, end):
            while ahead and ahead[-1] < at:
                gaps[ahead.pop()] = row_start
            if at in left or (self._leftover and self._leftover.search(self._patch.data, row_start, row_end)):
                left.discard(at)
                self._patch_row(self._parse(at, row_start, row_end), marks.get(at))
            if row_start <= holds < row_end:
                self.last = at
        prefix = bound(self._scope, MAIN)[0]
        for at in sorted(left):
            self._add_row(at, gaps.get(at, end), marks[at], prefix)

    def _last_content(self, start: int, end: int) -> int:
        """Where the last value begins."""
        data = self._patch.data
        for at in range(max(start, end - 65536), start - 65536, -65536):
            if found := list(_CONTENT.finditer(data, max(start, at), min(end, at + 65536 + 64))):
                return found[-1].start()
        return start

    def _spans(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Number, start and end of every row."""
        data, at = self._patch.data, 0
        if data.find(b"xmlns", start, end) >= 0 or data.find(b"AlternateContent", start, end) >= 0:
            for each in elements(data, start, end, self._scope):
                if each.depth == 0 and each.main == b"row":
                    at = number(each.attributes.get(b"r")) or at + 1
                    yield at, each.start, each.end
            return
        opened = 0
        for token in self._row_tags(start, end).finditer(data, start, end):
            if token["close"] is None:
                continue
            if token["close"]:
                yield at, opened, token.end()
                continue
            found = _NUMBER.search(token["rest"])
            at = int(found[1]) if found else at + 1
            opened = token.start()
            if token["rest"].endswith(b"/"):
                yield at, opened, token.end()

    def _row_tags(self, start: int, end: int) -> re.Pattern[bytes]:
        """Finds every row in one search over the bytes: no element within says for itself what its prefix means."""
        names = b"|".join(re.escape(prefix) + b"row" for prefix in bound(self._scope, MAIN))
        skipped = rb"|<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>" if self._has_more_than_tags(start, end) else b""
        tag = rb"<(?P<close>/?)(?:%b)(?=[\s/>])(?P<rest>" % names
        return re.compile(tag + rb"""(?:[^<>"']|"[^"]*"|'[^']*')*)>""" + skipped, re.DOTALL)

    def _has_more_than_tags(self, start: int, end: int) -> bool:
        return self._patch.data.find(b"<!", start, end) >= 0 or self._patch.data.find(b"<?", start, end) >= 0

    def _traces(self) -> re.Pattern[bytes] | None:
        """What shows that a row may have something of an earlier annotated copy."""
        traces = list[bytes]()
        if self._place.replaces:
            traces.append(rb"""\sr\s*=\s*["']\s*\$?(?i:%b)\$?\d""" % self._letters.encode())
            traces.append(rb"<(?:[^\s<>/:]+:)?c(?=[\s/>])(?![^<>]*\sr\s*=)")  # a cell that does not say where it is
        if self._ours:
            styles = b"|".join(str(style).encode() for style in sorted(self._ours))
            traces.append(rb"""\ss\s*=\s*["'](?:%b)["']""" % styles)
        return re.compile(b"|".join(traces)) if traces else None

    def _parse(self, at: int, start: int, end: int) -> _Row:
        cells, column, tag = list[tuple[int, Element]](), -1, None
        for each in elements(self._patch.data, start, end, self._scope):
            if each.depth == 1 and each.main == b"c":
                written = each.attributes.get(b"r", b"").decode("ascii", "replace").strip()
                reference = written.upper().rstrip("0123456789")
                try:
                    column = column_index(reference) if reference else column + 1
                except BadSheet as bad:
                    raise CannotAnnotate(str(bad)) from None
                cells.append((column, each))
            elif each.depth == 0:
                tag = each
        if tag is None:
            raise CannotAnnotate("its rows are not where they were when it was read")
        return _Row(at, tag, cells)

    def _patch_row(self, row: _Row, marks: RowMarks | None) -> None:
        header = row.number == self._place.header_row
        if header:
            self.headers = {at for at, cell in row.cells if cell.outside > cell.inside and at != self._column}
        prefix = row.tag.prefix
        bad = self._bad(marks)
        there = {column for column, _ in row.cells}
        new = {column: self._blank(row, column, prefix) for column in bad - there}
        for column, cell in row.cells:
            if header and column == self._place.header_column:
                self._header_style = number(cell.attributes.get(b"s"))
            if column == self._column and row.number >= self._place.header_row:
                self._remove(cell)
            elif column in bad:
                style = number(cell.attributes.get(b"s"))
                self._restyle(cell, self._styles.highlighted(style))
            elif (style := number(cell.attributes.get(b"s"))) in self._ours:
                self._restyle(cell, self._styles.plain(style))
        if header:
            new[self._column] = self._words(row.number, _HEADER, self._header_style, prefix)
        elif marks and marks.words:
            new[self._column] = self._words(row.number, marks.words, self._styles.text(), prefix)
        self._insert(row, new)

    def _bad(self, marks: RowMarks | None) -> set[int]:
        if marks is None:
            return set()
        return marks.columns | self.headers if marks.whole else marks.columns

    def _add_row(self, at: int, where: int, marks: RowMarks, prefix: bytes) -> None:
        """A row that is not in the sheet, though a cell of it is seen: the first of some that are merged."""
        tag = b'<%brow r="%d">' % (prefix, at)
        element = next(iter(elements(tag[:-1] + b"/>", scope=self._scope)))
        row = _Row(at, element, [])
        cells = b"".join(self._blank(row, column, prefix) for column in sorted(self._bad(marks)))
        self._patch.insert(where, tag + cells + b"</%brow>" % prefix)

    def _remove(self, cell: Element) -> None:
        for each in elements(self._patch.data, cell.start, cell.end, self._scope):
            if each.main == b"f":
                self.lost_formulas = True
                over = area(each.attributes.get(b"ref"))
                if over and over.left < over.right:
                    raise CannotAnnotate("other columns share the formulas of its Errors column")
        self._patch.replace(cell.start, cell.end, b"")

    def _restyle(self, cell: Element, style: int) -> None:
        if cell.attributes.get(b"s") != str(style).encode():
            self._patch.set_tag(cell, s=style)

    def _insert(self, row: _Row, new: Mapping[int, bytes]) -> None:
        """New cells in their places; `spans` is only a hint for readers, and wrong now."""
        changes = {"spans": None} if b"spans" in row.tag.attributes else {}
        if row.tag.empty:
            if new:
                self._patch.append(row.tag, b"".join(new[column] for column in sorted(new)), **changes)
            return
        for column in sorted(new):
            at = next((cell.start for other, cell in row.cells if other > column), None)
            if at is None:
                at = row.cells[-1][1].end if row.cells else row.tag.inside
            self._patch.insert(at, new[column])
        if changes:
            self._patch.set_tag(row.tag, **changes)

    def _blank(self, row: _Row, column: int, prefix: bytes) -> bytes:
        """A cell that was not there looked like its row, else like its column."""
        style = next((style for first, last, style in self._column_styles if first <= column <= last), 0)
        if row.tag.attributes.get(b"customFormat") in (b"1", b"true"):
            style = number(row.tag.attributes.get(b"s"))
        return b'<%bc r="%b%d" s="%d"/>' % (
            prefix,
            letter(column).encode(),
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
        (first, last), raw = (place + 1 for place in _span(each)), data[each.start : each.end]
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


def _span(column: Element) -> tuple[int, int]:
    """The first and the last column that a `col` is about, from 0."""
    return number(column.attributes.get(b"min")) - 1, number(column.attributes.get(b"max")) - 1
