"""What real files hold that no textbook has: each gets a marked copy, well-formed and counted as its readers count."""

import io
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from services.validation.formats.annotating.styles import COLOR
from shared.workbooks.markup import COMPATIBILITY
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    highlighted,
    marked,
    notes,
    opened,
    part,
    refusal,
    saved,
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


@pytest.mark.parametrize(
    "styles",
    [
        "",
        f'<styleSheet xmlns="{raw.MAIN}"/>',
        f'<x:styleSheet xmlns:x="{raw.MAIN}"></x:styleSheet>',
        re.sub("<fills.*</fills>", "", raw.STYLES),
        re.sub("<fills.*</fills>", '<fills count="0"/>', raw.STYLES),
        re.sub("<cellXfs.*</cellXfs>", "", raw.STYLES),
        re.sub("<cellXfs.*</cellXfs>", "<cellXfs></cellXfs>", raw.STYLES),
        re.sub("<(fonts|borders|cellStyleXfs).*?</\\1>", "", raw.STYLES),
        f'<styleSheet xmlns="{raw.MAIN}"><dxfs count="0"/><extLst/></styleSheet>',
    ],
)
def test_a_styles_part_that_lacks_something_gets_it(tmp_path: Path, styles: str) -> None:
    made = content()
    made[STYLES] = styles or f'<?xml version="1.0"?><styleSheet xmlns="{raw.MAIN}"></styleSheet>'
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    written = [each.tag.removeprefix(MAIN) for each in ElementTree.fromstring(part(data, STYLES))]
    order = [
        "numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles",
        "colors", "extLst",
    ]  # fmt: skip
    assert written == [each for each in order if each in written]


def test_the_first_two_fills_are_never_ours_as_programs_draw_them_their_own_way(tmp_path: Path) -> None:
    one = '<fills count="1"><fill><patternFill patternType="none"/></fill></fills>'
    made = content() | {STYLES: re.sub("<fills.*</fills>", one, raw.STYLES)}
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    fills = ElementTree.fromstring(part(data, STYLES)).findall(f"{MAIN}fills/{MAIN}fill")
    assert [COLOR in ElementTree.tostring(fill, "unicode") for fill in fills] == [False, False, True]


def test_a_style_that_is_not_there_does_not_become_ours(tmp_path: Path) -> None:
    body = raw.rows(*PEOPLE).replace('r="A2" s="0"', 'r="A2" s="3"').replace('r="C4" s="0"', 'r="C4" s="7"')
    assert_whole(annotated(tmp_path, raw.workbook(raw.sheet(body)), BAD))


@pytest.mark.parametrize("style", ['s=""', "s=''", 's=" 1 "', 's="+1"', 's="99"', ""])
def test_a_cell_with_an_unusual_style_is_marked_all_the_same(tmp_path: Path, style: str) -> None:
    body = raw.rows(*PEOPLE).replace('r="B3" s="0"', f'r="B3" {style}')
    assert_whole(annotated(tmp_path, raw.workbook(raw.sheet(body)), BAD))


@pytest.mark.parametrize("name", [SHEET, STYLES, RELS, "[Content_Types].xml"])
@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-16", "UTF-16"), ("utf-16-le", ""), ("iso-8859-1", "ISO-8859-1"), ("cp1252", "windows-1252"),
     ("ascii", "US-ASCII"), ("utf-8-sig", "utf-8")],
)  # fmt: skip
def test_a_part_in_another_encoding(tmp_path: Path, name: str, encoding: str, declared: str) -> None:
    made = content() | {RELS: related(("c", "printerSettings", "../printerSettings/printerSettings1.bin"))}
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    made[name] = ("\ufeff" * (encoding == "utf-16-le") + declaration + str(made[name])).encode(encoding)
    data = annotated(
        tmp_path, raw.zipped(made), [Annotation(3, 1, "Type a first name."), Annotation(4, 2, "“Zoë” – 東京")]
    )
    assert_whole(data, {"B3", "C4"})
    assert opened(data)["D4"].value == "“Zoë” – 東京"


def test_what_a_sheet_in_another_encoding_says_is_kept(tmp_path: Path) -> None:
    rows = raw.rows(PEOPLE[0], ("zoë@b.example", "Zoë", "ü"))
    sheet = '<?xml version="1.0" encoding="ISO-8859-1"?>' + raw.sheet(rows)
    made = content() | {SHEET: sheet.encode("iso-8859-1")}
    sheet_after = opened(annotated(tmp_path, raw.zipped(made), [Annotation(2, 0, "x")]))
    assert [cell.value for cell in sheet_after[2]] == ["zoë@b.example", "Zoë", "ü", "x"]


@pytest.mark.parametrize("relation", ["../comments7.xml", "/xl/comments7.xml", "comments7.xml"])
def test_a_notes_part_that_is_gone_is_made_again(tmp_path: Path, relation: str) -> None:
    behind = f'<legacyDrawing xmlns:r="{raw.LINKS}" r:id="v"/>'
    made = content(raw.sheet(raw.rows(*PEOPLE), behind=behind))
    made[RELS] = related(("c", "comments", relation), ("v", "vmlDrawing", "../drawings/vmlDrawing7.vml"))
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    assert "comments7.xml" in part(data, "[Content_Types].xml")
    assert "<x:Row>2</x:Row><x:Column>1</x:Column>" in part(data, "xl/drawings/vmlDrawing7.vml")
    assert part(data, SHEET).count("legacyDrawing") == 1


def test_a_drawing_of_notes_without_a_relation_is_related(tmp_path: Path) -> None:
    behind = f'<legacyDrawing xmlns:r="{raw.LINKS}" r:id="gone"/>'
    data = annotated(tmp_path, raw.zipped(content(raw.sheet(raw.rows(*PEOPLE), behind=behind))), BAD)
    assert_whole(data)
    drawing = ElementTree.fromstring(part(data, SHEET)).findall(f"{MAIN}legacyDrawing")
    assert [each.get(f"{{{raw.LINKS}}}id") for each in drawing] == ["rIdUsher2"]


def test_a_styles_part_that_is_gone_is_made_again(tmp_path: Path) -> None:
    made = content()
    del made[STYLES]
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert_whole(data)
    assert part(data, "xl/_rels/workbook.xml.rels").count("/styles") == 1


ALTERNATIVE = (
    '<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="hs" xmlns:hs="urn:another-office:2016">'
    '<{p}xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0" hs:extension="1"/></mc:Choice>'
    '<mc:Fallback><{p}xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0"/></mc:Fallback>'
    "</mc:AlternateContent>"
)


@pytest.mark.parametrize("p", ["", "x:"])
def test_alternatives_among_the_formats_count_once(tmp_path: Path, p: str) -> None:
    formats = "".join(ALTERNATIVE.format(mc=COMPATIBILITY.decode(), n=n, p=p) for n in (0, 164, 14))
    styles = re.sub(r"<cellXfs.*</cellXfs>", f'<cellXfs count="3">{formats}</cellXfs>', raw.STYLES)
    if p:
        styles = re.sub(r"<(/?)(?=[a-z])(?!x:|mc:)", r"<\1x:", styles).replace("xmlns=", "xmlns:x=")
    body = raw.rows(*PEOPLE).replace('r="B3" s="0"', 'r="B3" s="1"').replace('r="C4" s="0"', 'r="C4" s="2"')
    data = annotated(tmp_path, raw.zipped(content(raw.sheet(body)) | {STYLES: styles}), [*BAD, Annotation(4, 2, "x")])
    assert (fill_of(data, "B3"), style_of(data, "B3").get("numFmtId")) == (COLOR, "164")
    assert (fill_of(data, "C4"), style_of(data, "C4").get("numFmtId")) == (COLOR, "14")
    assert (fill_of(data, "A2"), style_of(data, "A2").get("numFmtId")) == ("", "0")


def test_alternatives_in_a_sheet_stay_where_they_are(tmp_path: Path) -> None:
    behind = (
        f'<pageMargins left="1" right="1" top="1" bottom="1" header="1" footer="1"/><mc:AlternateContent xmlns:mc="'
        f'{COMPATIBILITY.decode()}"><mc:Choice xmlns:x14="http://schemas.microsoft.com/office/spreadsheetml/2009/9/main"'
        ' Requires="x14"><controls/></mc:Choice></mc:AlternateContent><tableParts count="0"/>'
    )
    data = annotated(tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE), behind=behind)), BAD)
    names = [each.tag.rpartition("}")[2] for each in ElementTree.fromstring(part(data, SHEET))]
    assert names[-4:] == ["pageMargins", "legacyDrawing", "AlternateContent", "tableParts"]


def test_new_parts_are_referred_to_as_excel_does(tmp_path: Path) -> None:
    made = content()
    del made[STYLES]
    made["xl/_rels/workbook.xml.rels"] = re.sub(
        '<Relationship Id="st"[^>]*>', "", str(made["xl/_rels/workbook.xml.rels"])
    )
    data = annotated(tmp_path, raw.zipped(made), BAD)
    for name, targets in {
        RELS: {"../comments1.xml", "../drawings/vmlDrawing1.vml"},
        "xl/_rels/workbook.xml.rels": {"styles.xml"},
    }.items():
        new = [each for each in ElementTree.fromstring(part(data, name)) if "Usher" in each.get("Id", "")]
        assert {each.get("Target") for each in new} == targets


PLAIN = '<comment ref="{ref}" authorId="0"><text>{text}</text></comment>'


def noted(*comments: tuple[str, str]) -> dict[str, str | bytes]:
    """With notes of the admin's own, as raw XML of their text."""
    made = content(raw.sheet(raw.rows(*PEOPLE), behind=f'<legacyDrawing xmlns:r="{raw.LINKS}" r:id="v"/>'))
    made[RELS] = related(("c", "comments", "../comments1.xml"), ("v", "vmlDrawing", "../drawings/vmlDrawing1.vml"))
    made["xl/comments1.xml"] = (
        f'<comments xmlns="{raw.MAIN}"><authors><author>HR</author></authors><commentList>'
        + "".join(PLAIN.format(ref=ref, text=text) for ref, text in comments)
        + "</commentList></comments>"
    )
    made["xl/drawings/vmlDrawing1.vml"] = '<xml xmlns:v="urn:schemas-microsoft-com:vml"></xml>'
    return made


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("<t>ask HR</t>", "ask HR\n\nUsher: Type a first name."),
        ('<t xml:space="preserve"> ask\nHR</t>', " ask\nHR\n\nUsher: Type a first name."),
        ("<r><t>ask</t></r><r><rPr><b/></rPr><t> HR</t></r>", "ask HR\n\nUsher: Type a first name."),
        ("", "Usher: Type a first name."),
    ],
)
def test_an_own_note_of_any_make_and_ours_are_one_text_in_runs(tmp_path: Path, text: str, whole: str) -> None:
    data = annotated(tmp_path, raw.zipped(noted(("B3", text), ("C4", "<t>keep</t>"))), BAD)
    assert notes(opened(data)) == {"B3": whole, "C4": "keep"}
    comments = ElementTree.fromstring(part(data, "xl/comments1.xml"))
    ours, theirs = comments.iter(f"{MAIN}text")
    assert {each.tag for each in ours} == {f"{MAIN}r"}  # a text beside runs is two, of which readers show one
    assert [each.tag for each in theirs] == [f"{MAIN}t"]


def test_an_own_note_whose_box_is_missing_gets_one_where_a_cell_is_bad(tmp_path: Path) -> None:
    data = annotated(tmp_path, raw.zipped(noted(("b3", "<t>ask HR</t>"))), BAD)
    vml = ElementTree.fromstring(part(data, "xl/drawings/vmlDrawing1.vml"))
    rows = [each.text for each in vml.iter("{urn:schemas-microsoft-com:office:excel}Row")]
    assert rows == ["2"]
    assert notes(opened(data)) == {"B3": "ask HR\n\nUsher: Type a first name."}


def merged(*ranges: str) -> str:
    return "<mergeCells>" + "".join(f'<mergeCell ref="{each}"/>' for each in ranges) + "</mergeCells>"


@pytest.mark.parametrize("reference", ["B2:B4", "b2:b4", "$B$2:$B$4", "A1:A1", "2:4"])
def test_of_merged_cells_the_one_that_is_seen_is_marked(tmp_path: Path, reference: str) -> None:
    body = raw.sheet(raw.rows(*PEOPLE), behind=merged("A8:B9", reference))
    data = marked_where_it_is(tmp_path / "book.xlsx", raw.workbook(body))
    sheet = opened(data) if reference == "B2:B4" else None
    seen = {"A1:A1": "B3", "2:4": "B3"}.get(reference, "B2")
    assert fill_of(data, seen) == COLOR
    comments = ElementTree.fromstring(part(data, "xl/comments1.xml"))
    assert [each.get("ref") for each in comments.iter(f"{MAIN}comment")] == [seen]
    assert sheet is None or (highlighted(sheet), sheet["D3"].value) == ({"B2"}, "Type a first name.")


def test_merged_cells_that_begin_in_a_row_that_is_not_there(tmp_path: Path) -> None:
    body = raw.rows(*PEOPLE[:2]) + f'<row r="5">{raw.inline("A5", "e@f.example")}{raw.inline("C5", "AE")}</row>'
    data = annotated(tmp_path, raw.workbook(raw.sheet(body, behind=merged("B3:B5"))), [Annotation(5, 1, "x")])
    sheet = ElementTree.fromstring(part(data, SHEET))
    assert [each.get("r") for each in sheet.iter(f"{MAIN}row")] == ["1", "2", "3", "5"]
    assert highlighted(opened(data)) == {"B3"}
    assert marked(opened(data)) == {"B3": "Usher: x"}


THREADED = "http://schemas.microsoft.com/office/spreadsheetml/2018/threadedcomments"


def threaded() -> dict[str, str | bytes]:
    made = noted(("B3", "<t>[Threaded comment] Comment: why?</t>"))
    made[RELS] = str(made[RELS]).replace(
        "</Relationships>",
        '<Relationship Id="t" Type="http://schemas.microsoft.com/office/2017/10/relationships/threadedComment" '
        'Target="../threadedComments/threadedComment1.xml"/></Relationships>',
    )
    made["xl/threadedComments/threadedComment1.xml"] = (
        f'<ThreadedComments xmlns="{THREADED}"><threadedComment ref="B3" dT="2026-11-01T09:00:00.00" personId="{{1}}" '
        'id="{2}"><text>why?</text></threadedComment></ThreadedComments>'
    )
    return made


def test_where_a_cell_has_a_thread_the_row_is_marked(tmp_path: Path) -> None:
    made = threaded()
    data = annotated(tmp_path, raw.zipped(made), BAD)
    sheet = opened(data)
    assert highlighted(sheet) == {"A3", "B3", "C3"}
    assert notes(sheet) == {"B3": "[Threaded comment] Comment: why?", "D3": "Usher: Type a first name."}
    name = "xl/threadedComments/threadedComment1.xml"
    assert part(data, name) == made[name]


def names(data: bytes) -> Mapping[str, str]:
    found = ElementTree.fromstring(part(data, "xl/workbook.xml")).iter(f"{MAIN}definedName")
    return {f"{each.get('name')}/{each.get('localSheetId')}": each.text or "" for each in found}


def test_a_list_without_a_filter_gets_one_with_the_errors_in_it(tmp_path: Path) -> None:
    body = raw.rows(*PEOPLE) + '<row r="90"><c r="A90" s="1"/></row>'
    data = annotated(tmp_path, raw.workbook(raw.sheet(body, behind="<sheetProtection/>" + merged("F1:G1"))), BAD)
    tags = [each.tag.removeprefix(MAIN) for each in ElementTree.fromstring(part(data, SHEET))]
    assert tags[-4:] == ["sheetProtection", "autoFilter", "mergeCells", "legacyDrawing"]
    assert opened(data).auto_filter.ref == "A1:H4"
    assert names(data) == {"_xlnm._FilterDatabase/0": "'S1'!$A$1:$H$4"}


@pytest.mark.parametrize("reference", ["A1:C4", "$A$1:$C$4", "a1:c4", "A1:C1", "B1:C4"])
def test_a_filter_over_the_list_reaches_the_errors(tmp_path: Path, reference: str) -> None:
    behind = f'<autoFilter ref="{reference}"><filterColumn colId="0"/></autoFilter>'
    made = content(raw.sheet(raw.rows(*PEOPLE), behind=behind))
    known = (
        '<definedNames><definedName name="_xlnm._FilterDatabase" localSheetId="0" hidden="1">S1!$A$1:$C$4</definedName>'
        '<definedName name="own">S1!$A$1</definedName></definedNames>'
    )
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace("</sheets>", f"</sheets>{known}")
    data = annotated(tmp_path, raw.zipped(made), BAD)
    first, last = re.sub(r"\$", "", reference).upper().split(":")
    whole = f"{first}:D{last[1:]}"
    assert opened(data).auto_filter.ref == whole
    absolute = re.sub(r"([A-Z])(\d)", r"$\1$\2", whole)
    assert names(data) == {"_xlnm._FilterDatabase/0": f"'S1'!{absolute}", "own/None": "S1!$A$1"}
    again = annotated(tmp_path, data, BAD)
    assert opened(again).auto_filter.ref == whole


@pytest.mark.parametrize("written", ["Bob's", "Bob&apos;s", "Bob&#39;s", "Bob&#039;s", "Bob&#x27;s"])
def test_an_apostrophe_in_a_sheets_name_is_doubled_however_it_is_written(tmp_path: Path, written: str) -> None:
    made = content()
    made["xl/workbook.xml"] = str(made["xl/workbook.xml"]).replace('"S1"', f'"{written} &lt;&amp;amp;&#62; R&#38;D"')
    data = annotated(tmp_path, raw.zipped(made), BAD)
    assert names(data) == {"_xlnm._FilterDatabase/0": "'Bob''s <&amp;> R&D'!$A$1:$D$4"}


def test_a_filter_elsewhere_in_the_sheet_stays(tmp_path: Path) -> None:
    behind = '<autoFilter ref="A20:B30"/>'
    data = annotated(tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE), behind=behind)), BAD)
    assert behind in part(data, SHEET)


def table(reference: str, **more: str) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in PEOPLE:
        sheet.append(row)
    for key, value in more.items():
        sheet[key] = value
    sheet.add_table(Table(displayName="People", ref=reference))
    return saved(book)


def test_a_table_grows_by_the_errors_column(tmp_path: Path) -> None:
    data = annotated(tmp_path, table("A1:C4"), BAD)
    sheet = opened(data)
    grown = sheet.tables["People"]
    assert (grown.ref, grown.autoFilter and grown.autoFilter.ref) == ("A1:D4", "A1:D4")
    assert [column.name for column in grown.tableColumns] == ["Email", "First Name", "Title", "Errors"]
    assert len({column.id for column in grown.tableColumns}) == 4
    assert sheet.auto_filter.ref is None
    again = opened(annotated(tmp_path, data, BAD)).tables["People"]
    assert again.ref == "A1:D4" and len(again.tableColumns) == 4


def test_a_table_that_does_not_end_at_the_errors_column_stays_as_it_is(tmp_path: Path) -> None:
    sheet = opened(annotated(tmp_path, table("A1:C4", D3="a remark beside it"), BAD))
    assert (sheet.tables["People"].ref, sheet["E3"].value) == ("A1:C4", "Type a first name.")
    assert sheet.auto_filter.ref is None  # two filters over the same cells are none


def test_of_tables_side_by_side_the_first_is_the_list_in_whatever_order_they_are_told(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(table("A1:C4", E1="Region", E2="EMEA")))
    sheet = book.worksheets[0]
    del sheet.tables["People"]
    for name, reference in (("Regions", "E1:E4"), ("People", "A1:C4")):
        sheet.add_table(Table(displayName=name, ref=reference))
    tables = opened(annotated(tmp_path, saved(book), BAD)).tables
    assert (tables["Regions"].ref, tables["People"].ref) == ("E1:E4", "A1:C4")


OTHER_PREFIXES = (
    f'<worksheet xmlns="{raw.MAIN}" xmlns:x="{raw.MAIN}">{{sheet_data}}</worksheet>',
    f'<a:worksheet xmlns:a="{raw.MAIN}" xmlns:x="{raw.MAIN}">{{sheet_data}}</a:worksheet>',
    f'<worksheet xmlns="{raw.MAIN}">{{declared}}</worksheet>',
)


@pytest.mark.parametrize("around", OTHER_PREFIXES)
def test_elements_under_another_prefix_than_the_root(tmp_path: Path, around: str) -> None:
    rows = re.sub(r"<(/?)(row|c|is|t)\b", r"<\1x:\2", raw.rows(*PEOPLE))
    declared = f'<x:sheetData xmlns:x="{raw.MAIN}">{rows}</x:sheetData>'
    data = around.format(sheet_data=f"<x:sheetData>{rows}</x:sheetData>", declared=declared)
    assert_whole(marked_where_it_is(tmp_path / "book.xlsx", raw.workbook(data)))


@pytest.mark.parametrize(
    "rows",
    [
        re.sub("<row ", f'<row xmlns="{raw.MAIN}" ', raw.rows(*PEOPLE)),
        re.sub("<(/?)row", r"<\1y:row", raw.rows(*PEOPLE)).replace("<y:row ", f'<y:row xmlns:y="{raw.MAIN}" '),
        raw.rows(*PEOPLE[:2])
        + '<other:row xmlns:other="urn:o"/>'
        + "".join(re.findall(r'<row r="[34]".*?</row>', raw.rows(*PEOPLE))),
    ],
)
def test_rows_that_say_for_themselves_what_they_are(tmp_path: Path, rows: str) -> None:
    assert_whole(marked_where_it_is(tmp_path / "book.xlsx", raw.workbook(raw.sheet(rows))))


@pytest.mark.parametrize("reference", ["A1", "A1:C4", "a1:c4", "A1:B2"])
def test_what_a_sheet_says_of_its_size_holds_the_errors(tmp_path: Path, reference: str) -> None:
    body = raw.sheet(raw.rows(*PEOPLE), before=f'<dimension ref="{reference}"/>')
    data = annotated(tmp_path, raw.workbook(body), BAD)
    assert '<dimension ref="A1:D4"/>' in part(data, SHEET)


def test_references_in_lower_case_and_with_dollars(tmp_path: Path) -> None:
    body = re.sub(r'r="([A-C])(\d)"', lambda found: f'r="{found[1].lower()}{found[2]}"', raw.rows(*PEOPLE))
    data = marked_where_it_is(tmp_path / "book.xlsx", raw.workbook(raw.sheet(body)))
    assert re.search(r'<c r="b3" s="[1-9]', part(data, SHEET)) and 'r="D3"' in part(data, SHEET)


@pytest.mark.parametrize("column", ['<col min="" max="4"/>', '<col min="x" max="y" width="3"/>', "<col/>"])
def test_a_width_that_makes_no_sense_is_left_alone(tmp_path: Path, column: str) -> None:
    data = annotated(tmp_path, raw.workbook(raw.sheet(raw.rows(*PEOPLE), before=f"<cols>{column}</cols>")), BAD)
    assert 'width="60"' in part(data, SHEET)


def test_formulas_in_an_earlier_errors_column_go_with_it(tmp_path: Path) -> None:
    body = raw.rows(("Email", "Errors")) + f'<row r="2">{raw.inline("A2", "x")}<c r="B2"><f>1+1</f><v>2</v></c></row>'
    made = content(raw.sheet(body))
    made["xl/calcChain.xml"] = f'<calcChain xmlns="{raw.MAIN}"><c r="B2" i="1"/></calcChain>'
    made["[Content_Types].xml"] = str(made["[Content_Types].xml"]).replace(
        "</Types>", f'<Override PartName="/xl/calcChain.xml" ContentType="{raw.KIND}.calcChain+xml"/></Types>'
    )
    chain = f'<Relationship Id="cc" Type="{raw.LINKS}/calcChain" Target="calcChain.xml"/>'
    rels = "xl/_rels/workbook.xml.rels"
    made[rels] = str(made[rels]).replace("</Relationships>", f"{chain}</Relationships>")
    data = annotated(tmp_path, raw.zipped(made), [Annotation(2, 0, "Type an address.")])
    assert opened(data)["B2"].value == "Type an address."
    assert "xl/calcChain.xml" not in zipfile.ZipFile(io.BytesIO(data)).namelist()
    for name in ("[Content_Types].xml", "xl/_rels/workbook.xml.rels"):
        assert "calcChain" not in part(data, name)


def test_formulas_that_other_columns_share_with_an_errors_column_are_the_reason(tmp_path: Path) -> None:
    first = '<c r="B2"><f t="shared" ref="B2:C2" si="0">A2</f><v>x</v></c>'
    formula = f'{first}<c r="C2"><f t="shared" si="0"/><v>x</v></c>'
    body = raw.rows(("Email", "Errors", "Title")) + f'<row r="2">{raw.inline("A2", "x")}{formula}</row>'
    said = refusal(tmp_path, raw.workbook(raw.sheet(body)), [Annotation(2, 0, "x")])
    assert said == "other columns share the formulas of its Errors column"


def test_a_sheet_that_is_full_is_the_reason(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(raw.workbook(raw.sheet(raw.rows(*PEOPLE))))
    answer = annotate_in_child(str(path), AnnotationTarget(SHEET, 1, 2, None, replaces=False), BAD)
    assert answer == b"-it has no free column for the errors"


def test_a_note_by_another_writer_stays_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in PEOPLE:
        sheet.append(row)
    sheet["B3"].comment = Comment("ask HR", "HR")
    data = annotated(tmp_path, saved(book), BAD)
    assert notes(opened(data)) == {"B3": "ask HR\n\nUsher: Type a first name."}


@pytest.mark.parametrize("comment", ["", "<!-- -->"])
def test_rows_whose_cells_alone_say_where_they_are(tmp_path: Path, comment: str) -> None:
    header = f"<row>{comment}{raw.inline('A1', 'Email')}{raw.inline('B1', 'Title')}</row>"
    body = header + f"<row>{raw.inline('$A$5', 'a@b.example')}{raw.inline('B5', 'AE')}</row><row/>"
    body += f"<row>{raw.inline('A9', 'c@d.example')}{raw.inline('B9', 'A r=&quot;A3&quot;')}</row>"
    data = annotated(tmp_path, raw.workbook(raw.sheet(body)), [Annotation(5, 1, "five"), Annotation(9, 0, "nine")])
    cells = {c.get("r"): "".join(c.itertext()) for c in ElementTree.fromstring(part(data, SHEET)).iter(f"{MAIN}c")}
    assert (cells["B5"], cells["C5"], cells["A9"], cells["C9"]) == ("AE", "five", "c@d.example", "nine")
    assert len(ElementTree.fromstring(part(data, SHEET)).findall(f".//{MAIN}row")) == 4
    assert (fill_of(data, "B5"), fill_of(data, "A9")) == (COLOR, COLOR)


@pytest.mark.parametrize("hidden", ['hidden="1" width="9"', 'hidden="true"', 'width="0.0" customWidth="1"'])
def test_an_earlier_errors_column_that_is_hidden_is_shown(tmp_path: Path, hidden: str) -> None:
    body = raw.sheet(
        raw.rows(*((*row, "Errors" if row is PEOPLE[0] else "") for row in PEOPLE)),
        before=f'<cols><col min="3" max="5" {hidden}/></cols>',
    )
    columns = ElementTree.fromstring(part(annotated(tmp_path, raw.workbook(body), BAD), SHEET)).iter(f"{MAIN}col")
    shown = {(each.get("min"), each.get("max")): (each.get("hidden"), each.get("width")) for each in columns}
    as_it_was = ElementTree.fromstring(f"<col {hidden}/>")
    told = as_it_was.get("hidden"), as_it_was.get("width")
    assert shown == {("3", "3"): told, ("4", "4"): (None, "60"), ("5", "5"): told}


def test_an_earlier_errors_column_keeps_the_width_that_it_was_given(tmp_path: Path) -> None:
    before = '<cols><col min="4" max="4" width="12" customWidth="1"/></cols>'
    body = raw.sheet(raw.rows((*PEOPLE[0], "Errors"), *PEOPLE[1:]), before=before)
    assert before in part(annotated(tmp_path, raw.workbook(body), BAD), SHEET)


def test_headers_merged_from_above_belong_to_the_list(tmp_path: Path) -> None:
    body = raw.rows(("Email", "First Name", "Job"), ("", "", "Title", "Region"), ("a@b.example", "Ann", "AE", "EMEA"))
    body = body.replace(raw.inline("A2", ""), '<c r="A2"/>').replace(raw.inline("B2", ""), "")
    made = raw.workbook(raw.sheet(body, behind=merged("A1:A2", "B1:B2", "C1:D1")))
    sheet = opened(annotated(tmp_path, made, [Annotation(3, 0, "Too many.", whole_row=True)]))
    assert sheet.auto_filter.ref == "A2:E3"
    assert highlighted(sheet) == {"A3", "B3", "C3", "D3"}
