"""The rows and cells of a sheet's XML, where they stand. Rows that nobody asks about are not looked into."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from shared.workbooks.cells import BadSheet, column_index, column_letter
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import MAIN, Scope, bound, elements, number, prefix_of, qualified, with_attributes

STYLE = re.compile(rb"""\ss\s*=\s*["']\s*\+?(\d{1,9})\s*["']""")
_NUMBER = re.compile(rb"""\sr\s*=\s*["']\s*\+?(\d{1,9})\s*["']""")
_REFERENCE = re.compile(rb"""\sr\s*=\s*["']\s*\$?([A-Za-z]+)""")
_CELLS_ROW = re.compile(rb"""\sr\s*=\s*["']\s*\$?[A-Za-z]+\$?(\d{1,7})""")


@cache
def letters(column: int) -> bytes:
    """The name of a column, as references have it."""
    return column_letter(column).encode()


@dataclass(slots=True)
class Row:
    """A row: its number, its start tag as it is, and from where to where it stands."""

    number: int
    start: int
    inside: int  # where its content begins; its end, if it has none
    end: int
    tag: bytes  # the start tag as it is

    @property
    def prefix(self) -> bytes:
        """What stands before the names of its cells."""
        return b"" if self.tag.startswith((b"<row ", b"<row>", b"<row/")) else prefix_of(qualified(self.tag))


@dataclass(slots=True)
class Cell:
    """A cell: its column, its start tag as it is, and from where to where it stands."""

    column: int
    start: int
    end: int
    tag: bytes  # the start tag as it is
    holds: bool  # something within

    @property
    def style(self) -> int:
        """0 also where none makes sense."""
        found = STYLE.search(self.tag)
        return int(found[1]) if found else 0

    def restyled(self, style: int) -> tuple[int, int, bytes]:
        """The edit that gives it another style."""
        if found := STYLE.search(self.tag):
            return self.start + found.start(1), self.start + found.end(1), b"%d" % style
        return self.start, self.start + len(self.tag), with_attributes(self.tag, {"s": style})


class RowScanner:
    """Finds rows and cells in `data`, where prefixes mean `scope`. Raises CannotPatch where the sheet is not built
    as sheets are."""

    def __init__(self, data: bytes, scope: Scope) -> None:
        self._data, self._scope = data, scope
        self._plain = False
        whole = rb"(?P<tag>%b)(?:(?<=/>)|(?P<in>.*?)</(?P=name)\s*>)" % self._tag("c")
        self._cell, self._columns = re.compile(whole, re.DOTALL), dict[bytes, int]()

    def rows(self, start: int, end: int) -> Iterator[Row]:
        """Every row, with the number that it says, else its cells say, else follows."""
        at = 0
        for row in self._found_rows(start, end):
            at = row.number or self._told_by_cells(row) or at + 1
            row.number = at
            yield row

    def cells(self, row: Row) -> list[Cell]:
        """A row's cells, in their order."""
        cells, column = list[Cell](), -1
        for start, end, tag, holds in self._found_cells(row):
            r = _REFERENCE.search(tag)
            column = self._index(r[1]) if r else column + 1
            cells.append(Cell(column, start, end, tag, holds))
        return cells

    def cell(self, row: Row, column: int) -> Cell | None:
        """One cell of a row; None where it has none there. Where rows are plain it is looked for by its name, which
        costs a tenth of looking at all of them."""
        if self._plain and (found := self._named(row, b"%b%d" % (letters(column), row.number), column)):
            return found
        return next((cell for cell in self.cells(row) if cell.column == column), None)

    def _named(self, row: Row, name: bytes, column: int) -> Cell | None:
        data = self._data
        at = data.find(b'r="%b"' % name, row.inside, row.end)
        start = data.rfind(b"<", row.inside, at) if at > 0 else -1
        inside = data.find(b">", at, row.end) + 1
        if start < 0 or not inside:
            return None
        tag, prefix = data[start:inside], row.prefix
        if not tag.startswith(b"<%bc " % prefix):
            return None
        if tag.endswith(b"/>"):
            return Cell(column, start, inside, tag, holds=False)
        closing = b"</%bc>" % prefix
        end = data.find(closing, inside, row.end)
        return Cell(column, start, end + len(closing), tag, holds=end > inside) if end >= 0 else None

    def _told_by_cells(self, row: Row) -> int:
        if not _CELLS_ROW.search(self._data, row.inside, row.end):
            return 0
        told = (_CELLS_ROW.search(tag) for _, _, tag, _ in self._found_cells(row))
        return next((int(each[1]) for each in told if each), 0)

    def _found_rows(self, start: int, end: int) -> Iterator[Row]:
        """Every row, with number 0 where it says none. Where no element within says for itself what its prefix means,
        rows and cells are found by searches over the bytes, not tag by tag."""
        data = self._data
        odd = (b"xmlns", b"AlternateContent", b"<!", b"<?")
        self._plain = not any(data.find(each, start, end) >= 0 for each in odd)
        if not self._plain:
            for each in elements(data, start, end, self._scope):
                if each.depth == 0 and each.main == b"row":
                    yield Row(number(each.attributes.get(b"r")), each.start, each.inside, each.end, each.tag)
            return
        tag = re.compile(self._tag("row"))
        while opening := tag.search(data, start, end):
            start, inside = opening.start(), opening.end()
            behind = inside if opening["empty"] else data.find(b"</" + opening["name"], inside, end)
            if behind < 0:
                raise CannotPatch("its rows are not where they were when it was read")
            behind = inside if opening["empty"] else data.index(b">", behind) + 1
            r = _NUMBER.search(opening["rest"])
            yield Row(int(r[1]) if r else 0, start, inside, behind, opening[0])
            start = behind

    def _tag(self, name: str) -> bytes:
        """Finds the start tags of elements of this name."""
        names = b"|".join(re.escape(prefix) + name.encode() for prefix in bound(self._scope, MAIN))
        return rb"""<(?P<name>%b)(?=[\s/>])(?P<rest>(?:[^<>"'/]|"[^"]*"|'[^']*')*)(?P<empty>/?)>""" % names

    def _found_cells(self, row: Row) -> Iterator[tuple[int, int, bytes, bool]]:
        if self._plain:
            for found in self._cell.finditer(self._data, row.inside, row.end):
                yield found.start(), found.end(), found["tag"], bool(found["in"])
            return
        for each in elements(self._data, row.start, row.end, self._scope):
            if each.depth == 1 and each.main == b"c":
                yield each.start, each.end, each.tag, each.outside > each.inside

    def _index(self, letters: bytes) -> int:
        known = self._columns.get(letters)
        if known is None:
            try:
                known = self._columns[letters] = column_index(letters.decode("ascii").upper())
            except BadSheet as bad:
                raise CannotPatch(str(bad)) from None
        return known


def insertions(row: Row, cells: list[Cell], new: dict[int, bytes]) -> list[tuple[int, int, bytes]]:
    """The edits that put new cells in their places, by column; `spans` is only a hint for readers, and wrong then."""
    tag = with_attributes(row.tag, {"spans": None}) if b"spans" in row.tag else row.tag
    if row.inside == row.end and new:
        content = b"".join(new[column] for column in sorted(new))
        return [(row.start, row.end, tag[: tag.rindex(b"/")] + b">" + content + b"</" + qualified(tag) + b">")]
    edits = [(row.start, row.start + len(row.tag), tag)] if tag is not row.tag else []
    for column in sorted(new):
        at = next((cell.start for cell in cells if cell.column > column), None)
        if at is None:
            at = cells[-1].end if cells else row.inside
        edits.append((at, at, new[column]))
    return edits
