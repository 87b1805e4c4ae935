"""An export as a workbook, written row by row: openpyxl would be ten times as slow, and needs a second file on disk.

Every cell is a text: leading zeros stay, and no program computes it, not even when somebody edits the cell
(``quotePrefix``). The parts and their order are ECMA-376's minimum.
"""

import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import IO, ClassVar
from xml.sax.saxutils import escape

from services.licensing.formats.export.formula_guard import starts_formula

_PACKED = 3
"""The level of compression: half the time of zlib's own choice for a twentieth more bytes."""
_NO_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what looks like an escape (22.9.2.19, ST_Xstring) is none here
_HEAD, _TEXT, _FORMULA_LIKE = 1, 2, 3
_PIECE = "xl/worksheets/sheet1.xml"


class WorkbookFile:
    """Writes one sheet, rows as they come."""

    media_type: ClassVar = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def __init__(self, file: IO[bytes], head: Sequence[str]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_PACKED)
        for name, content in _PARTS.items():
            self._zip.writestr(name, _XML + content)
        self._letters = [_letters(n) for n in range(len(head))]
        self._row = 1
        self._sheet = self._zip.open(_PIECE, "w")
        columns = f'<cols><col min="1" max="{len(head)}" width="24" style="{_TEXT}" customWidth="1"/></cols>'
        self._sheet.write(f"{_XML}{_SHEET}{columns}<sheetData>{self._cells(head, _HEAD)}".encode())

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """A few more rows."""
        self._sheet.write("".join(self._cells(row, _TEXT) for row in rows).encode())

    def finish(self) -> None:
        """Ends the workbook; the file itself stays open."""
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()

    def _cells(self, row: Sequence[str], style: int) -> str:
        at = self._row
        self._row += 1
        cells = [_cell(letter, at, text, style) for letter, text in zip(self._letters, row, strict=True) if text]
        return f'<row r="{at}">{"".join(cells)}</row>'


def _cell(letters: str, row: int, text: str, style: int) -> str:
    if style == _TEXT and starts_formula(text):
        style = _FORMULA_LIKE
    written = escape(_ESCAPE.sub("_x005F_", _NO_TEXT.sub("", text)))
    return f'<c r="{letters}{row}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{written}</t></is></c>'


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PANE = '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
_SHEET = f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0">{_PANE}</sheetView></sheetViews>'
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPES}.styles+xml"/>'
    f'<Override PartName="/{_PIECE}" ContentType="{_TYPES}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    '<sheets><sheet name="People" sheetId="1" r:id="rId1"/></sheets></workbook>',
    # Styles: 0 none, then _HEAD, _TEXT and _FORMULA_LIKE; 49 is the built-in format of texts, "@".
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="4">'
    '<xf xfId="0"/><xf fontId="1" applyFont="1" numFmtId="49" applyNumberFormat="1" xfId="0"/>'
    '<xf numFmtId="49" applyNumberFormat="1" xfId="0"/>'
    '<xf numFmtId="49" applyNumberFormat="1" quotePrefix="1" xfId="0"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
