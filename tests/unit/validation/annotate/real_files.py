"""Files as other programs write them, and what a marked copy of each must be: well-formed, counted as readers count."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from openpyxl.worksheet.worksheet import Worksheet

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from shared.workbooks.markup import COMPATIBILITY
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    highlighted,
    marked,
    opened,
    part,
)

SHEET, STYLES, RELS = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/worksheets/_rels/sheet1.xml.rels"

TARGET = AnnotationTarget(SHEET, 1, 2, 3, replaces=False)

BAD = [Annotation(3, 1, "Type a first name.")]

MAIN = f"{{{raw.MAIN}}}"


def content(sheet: str = "", **changed: str | bytes) -> dict[str, str | bytes]:
    made = raw.parts(sheet or raw.sheet(raw.rows(*PEOPLE)))
    return made | {name.replace("__", "/"): data for name, data in changed.items()}


def related(*relations: tuple[str, str, str]) -> str:
    inner = "".join(f'<Relationship Id="{i}" Type="{raw.LINKS}/{kind}" Target="{to}"/>' for i, kind, to in relations)
    return f'<Relationships xmlns="{raw.PACKAGE}/relationships">{inner}</Relationships>'


def style_of(data: bytes, cell: str) -> ElementTree.Element:
    """The format of a cell, counted as a reader counts that knows alternatives: the fallback is what there is."""
    sheet = ElementTree.fromstring(part(data, SHEET))
    index = int(next(c.get("s", "0") for c in sheet.iter(f"{MAIN}c") if c.get("r") == cell))
    listed = ElementTree.fromstring(part(data, STYLES)).find(f"{MAIN}cellXfs")
    assert listed is not None
    formats = list[ElementTree.Element]()
    for each in listed:
        inner = each.find(f"{{{COMPATIBILITY.decode()}}}Fallback") if "AlternateContent" in each.tag else [each]
        formats.extend(inner if inner is not None else [])
    return formats[index]


def fill_of(data: bytes, cell: str) -> str:
    fills = ElementTree.fromstring(part(data, STYLES)).findall(f"{MAIN}fills/{MAIN}fill")
    fill = fills[int(style_of(data, cell).get("fillId", "0"))]
    color = fill.find(f"{MAIN}patternFill/{MAIN}fgColor")
    return color.get("rgb", "") if color is not None else ""


def assert_whole(data: bytes, cells: set[str] | None = None) -> Worksheet:
    """Marks, note and Errors column, as another reader sees them."""
    sheet = opened(data)
    assert highlighted(sheet) == (cells or {"B3"})
    assert "Type a first name." in " ".join(marked(sheet).values())
    assert (sheet["D1"].value, sheet["D3"].value) == ("Errors", "Type a first name.")
    return sheet


def marked_where_it_is(path: Path, data: bytes, target: AnnotationTarget = TARGET) -> bytes:
    """Annotated where the list is known to stand, whoever reads it."""
    path.write_bytes(data)
    answer = annotate_in_child(str(path), target, BAD)
    assert answer[:1] == b"+", answer
    for name in zipfile.ZipFile(io.BytesIO(answer[1:])).namelist():
        ElementTree.fromstring(part(answer[1:], name))
    return answer[1:]


def names(data: bytes) -> Mapping[str, str]:
    found = ElementTree.fromstring(part(data, "xl/workbook.xml")).iter(f"{MAIN}definedName")
    return {f"{each.get('name')}/{each.get('localSheetId')}": each.text or "" for each in found}


def merged(*ranges: str) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{each}"/>' for each in ranges) + "</mergeCells>"
