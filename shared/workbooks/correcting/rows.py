"""The sheet's rows with the corrections in them. A row that is not changed is not looked into: it stays to the byte."""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from shared.workbooks.area import Area
from shared.workbooks.correcting.formulas import Formulas
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import Element, Patch, Scope, attributes, elements, exact_text, number
from shared.workbooks.row_scanner import STYLE, Cell, Row, RowScanner, insertions, letters
from shared.workbooks.sheet import span

Edit = tuple[int, int, bytes]


@dataclass(frozen=True, slots=True)
class Changes:
    """The new values by row and column, the headers that are new, and the rows that go."""

    cells: Mapping[int, Mapping[int, str]]
    headers: Mapping[int, str]
    gone: Set[int]
    header_row: int
    header_column: int


@dataclass(frozen=True, slots=True)
class _First:
    """What the first of merged cells holds."""

    kind: bytes
    style: bytes
    content: bytes


class CorrectedRows:
    """Writes changes into the rows of `patch`, where prefixes mean `scope`. `apart`: areas that are merged no longer,
    since a part of them is changed; each of their cells gets what the first one holds. `headers`: areas of a header
    that go on below it, and by the header's row end there: what nobody saw beneath stays unseen.

    A row that goes leaves no cell behind, and the rows below keep their numbers (docs/decisions/0041)."""

    def __init__(
        self,
        patch: Patch,
        scope: Scope,
        changes: Changes,
        apart: Collection[Area],
        headers: Mapping[Area, int],
        columns: Sequence[Element],
    ) -> None:
        self._patch, self._scope, self._changes = patch, scope, changes
        self._scanner = RowScanner(patch.data, scope)
        self._column_styles = [(*span(each), number(each.attributes.get(b"style"))) for each in columns]
        self._apart = dict[int, list[Area]]()
        for each in (*apart, *headers):
            for row in range(headers.get(each, each.top - 1) + 1, each.bottom + 1):
                self._apart.setdefault(row, []).append(each)
        self._firsts = dict.fromkeys(headers, _First(b"", b"", b""))
        self._edits = list[Edit]()
        self._formulas = Formulas(patch.data, scope, self._touched)

    @property
    def lost_formulas(self) -> bool:
        """Whether a formula is gone."""
        return self._formulas.lost

    def write(self, start: int, end: int) -> None:
        """Writes them between two places. Raises CannotPatch where a row is not where it was read."""
        changes, data = self._changes, self._patch.data
        left = set(changes.cells) - changes.gone
        for row in self._scanner.rows(start, end):
            n = row.number
            left.discard(n)
            if n in changes.gone:
                self._leave_out(row)
                continue
            if n == changes.header_row and changes.headers:
                self._patch.go_on(self._with_headers(row))
                continue
            cells = changes.cells.get(n)
            tells = cells and self._formulas.may_tell(data, row.inside, row.end)
            if tells or n in self._apart or self._formulas.must_see(data, row.inside, row.end):
                self._patch.go_on(self._looked_into(row))
            elif cells:
                self._patch.go_on(self._changed(row, cells))
        if left:
            raise CannotPatch("its rows are not where they were when it was read")

    def _touched(self, over: Area) -> bool:
        if over.top == over.bottom and over.left == over.right:
            return False
        changes = self._changes
        return any(
            row in changes.gone or any(over.left <= column <= over.right for column in changes.cells.get(row, ()))
            for row in range(over.top, over.bottom + 1)
        )

    def _leave_out(self, row: Row) -> None:
        self._formulas.leave_out(self._patch.data, row.inside, row.end)
        if row.number in self._apart or self._formulas.may_tell(self._patch.data, row.inside, row.end):
            for cell in self._scanner.cells(row):
                self._remember(row, cell)
                self._formulas.gone(self._content(cell), row.number, cell.column)
        self._patch.go_on([(row.start, row.end, b"")])

    def _changed(self, row: Row, cells: Mapping[int, str]) -> list[Edit]:
        """The usual way: only the cells that change are looked for."""
        edits, missing = list[Edit](), dict[int, str]()
        for column, value in cells.items():
            cell = self._scanner.cell(row, column)
            if cell is None:
                missing[column] = value
            else:
                self._formulas.gone(self._content(cell), row.number, column)
                edits.append((cell.start, cell.end, self._written(row, column, value, _style(cell.tag))))
        if missing:
            new = {column: self._new(row, column, value) for column, value in missing.items() if value}
            edits += insertions(row, self._scanner.cells(row), new)
        return edits

    def _looked_into(self, row: Row) -> list[Edit]:
        """The long way, cell by cell: for merges that are taken apart, and formulas that stand on each other."""
        wanted = dict(self._changes.cells.get(row.number, {}))
        cells, edits, there = self._scanner.cells(row), list[Edit](), set[int]()
        for cell in cells:
            there.add(cell.column)
            self._remember(row, cell)
            content = self._content(cell)
            if cell.column in wanted:
                self._formulas.gone(content, row.number, cell.column)
                new = self._written(row, cell.column, wanted[cell.column], _style(cell.tag))
            elif first := self._covering(row.number, cell.column):
                self._formulas.gone(content, row.number, cell.column)
                new = self._copied(row, cell.column, first, _style(cell.tag))
            else:
                new = self._formulas.kept(content, row.number, cell.column)
            if new is not content:
                edits.append((cell.start, cell.end, new))
        new_cells = {at: self._new(row, at, value) for at, value in wanted.items() if value and at not in there}
        for over in self._apart.get(row.number, ()):
            for column in range(over.left, over.right + 1):
                first = self._covering(row.number, column)
                if first and first.content and column not in there and column not in wanted:
                    new_cells[column] = self._copied(row, column, first, first.style)
        return edits + insertions(row, cells, new_cells)

    def _with_headers(self, row: Row) -> list[Edit]:
        cells = self._scanner.cells(row)
        style = next((_style(cell.tag) for cell in cells if cell.column == self._changes.header_column), b"")
        new, edits = dict[int, bytes](), list[Edit]()
        for column, name in self._changes.headers.items():
            written = self._written(row, column, name, style)
            known = next((cell for cell in cells if cell.column == column), None)
            if known:
                edits.append((known.start, known.end, written))
            else:
                new[column] = written
        return edits + insertions(row, cells, new)

    def _remember(self, row: Row, cell: Cell) -> None:
        """What the first of merged cells holds: others get it."""
        for over in self._apart.get(row.number, ()):
            if (over.top, over.left) == (row.number, cell.column):
                data = self._content(cell)
                parts = list(elements(data, scope=self._scope))
                inner = b"".join(
                    data[each.start : each.end] for each in parts if each.depth == 1 and each.main in (b"v", b"is")
                )
                kind = attributes(cell.tag).get(b"t", b"")
                self._firsts[over] = _First(kind, _style(cell.tag), inner)

    def _covering(self, row: int, column: int) -> _First | None:
        """Of a cell that was covered: what stood in the first one."""
        for over in self._apart.get(row, ()):
            if over.holds(row, column) and (over.top, over.left) != (row, column):
                return self._firsts.get(over)
        return None

    def _content(self, cell: Cell) -> bytes:
        return self._patch.data[cell.start : cell.end]

    def _copied(self, row: Row, column: int, first: _First, style: bytes) -> bytes:
        p = row.prefix
        kind = b' t="%b"' % first.kind if first.kind else b""
        return b'<%bc r="%b"%b%b>%b</%bc>' % (p, _name(row, column), style, kind, first.content, p)

    def _new(self, row: Row, column: int, value: str) -> bytes:
        """A cell that was not there looks like its row, else like its column."""
        style = next((style for first, last, style in self._column_styles if first <= column <= last), 0)
        own = attributes(row.tag)
        if own.get(b"customFormat") in (b"1", b"true"):
            style = number(own.get(b"s"))
        return self._written(row, column, value, b' s="%d"' % style if style else b"")

    @staticmethod
    def _written(row: Row, column: int, value: str, style: bytes) -> bytes:
        """Text within the cell itself: zeros at its beginning stay, and whatever it begins with, it is no formula."""
        p = row.prefix
        return b'<%bc r="%b"%b%b' % (p, _name(row, column), style, _content(p, value))


@lru_cache(1024)
def _content(p: bytes, value: str) -> bytes:
    """A cell behind its name and style, remembered: a value that is replaced is the same in all rows."""
    if not value:
        return b"/>"
    return b' t="inlineStr"><%bis><%bt xml:space="preserve">%b</%bt></%bis></%bc>' % (p, p, exact_text(value), p, p, p)


def _style(tag: bytes) -> bytes:
    """The style as the cell says it."""
    found = STYLE.search(tag)
    return found[0] if found else b""


def _name(row: Row, column: int) -> bytes:
    return b"%b%d" % (letters(column), row.number)
