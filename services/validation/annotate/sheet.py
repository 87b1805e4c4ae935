"""One sheet's XML with its errors marked: cells, the width of the new column, and the way to the notes."""

import re
from collections.abc import Mapping

from services.validation.annotate.markup import Element, Patch, elements, prefix_of, qualified
from services.validation.annotate.model import CannotAnnotate
from services.validation.annotate.rows import RowMarks, Rows, widened
from services.validation.annotate.styles import Styles
from services.validation.reading.model import Place, letter

_BEHIND_NOTES = frozenset(
    b"legacyDrawingHF drawingHF picture oleObjects controls webPublishItems tableParts extLst AlternateContent".split()
)
"""What follows `legacyDrawing` in a worksheet (ECMA-376 part 1, 18.3.1.99)."""


class SheetPatch:
    """Raises CannotAnnotate where the sheet is not built as sheets are."""

    def __init__(self, data: bytes) -> None:
        self.patch = Patch(data)
        opened = re.search(rb"<(?:[^\s<>/!?:]+:)?sheetData(?=[\s/>])[^>]*>", data)
        if opened is None or opened[0].endswith(b"/>"):
            raise CannotAnnotate("its rows are not where they should be")
        self._prefix = prefix_of(qualified(opened[0]))
        self._rows_start = opened.end()
        self._rows_end = data.rfind(b"</" + self._prefix + b"sheetData")
        if self._rows_end < 0:
            raise CannotAnnotate("its rows are not where they should be")
        self._head = list(elements(data, 0, opened.start()))
        self._sheet_data = opened.start()
        self._behind = [each for each in elements(data, data.index(b">", self._rows_end) + 1) if each.depth == 0]

    @property
    def strict(self) -> bool:
        """Whether the workbook is of the strict kind, with namespaces of its own."""
        return b"http://purl.oclc.org/ooxml/" in self.patch.data[: self._sheet_data]

    def legacy_drawing(self) -> str | None:
        """The id of the relation to the drawing that holds the notes' shapes."""
        for each in self._behind:
            if each.name == b"legacyDrawing":
                return next((v.decode() for k, v in each.attributes.items() if k.rpartition(b":")[2] == b"id"), None)
        return None

    def mark(self, marks: Mapping[int, RowMarks], place: Place, styles: Styles) -> None:
        column = place.errors_column
        if column is None:
            raise CannotAnnotate("it has no free column")
        columns = [each for each in self._head if each.name == b"col"]
        Rows(self.patch, styles, place, column, self._prefix).mark(self._rows_start, self._rows_end, marks, columns)
        if not place.replaces:
            self._widen(columns, column)
        self._extend_dimension(column)

    def add_legacy_drawing(self, relation: str, namespace: str) -> None:
        at = next((each.start for each in self._behind if each.name in _BEHIND_NOTES), None)
        if at is None:
            at = self.patch.data.rfind(b"</")
        p = self._prefix.decode()
        self.patch.insert(at, f'<{p}legacyDrawing xmlns:usher="{namespace}" usher:id="{relation}"/>'.encode())

    def _widen(self, columns: list[Element], column: int) -> None:
        content = widened(columns, self.patch.data, column, self._prefix)
        if columns:
            self.patch.replace(columns[0].start, columns[-1].end, content)
        else:
            name = self._prefix + b"cols"
            self.patch.insert(self._sheet_data, b"<%b>%b</%b>" % (name, content, name))

    def _extend_dimension(self, column: int) -> None:
        """Some readers believe it, so it must not end before the new column."""
        for each in self._head:
            reference = each.attributes.get(b"ref", b"").decode("ascii", "replace")
            if each.name != b"dimension" or not (found := re.fullmatch(r"([A-Z]+\d+):([A-Z]+)(\d+)", reference)):
                continue
            last = max(found[2], letter(column), key=lambda letters: (len(letters), letters))
            self.patch.set_tag(each, ref=f"{found[1]}:{last}{found[3]}")
