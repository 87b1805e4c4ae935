"""A plain workbook of one sheet (ECMA-376 part 1, 18.3): each value stands as a text, in a column that is formatted as
text, so that leading zeros survive also what is done to the sheet later."""

import re
from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import escape

from shared.hostile_files.zip_writer import ArchiveWriter
from shared.workbooks.cells import MAX_COLUMNS, MAX_ROW, BadSheet, column_letter

SHEET = "Sheet1"
_MOST_VALUES = 8_000_000
"""More than 150,000 people have in the largest file that is taken in; less than keep a sandbox busy for a minute."""
_PIECE = 4_096
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml."
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_KIND}sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_KIND}styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_KIND}worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
    f'<sheets><sheet name="{SHEET}" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font>'
    '</fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
    '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="2"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
_SHEET_HEAD = (
    f'{_HEAD}<worksheet xmlns="{_MAIN}"><cols><col min="1" max="{MAX_COLUMNS}" width="18" style="1" customWidth="1"/>'
    "</cols><sheetData>"
)
_SHEET_END = "</sheetData></worksheet>"
_QUOTED = re.compile(r'="([^"]*)"')
"""How a text keeps its leading zeros from Excel, which shows what is in the quotes."""
_ERRORS = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!"))
"""What Excel writes for a cell that shows an error."""
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What a text of a sheet has as `_xHHHH_`: what no XML can hold, and what looks like such a thing."""


def write(records: Iterable[Sequence[str]], most_bytes: int) -> bytes:
    """The workbook. Raises BadSheet where the records are more than a sheet holds, or its XML would be too large."""
    made = ArchiveWriter(level=1)
    for name, xml in _PARTS.items():
        made.add(name, [(_HEAD + xml).encode()])
    made.add("xl/worksheets/sheet1.xml", _bounded(_sheet(records), most_bytes))
    return made.finish()


def _bounded(pieces: Iterable[str], most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        data = piece.encode()
        size += len(data)
        if size > most:
            raise BadSheet("it holds more than a sheet can")
        yield data


def _sheet(records: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _SHEET_HEAD
    rows, letters, values = list[str](), list[str](), 0
    for number, record in enumerate(records, 1):
        if number > MAX_ROW or len(record) > MAX_COLUMNS:
            raise BadSheet("it has more rows or columns than a sheet can have")
        while len(letters) < len(record):
            letters.append(column_letter(len(letters)))
        values += len(record)
        if values > _MOST_VALUES:
            raise BadSheet(f"it has more than {_MOST_VALUES:,} values")
        if cells := "".join(
            _cell(f"{letter}{number}", text) for letter, text in zip(letters, record, strict=False) if text
        ):
            rows.append(f'<row r="{number}">{cells}</row>')
        if len(rows) == _PIECE:
            yield "".join(rows)
            rows.clear()
    yield "".join(rows)
    yield _SHEET_END


def _cell(place: str, text: str) -> str:
    if text in _ERRORS:
        return f'<c r="{place}" t="e"><v>{text}</v></c>'
    if text[0] == "=" and (quoted := _QUOTED.fullmatch(text)):
        text = quoted[1]
    if not text.isprintable() or "_x" in text:
        text = _ESCAPED.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    return f'<c r="{place}" s="1" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'
