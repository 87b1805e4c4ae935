"""The annotated copy: what is marked, and that nothing else has changed."""

import io
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.domain.validation.workbook import Reading, ReadingLimits
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from services.validation.formats.annotating.styles import COLOR
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings
from tests.unit.validation import raw_workbooks as raw

HEADERS = Headers(CompanySettings("Northwind"))
PEOPLE = (
    ("Email", "First Name", "Title"),
    ("a@b.example", "Ann", "AE"),
    ("c@d.example", "", "AE"),
    ("e@f.example", "Eve", ""),
)


def read(path: Path) -> Reading:
    found = decode(orjson.loads(read_in_child(str(path), HEADERS, ReadingLimits())))
    assert isinstance(found, Reading), found
    return found


def annotated(folder: Path, data: bytes, annotations: Sequence[Annotation]) -> bytes:
    path = folder / "book.xlsx"
    path.write_bytes(data)
    answer = annotate_in_child(str(path), read(path).target, annotations)
    assert answer[:1] == b"+", answer
    archive = zipfile.ZipFile(io.BytesIO(answer[1:]))
    for name in archive.namelist():
        if name.endswith((".xml", ".rels", ".vml")):
            ElementTree.fromstring(archive.read(name))
    return answer[1:]


def refusal(folder: Path, data: bytes, annotations: Sequence[Annotation]) -> str:
    path = folder / "book.xlsx"
    path.write_bytes(data)
    answer = annotate_in_child(str(path), read(path).target, annotations)
    assert answer[:1] == b"-", answer[:100]
    return answer[1:].decode()


def opened(data: bytes) -> Worksheet:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    assert isinstance(sheet, Worksheet)
    return sheet


def part(data: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(name).decode()


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def styled() -> bytes:
    """As openpyxl writes it: own fonts and fills, a note, a column style, a row style, a second sheet."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in PEOPLE:
        sheet.append(row)
    for row in sheet.iter_rows():
        for cell in row:
            cell.font = Font(name="Arial", size=9, bold=cell.row == 1)
    sheet["C2"].fill = PatternFill("solid", start_color="FFFFFFCC")
    sheet["C2"].comment = Comment("ask HR", "HR")
    sheet["A2"].comment = Comment("left in May", "HR")
    sheet.column_dimensions["C"].width = 33
    other = book.create_sheet("Other")
    other["A1"] = "=1+1"
    return saved(book)


def notes(sheet: Worksheet) -> dict[str, str]:
    return {c.coordinate: c.comment.text for row in sheet.iter_rows() for c in row if c.comment}


def marked(sheet: Worksheet) -> dict[str, str]:
    return {cell: words for cell, words in notes(sheet).items() if "Usher" in words}


def highlighted(sheet: Worksheet) -> set[str]:
    return {c.coordinate for row in sheet.iter_rows() for c in row if COLOR in repr(c.fill)}


def test_bad_cells_are_highlighted_have_a_note_and_are_said_in_words(tmp_path: Path) -> None:
    annotations = [
        Annotation(3, 1, "Type a first name."),
        Annotation(3, 0, "Used twice."),
        Annotation(3, 0, "Not yours."),
        Annotation(4, 0, "Too many.", whole_row=True),
    ]
    sheet = opened(annotated(tmp_path, styled(), annotations))
    assert highlighted(sheet) == {"A3", "B3", "A4", "B4", "C4"}
    assert marked(sheet) == {
        "A3": "Usher: Used twice.\nNot yours.",
        "B3": "Usher: Type a first name.",
        "A4": "Usher: Too many.",
    }
    assert [sheet.cell(row, 4).value for row in range(1, 5)] == [
        "Errors",
        None,
        "Type a first name. Used twice. Not yours.",
        "Too many.",
    ]
    assert sheet["A3"].font.name == "Arial" and sheet["D1"].font.bold


def test_an_admins_note_stays_and_ours_stands_behind_it(tmp_path: Path) -> None:
    sheet = opened(annotated(tmp_path, styled(), [Annotation(2, 0, "Used twice.")]))
    assert notes(sheet) == {"A2": "left in May\n\nUsher: Used twice.", "C2": "ask HR"}


def test_every_other_part_is_the_same_to_the_byte(tmp_path: Path) -> None:
    before = styled()
    after = annotated(tmp_path, before, [Annotation(3, 1, "Type a first name.")])
    old, new = zipfile.ZipFile(io.BytesIO(before)), zipfile.ZipFile(io.BytesIO(after))
    assert new.testzip() is None
    changed = {name for name in old.namelist() if old.read(name) != new.read(name)}
    assert changed == {
        "xl/worksheets/sheet1.xml",
        "xl/styles.xml",
        "xl/comments/comment1.xml",
        "xl/drawings/commentsDrawing1.vml",
        "xl/workbook.xml",
    }
    assert set(new.namelist()) == set(old.namelist())


def test_rows_without_errors_are_the_same_to_the_byte(tmp_path: Path) -> None:
    before = raw.workbook(raw.sheet(raw.rows(*PEOPLE)))
    after = part(annotated(tmp_path, before, [Annotation(3, 1, "x")]), "xl/worksheets/sheet1.xml")
    for number in (2, 4):
        row = re.search(rf'<row r="{number}".*?</row>', part(before, "xl/worksheets/sheet1.xml"))
        assert row and row[0] in after


def test_new_notes_are_connected_as_excel_wants_it(tmp_path: Path) -> None:
    behind = (
        '<pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/><tableParts count="0"/><extLst/>'
    )
    data = annotated(tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE), behind=behind)), [Annotation(3, 1, "x")])
    sheet = part(data, "xl/worksheets/sheet1.xml")
    names = [element.tag.rpartition("}")[2] for element in ElementTree.fromstring(sheet)]
    assert names == ["cols", "sheetData", "autoFilter", "pageMargins", "legacyDrawing", "tableParts", "extLst"]
    relations = {
        r.get("Id"): r.get("Target") for r in ElementTree.fromstring(part(data, "xl/worksheets/_rels/sheet1.xml.rels"))
    }
    drawing = ElementTree.fromstring(sheet).find(f"{{{raw.MAIN}}}legacyDrawing")
    assert drawing is not None
    assert relations[drawing.get(f"{{{raw.LINKS}}}id")] == "../drawings/vmlDrawing1.vml"
    types = part(data, "[Content_Types].xml")
    assert 'Extension="vml"' in types and 'PartName="/xl/comments1.xml"' in types
    vml = part(data, "xl/drawings/vmlDrawing1.vml")
    assert ElementTree.fromstring(vml) is not None and "<x:Row>2</x:Row><x:Column>1</x:Column>" in vml


PREFIXED = (
    f'<x:worksheet xmlns:x="{raw.MAIN}"><x:dimension ref="A1:B3"/>'
    '<x:cols><x:col min="2" max="9" hidden="1" width="5"/></x:cols>'
    '<x:sheetData><x:row spans="1:2"><x:c t="inlineStr"><x:is><x:t>Email</x:t></x:is></x:c>'
    '<x:c t="inlineStr"><x:is><x:t>Title</x:t></x:is></x:c></x:row><!-- <x:row r="9"> --><x:row/>'
    "<x:row s='1' customFormat='1'><x:c/><x:c r='B3' t='inlineStr'><x:is><x:t><![CDATA[</x:row>]]></x:t></x:is></x:c>"
    "</x:row>"
    "</x:sheetData></x:worksheet>"
)


def test_a_sheet_with_prefixes_comments_and_without_references(tmp_path: Path) -> None:
    sheet = opened(
        annotated(tmp_path, raw.workbook(PREFIXED), [Annotation(3, 0, "Type an address."), Annotation(3, 1, "x")])
    )
    assert highlighted(sheet) == {"A3", "B3"}
    assert (sheet["C1"].value, sheet["C3"].value, sheet["B3"].value) == ("Errors", "Type an address. x", "</x:row>")
    assert sheet.column_dimensions["C"].width == 60 and not sheet.column_dimensions["C"].hidden
    assert sheet.column_dimensions["B"].hidden and sheet.column_dimensions["D"].hidden


def test_a_cell_that_was_not_there_looks_like_its_row_or_column(tmp_path: Path) -> None:
    body = raw.rows(("Email", "Title", "Region")) + "".join(
        f'<row r="{n}" {more}>{raw.inline(f"A{n}", "a@b.example")}{raw.inline(f"C{n}", "x")}</row>'
        for n, more in ((2, ""), (3, 's="2" customFormat="1"'))
    )
    data = raw.workbook(raw.sheet(body, before='<cols><col min="2" max="2" style="1" width="9"/></cols>'))
    sheet = opened(annotated(tmp_path, data, [Annotation(2, 1, "x"), Annotation(3, 1, "y")]))
    assert (sheet["B2"].number_format, sheet["B3"].alignment.horizontal) == ("0000", "center")
    assert highlighted(sheet) == {"B2", "B3"}


def test_shared_strings_stay_shared(tmp_path: Path) -> None:
    body = '<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" s="1" t="s"><v>1</v></c></row>'
    strings = raw.shared("<t>Email</t>", "<t>nobody</t>")
    data = annotated(tmp_path, raw.workbook(raw.sheet(body), strings), [Annotation(2, 0, "x")])
    assert '<c r="A2" s="3" t="s"><v>1</v></c>' in part(data, "xl/worksheets/sheet1.xml")
    assert part(data, "xl/sharedStrings.xml") == strings


def test_a_workbook_without_styles_gets_some(tmp_path: Path) -> None:
    content = raw.parts(raw.sheet(raw.rows(*PEOPLE)))
    del content["xl/styles.xml"]
    content["xl/_rels/workbook.xml.rels"] = re.sub(
        '<Relationship Id="st"[^>]*>', "", str(content["xl/_rels/workbook.xml.rels"])
    )
    content["[Content_Types].xml"] = re.sub(
        '<Override PartName="/xl/styles.xml"[^>]*>', "", str(content["[Content_Types].xml"])
    )
    assert highlighted(opened(annotated(tmp_path, raw.zipped(content), [Annotation(3, 1, "x")]))) == {"B3"}


@pytest.mark.parametrize(
    "words", ["=1+1", "+1", "-1", "@x", '=HYPERLINK("http://x")', "a\x00b<c>&\"'", "_x000D_", "\ud800"]
)
def test_words_never_become_a_formula_nor_break_the_file(tmp_path: Path, words: str) -> None:
    sheet = opened(annotated(tmp_path, styled(), [Annotation(3, 1, words)]))
    cell = sheet["D3"]
    assert cell.data_type in ("s", "inlineStr") and cell.quotePrefix
    assert "f>" not in part(annotated(tmp_path, styled(), [Annotation(3, 1, words)]), "xl/worksheets/sheet1.xml")


def test_an_annotated_copy_annotated_again_has_the_new_errors_alone(tmp_path: Path) -> None:
    first = annotated(
        tmp_path,
        styled(),
        [Annotation(2, 0, "Used twice."), Annotation(3, 1, "Type a first name."), Annotation(4, 2, "x")],
    )
    sheet = opened(annotated(tmp_path, first, [Annotation(3, 1, "Still missing.")]))
    assert highlighted(sheet) == {"B3"} and marked(sheet) == {"B3": "Usher: Still missing."}
    assert [sheet.cell(row, 4).value for row in range(1, 6)] == ["Errors", None, "Still missing.", None, None]
    assert sheet["A2"].comment and sheet["A2"].comment.text == "left in May"
    assert sheet.max_column == 4


def test_boxes_of_notes_come_and_go_with_them(tmp_path: Path) -> None:
    first = annotated(
        tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE))), [Annotation(2, 0, "x"), Annotation(3, 1, "y")]
    )
    again = annotated(tmp_path, first, [Annotation(3, 1, "z"), Annotation(4, 2, "w")])
    boxes = re.findall("<x:Row>(\\d+)</x:Row><x:Column>(\\d+)", part(again, "xl/drawings/vmlDrawing1.vml"))
    assert sorted(boxes) == [("2", "1"), ("3", "2")]


@settings(max_examples=12)
@given(annotations=st.lists(st.tuples(st.integers(2, 4), st.integers(0, 2), st.text(max_size=8)), min_size=1))
def test_any_marks_leave_every_cell_as_it_reads(
    tmp_path_factory: pytest.TempPathFactory, annotations: list[tuple[int, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    path = folder / "book.xlsx"
    data = annotated(folder, styled(), [Annotation(*each) for each in annotations])
    path.write_bytes(data)
    after = read(path)
    assert [list(row.cells[:3]) for row in after.rows] == [list(row) for row in PEOPLE[1:]]
    assert highlighted(opened(data)) == {f"{'ABC'[column]}{row}" for row, column, _ in annotations}
