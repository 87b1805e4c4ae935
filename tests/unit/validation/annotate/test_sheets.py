"""Sheets of real files: rows, sizes, widths and an earlier errors column."""

import io
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from services.validation.domain.validation.workbook import AnnotationTarget
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotate import annotate_in_child
from services.validation.formats.annotating.styles import COLOR
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.real_files import (
    BAD,
    MAIN,
    SHEET,
    assert_whole,
    content,
    fill_of,
    marked_where_it_is,
    merged,
)
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    highlighted,
    opened,
    part,
    refusal,
)


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
