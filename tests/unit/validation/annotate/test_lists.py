"""Lists of real files: their filters and tables, which the errors join."""

import io
import re
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from openpyxl.worksheet.table import Table
from openpyxl.worksheet.worksheet import Worksheet

from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.annotate.real_files import BAD, MAIN, SHEET, content, merged, names
from tests.unit.validation.annotate.test_annotate import (
    PEOPLE,
    annotated,
    opened,
    part,
    saved,
)


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
