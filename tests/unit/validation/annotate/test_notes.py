"""Notes of real files: the admin's own, merged cells, threads."""

from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.comments import Comment
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.styles import COLOR
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.real_files import (
    BAD,
    MAIN,
    RELS,
    SHEET,
    assert_whole,
    content,
    fill_of,
    marked_where_it_is,
    merged,
    related,
)
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    highlighted,
    marked,
    notes,
    opened,
    part,
    saved,
)


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


def test_a_note_by_another_writer_stays_whole(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in PEOPLE:
        sheet.append(row)
    sheet["B3"].comment = Comment("ask HR", "HR")
    data = annotated(tmp_path, saved(book), BAD)
    assert notes(opened(data)) == {"B3": "ask HR\n\nUsher: Type a first name."}
