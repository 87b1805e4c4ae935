"""The sheet's cells: highlights on the bad ones, and the `Errors` column. Rows without either are not looked into."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.validation.annotate.markup import Element, Patch, elements, text, with_attributes
from services.validation.annotate.model import CannotAnnotate
from services.validation.annotate.styles import Styles
from services.validation.reading.cells import BadSheet, column_index
from services.validation.reading.model import Place, letter

_HEADER = "Errors"
_LONGEST_TEXT = 32_767  # of a cell, in Excel
_WIDTH = 60  # of the new column, in characters


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What a row gets: the columns to highlight, and the words for its `Errors` cell."""

    columns: Sequence[int]
    words: str


@dataclass(slots=True)
class _Row:
    number: int
    tag: Element
    cells: list[tuple[int, Element]]  # by column


class Rows:
    """Patches the rows between two places of the sheet's XML."""

    def __init__(self, patch: Patch, styles: Styles, place: Place, errors_column: int, prefix: bytes) -> None:
        self._patch, self._styles, self._place, self._prefix = patch, styles, place, prefix
        self._column, self._letters = errors_column, letter(errors_column)
        self._header_style = 0
        self._ours = styles.ours()
        self._column_styles = list[tuple[int, int, int]]()

    def mark(self, start: int, end: int, marks: Mapping[int, RowMarks], columns: Sequence[Element]) -> None:
        self._column_styles = [
            (_int(each, b"min") - 1, _int(each, b"max") - 1, _int(each, b"style")) for each in columns
        ]
        left = set(marks) | {self._place.header_row}
        for number, row_start, inside, row_end in self._spans(start, end):
            if number in left or self._leftovers(number, inside, row_end):
                left.discard(number)
                self._patch_row(self._parse(number, row_start, row_end), marks.get(number))
        if left:
            raise CannotAnnotate("its rows are not where they were when it was read")

    def _spans(self, start: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Number, start, end of the start tag and end of every row; in one search over the bytes."""
        data, name = self._patch.data, re.escape(self._prefix) + b"row"
        skipped = rb"|<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>" if _has_more_than_tags(data, start, end) else b""
        tags = re.compile(
            rb"<(?P<close>/?)" + name + rb"""(?=[\s/>])(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*)>""" + skipped, re.DOTALL
        )
        number, opened = 0, (0, 0)
        for token in tags.finditer(data, start, end):
            if token["close"] is None:
                continue
            if token["close"]:
                yield number, *opened, token.end()
                continue
            found = re.search(rb"""\sr\s*=\s*["'](\d+)["']""", token["rest"])
            number = int(found[1]) if found else number + 1
            opened = token.start(), token.end()
            if token["rest"].endswith(b"/"):
                yield number, *opened, token.end()

    def _leftovers(self, number: int, start: int, end: int) -> bool:
        """Whether a row has something of an earlier annotated copy, or may have."""
        data = self._patch.data
        if self._place.replaces and number > self._place.header_row:
            named = data.find(b'r="%s%d"' % (self._letters.encode(), number), start, end) >= 0
            if named or data.find(b' r="', start, end) < 0 or data.find(b"r='", start, end) >= 0:
                return True
        return any(data.find(b's="%d"' % style, start, end) >= 0 for style in self._ours)

    def _parse(self, number: int, start: int, end: int) -> _Row:
        cells, column, tag = list[tuple[int, Element]](), -1, None
        for each in elements(self._patch.data, start, end):
            if each.depth == 1 and each.name == b"c":
                reference = each.attributes.get(b"r", b"").decode("ascii", "replace").rstrip("0123456789")
                try:
                    column = column_index(reference) if reference else column + 1
                except BadSheet as bad:
                    raise CannotAnnotate(str(bad)) from None
                cells.append((column, each))
            elif each.depth == 0:
                tag = each
        if tag is None:
            raise CannotAnnotate("its rows are not where they were when it was read")
        return _Row(number, tag, cells)

    def _patch_row(self, row: _Row, marks: RowMarks | None) -> None:
        bad = set(marks.columns) if marks else set[int]()
        there = {column for column, _ in row.cells}
        new = {column: self._blank(row, column) for column in sorted(bad - there)}
        for column, cell in row.cells:
            if row.number == self._place.header_row and column == self._place.header_column:
                self._header_style = _int(cell, b"s")
            if column == self._column and row.number >= self._place.header_row:
                self._remove(cell)
            elif column in bad:
                self._restyle(cell, self._styles.highlighted(_int(cell, b"s")))
            elif (style := _int(cell, b"s")) in self._ours:
                self._restyle(cell, self._styles.plain(style))
        if row.number == self._place.header_row:
            new[self._column] = self._words(row, _HEADER, self._header_style)
        elif marks:
            new[self._column] = self._words(row, marks.words, self._styles.text())
        self._insert(row, new)
        if b"spans" in row.tag.attributes and not row.tag.empty:
            self._patch.replace(
                row.tag.start, row.tag.inside, with_attributes(row.tag.tag, {"spans": None})
            )  # only a hint for readers, wrong now

    def _remove(self, cell: Element) -> None:
        data = self._patch.data
        if any(each.name == b"f" for each in elements(data, cell.start, cell.end)):
            raise CannotAnnotate("its Errors column holds formulas")
        self._patch.replace(cell.start, cell.end, b"")

    def _restyle(self, cell: Element, style: int) -> None:
        if _int(cell, b"s") != style or b"s" not in cell.attributes:
            self._patch.set_tag(cell, s=style)

    def _insert(self, row: _Row, new: Mapping[int, bytes]) -> None:
        if row.tag.empty:
            self._patch.append(row.tag, b"".join(new[column] for column in sorted(new)))
            return
        for column in sorted(new):
            at = next((cell.start for other, cell in row.cells if other > column), None)
            if at is None:
                at = row.cells[-1][1].end if row.cells else row.tag.inside
            self._patch.insert(at, new[column])

    def _blank(self, row: _Row, column: int) -> bytes:
        """A cell that was not there looked like its row, else like its column."""
        style = next((style for first, last, style in self._column_styles if first <= column <= last), 0)
        if row.tag.attributes.get(b"customFormat") in (b"1", b"true"):
            style = _int(row.tag, b"s")
        return b'<%bc r="%b%d" s="%d"/>' % (
            self._prefix,
            letter(column).encode(),
            row.number,
            self._styles.highlighted(style),
        )

    def _words(self, row: _Row, words: str, style: int) -> bytes:
        """Text within the cell itself: whatever it begins with, it is never a formula."""
        p, reference = self._prefix, f"{self._letters}{row.number}".encode()
        return b'<%bc r="%b" s="%d" t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % (
            *(p, reference, style, p, p),
            *(text(words[:_LONGEST_TEXT]), p, p, p),
        )


def widened(columns: Sequence[Element], data: bytes, column: int, prefix: bytes) -> bytes:
    """The content of `cols` with a wide, visible column where the new one stands; the others are as they were."""
    number, new = column + 1, list[bytes]()
    wide = b'<%bcol min="%d" max="%d" width="%d" customWidth="1"/>' % (prefix, number, number, _WIDTH)
    placed = False
    for each in columns:
        first, last, raw = _int(each, b"min"), _int(each, b"max"), data[each.start : each.end]
        if not placed and number <= last:
            placed = True
            if number >= first:
                shown = {"width": _WIDTH, "customWidth": 1, "hidden": None, "collapsed": None}
                new += [with_attributes(raw, {"min": first, "max": number - 1})] if first < number else []
                new.append(with_attributes(raw, {"min": number, "max": number, **shown}))
                new += [with_attributes(raw, {"min": number + 1, "max": last})] if last > number else []
                continue
            new.append(wide)
        new.append(raw)
    return b"".join(new if placed else [*new, wide])


def _has_more_than_tags(data: bytes, start: int, end: int) -> bool:
    return data.find(b"<!", start, end) >= 0 or data.find(b"<?", start, end) >= 0


def _int(element: Element, name: bytes) -> int:
    value = element.attributes.get(name, b"0")
    if not value.isdigit() or len(value) > 9:
        raise CannotAnnotate("a number in its layout is none")
    return int(value)
