"""One sheet's XML with its errors marked: cells, the width of the new column, the filter, and the way to the notes."""

import re
from collections.abc import Iterable, Mapping

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating.rows import RowAnnotations, Rows, widened
from services.validation.formats.annotating.styles import Styles
from shared.workbooks.area import Area, area, named
from shared.workbooks.errors import CannotPatch
from shared.workbooks.markup import Element, bound
from shared.workbooks.sheet import SheetPatch, span

_BEHIND_NOTES = frozenset(
    b"legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst AlternateContent".split()
)
"""What follows `legacyDrawing` in a worksheet (ECMA-376 part 1, 18.3.1.99)."""
_NO_WIDTH = re.compile(rb"\s*0+(?:\.0*)?\s*")
_BEFORE_FILTER = frozenset(b"sheetCalcPr sheetProtection protectedRanges scenarios".split())


class AnnotatedSheet(SheetPatch):
    """Raises CannotPatch where the sheet is not built as sheets are."""

    def annotate(self, annotations: Mapping[int, RowAnnotations], target: AnnotationTarget, styles: Styles) -> Area:
        """Writes the annotations; gives what the list takes up, the `Errors` column included."""
        column = target.errors_column
        if column is None:
            raise CannotPatch("it has no free column")
        columns = [each for each in self._head if each.main == b"col"]
        merged = (each for each in self.merged() if each.top < target.header_row <= each.bottom)
        rows = Rows(self.patch, styles, target, column, self._rows.scope, {each.left for each in merged} - {column})
        rows.annotate(self._rows.inside, self._rows_end, annotations, columns)
        if not target.replaces or _hidden(columns, column):
            self._widen(columns, column)
        last = max(rows.last, *annotations)
        self._extend_dimension(column, last)
        self.lost_formulas = rows.lost_formulas
        return Area(target.header_row, min(rows.headers, default=0), last, max(column, *rows.headers))

    def filtered(self) -> tuple[bool, Area | None]:
        """Whether the sheet has a filter, and over what."""
        own = next((each for each in self._behind if each.main == b"autoFilter"), None)
        return own is not None, area(own.attributes.get(b"ref")) if own else None

    def filter(self, over: Area) -> None:
        """Lets the sheet's filter, or a new one, be over this."""
        own = next((each for each in self._behind if each.main == b"autoFilter"), None)
        if own:
            self.patch.set_tag(own, ref=named(over))
            return
        at = max((each.end for each in self._behind if each.main in _BEFORE_FILTER), default=self._behind_rows)
        self.patch.insert(at, f'<{self._root.prefix.decode()}autoFilter ref="{named(over)}"/>'.encode())

    def legacy_drawing(self) -> str | None:
        """The id of the relation to the drawing that holds the notes' shapes."""
        known = self._drawing()
        return next((v.decode() for k, v in known.attributes.items() if _is_id(k)), None) if known else None

    def set_legacy_drawing(self, relation: str, namespace: str) -> None:
        """Lets the sheet refer to the notes' drawing by this relation."""
        prefix = next(iter(bound(self._root.scope, [namespace.encode()])), b"").decode()
        declared = "" if prefix else f' xmlns:r="{namespace}"'
        new = f'<{self._root.prefix.decode()}legacyDrawing{declared} {prefix or "r:"}id="{relation}"/>'.encode()
        if known := self._drawing():
            self.patch.replace(known.start, known.end, new)
            return
        end = self.patch.data.rfind(b"</")
        self.patch.insert(min((each.start for each in self._behind if each.name in _BEHIND_NOTES), default=end), new)

    def _drawing(self) -> Element | None:
        return next((each for each in self._behind if each.main == b"legacyDrawing"), None)

    def _widen(self, columns: list[Element], column: int) -> None:
        prefix = columns[0].prefix if columns else self._root.prefix
        content = widened(columns, self.patch.data, column, prefix)
        if columns:
            self.patch.replace(columns[0].start, columns[-1].end, content)
        else:
            name = prefix + b"cols"
            self.patch.insert(self._rows.start, b"<%b>%b</%b>" % (name, content, name))


def _hidden(columns: Iterable[Element], column: int) -> bool:
    """Whether the sheet says that a column is not seen."""
    told = [each.attributes for each in columns if span(each)[0] <= column <= span(each)[1]]
    return any(each.get(b"hidden") in (b"1", b"true") or _NO_WIDTH.fullmatch(each.get(b"width", b"")) for each in told)


def _is_id(attribute: bytes) -> bool:
    return attribute.rpartition(b":")[2] == b"id"
