"""One sheet's XML about to be changed: where its rows stand, and what is said of merged cells and of its size."""

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from shared.workbooks.area import Area, area, area_of, named
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import Element, Patch, Scope, elements, number, opening


class SheetPatch:
    """Raises CannotPatch where the sheet is not built as sheets are."""

    def __init__(self, data: bytes) -> None:
        self.patch = Patch(data)
        data = self.patch.data
        found = opening(data, b"sheetData")
        if found is None or found[1].empty:
            raise CannotPatch("its rows are not where they should be")
        self._root, self._rows = found
        self._rows_end = data.rfind(b"</" + self._rows.prefix + b"sheetData")
        if self._rows_end < 0:
            raise CannotPatch("its rows are not where they should be")
        self._behind_rows = data.index(b">", self._rows_end) + 1
        self._head = list(elements(data, self._root.inside, self._rows.start, self._root.scope))
        behind = elements(data, self._behind_rows, scope=self._root.scope)
        self._behind = [each for each in behind if each.depth == 0 or each.main == b"mergeCell"]

        self.lost_formulas = False
        """Whether marking it took formulas away."""

    @property
    def strict(self) -> bool:
        """Whether the workbook is of the strict kind, with namespaces of its own."""
        return self._root.namespace.startswith(b"http://purl.oclc.org/ooxml/")

    def merged(self) -> Iterator[Area]:
        """The areas of which only the first cell is seen."""
        for each in self._behind:
            if each.main == b"mergeCell" and (found := _merge(each)):
                yield found

    @property
    def scope(self) -> Scope:
        """What prefixes mean among the rows."""
        return self._rows.scope

    @property
    def span(self) -> tuple[int, int]:
        """From where to where the rows stand."""
        return self._rows.inside, self._rows_end

    @property
    def columns(self) -> list[Element]:
        """What is said of columns."""
        return [each for each in self._head if each.main == b"col"]

    def take_apart(self, areas: Collection[Area], ends: Mapping[Area, int] = MappingProxyType({})) -> None:
        """Merges these areas no longer, and others only to the row in which each ends."""
        merges = [each for each in self._behind if each.main == b"mergeCell"]
        shortened = {over: over._replace(bottom=bottom) for over, bottom in ends.items()}
        single = {over for over, short in shortened.items() if (short.top, short.left) == (short.bottom, short.right)}
        for each in merges:
            if (over := _merge(each)) and over in shortened and over not in single:
                self.patch.set_tag(each, ref=named(shortened[over]))
        gone = [each for each in merges if _merge(each) in {*areas, *single}]
        around = next((each for each in self._behind if each.main == b"mergeCells"), None)
        if around is None or not gone:
            return
        if len(gone) == len(merges):  # a list without any is what spreadsheet programs call damaged
            self.patch.replace(around.start, around.end, b"")
            return
        self.patch.set_tag(around, count=len(merges) - len(gone))
        for each in gone:
            self.patch.replace(each.start, each.end, b"")

    def reach(self, column: int) -> None:
        """Lets what the sheet says of its size reach this column."""
        self._extend_dimension(column, 1)

    def _extend_dimension(self, column: int, last: int) -> None:
        """Some readers believe it, so it must not end before what is new."""
        for each in self._head:
            known = area(each.attributes.get(b"ref")) if each.main == b"dimension" else None
            if known:
                grown = Area(known.top, known.left, max(known.bottom, last), max(known.right, column))
                self.patch.set_tag(each, ref=named(grown))


def _merge(element: Element) -> Area | None:
    return area_of(element.attributes.get(b"ref", b"").decode("ascii", "replace"))


def span(column: Element) -> tuple[int, int]:
    """The first and the last column that a `col` is about, from 0."""
    return number(column.attributes.get(b"min")) - 1, number(column.attributes.get(b"max")) - 1
