"""Rows as the admin sees them, from what different programs write."""

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.domain.validation.workbook import (
    Cases,
)
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import OWN, one_cell, reading, saved, with_cell


def test_a_sheet_of_openpyxl_with_a_title_over_the_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet["A1"] = "Spring intake"
    for at, value in enumerate(["Email", "First Name", *OWN], 1):
        sheet.cell(4, at, value)
    values = ["ann@b.example", "Ann", 42, date(2026, 5, 1), datetime(2026, 5, 1, 9, 30), 0.25, True]
    for at, value in enumerate(values, 1):
        sheet.cell(7, at, value)
    sheet["C7"].number_format, sheet["D7"].number_format, sheet["F7"].number_format = "0000", "dd/mm/yyyy", "0%"
    found = reading(tmp_path, saved(book))
    assert (found.header_row, [column.header for column in found.columns][:2]) == (4, ["Email", "First Name"])
    assert [(row.number, row.cells) for row in found.rows] == [
        (7, ["ann@b.example", "Ann", "0042", "01/05/2026", "2026-05-01 9:30:00", "25%", "TRUE"])
    ]


def test_what_stands_in_a_column_that_means_nothing_is_not_kept_and_makes_no_row(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (
        ["Email", "Notes", "Done", "Errors"], ["ann@b.example", "a long story", False, "x"], ["", "alone", False, ""],
        [None, None, 0, None], [None, None, None, "Fill in something."], ["", "", "#N/A", ""],
        ["\u200b", "open", True, ""], ["bob@b.example", "  ", None, None],
    ):  # fmt: skip
        sheet.append(row)
    found = reading(tmp_path, saved(book))
    assert [(row.number, row.cells, row.faults) for row in found.rows] == [
        (2, ["ann@b.example", "", "", ""], {}),
        (8, ["bob@b.example", "", "", ""], {}),
    ]


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B2"><v>1234.0</v></c>', "1234"),
        ('<c r="B2" s="1"><v>7</v></c>', "0007"),
        ('<c r="B2" s="2"><v>45292</v></c>', "2024-01-01"),
        ('<c r="B2" s="99"><v>5</v></c>', "5"),
        ('<c r="B2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="B2" t="b"><v>TRUE</v></c>', "TRUE"),
        ('<c r="B2" t="b"><v>False</v></c>', "FALSE"),
        ('<c r="B2" t="d"><v>2024-01-01</v></c>', "2024-01-01"),
        ('<c r="B2" t="d"><v>2024</v></c>', "2024"),
        ('<c r="B2" s="3" t="d"><v>2024-03</v></c>', "2024-03"),
        ('<c r="B2" s="4" t="d"><v>1899-12-30T18:00:00.000Z</v></c>', "6:00 PM"),
        ('<c r="B2" s="4" t="d"><v>1899-12-30T00:00:00.000Z</v></c>', "12:00 AM"),
        ('<c r="B2" t="d"><v>1899-12-30T18:00:00.001Z</v></c>', "18:00:00"),
        ('<c r="B2" t="d"><v>2024-01-01T00:00:00.000Z</v></c>', "2024-01-01"),
        ('<c r="B2" t="d"><v>2024-01-01T09:30:00</v></c>', "2024-01-01 09:30:00"),
        ('<c r="B2" t="d"><v>09:30:00</v></c>', "09:30:00"),
        ('<c r="B2" s="3" t="d"><v>2024-03-05T00:00:00.000Z</v></c>', "5-Mar-24"),
        ('<c r="B2" s="3" t="d"><v> 2024-03-05T23:00:00-02:00 </v></c>', "6-Mar-24"),
        ('<c r="B2" s="3" t="d"><v>1899-12-30</v></c>', "1899-12-30"),
        ('<c r="B2" s="3" t="d"><v>1900-01-01</v></c>', "1-Jan-00"),
        ('<c r="B2" s="4" t="d"><v>T18:00:00</v></c>', "6:00 PM"),
        ('<c r="B2" s="4" t="d"><v>2024-03-05T18:00:00</v></c>', "6:00 PM"),
        ('<c r="B2" s="3" t="d"><v>next spring</v></c>', "next spring"),
        ('<c r="B2" t="str"><f>A2&amp;"x"</f><v>stored</v></c>', "stored"),
        ('<c r="B2" t="str"><f>""</f><v></v></c>', ""),
        ('<c r="B2"><f>1+1</f><v>2</v></c>', "2"),
        ('<c r="B2" t="s"><v>0</v></c>', "rich text"),
        ('<c r="B2" t="s"><v>1</v></c>', "0042"),
        ('<c r="B2" t="s"><v>2</v></c>', "東京"),
        ('<c r="B2" t="inlineStr"><is><r><t>a_x000D_b</t></r><r><t>c</t></r></is></c>', "a\rbc"),
        ('<c r="B2" t="str"><v>_xD83D__xDE00_ _xD83D_ _x005F_x0007_</v></c>', "😀 \uffff _x0007_"),
        ('<c r="B2" t="inlineStr"><is>\n <t><![CDATA[<c>&]]></t>\n</is></c>', "<c>&"),
        ("<c><v>5</v></c>", "5"),
    ],
)
def test_the_text_of_a_cell(tmp_path: Path, cell: str, shown: str) -> None:
    phonetic = "<t>東京</t><rPh sb='0' eb='1'><t>トウキョウ</t></rPh>"
    strings = raw.shared("<r><rPr><b/></rPr><t>rich </t></r><r><t>text</t></r>", "<t>0042</t>", phonetic)
    row = one_cell(tmp_path, cell, strings)
    assert (row.cells[1], row.faults) == (shown, {})


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ('<c r="B2" t="e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>', "#DIV/0!"),
        ('<c r="B2"><f>1+1</f></c>', ""),
        ('<c r="B2"><f>1+1</f><v></v></c>', ""),
        ('<c r="B2"><f>1+1</f><v/></c>', ""),
    ],
)
def test_what_is_no_value_is_a_fault(tmp_path: Path, cell: str, fault: str) -> None:
    row = one_cell(tmp_path, cell)
    assert (row.cells[1], row.faults) == ("", {1: fault})


def test_a_text_that_reads_like_an_error_is_a_text(tmp_path: Path) -> None:
    assert one_cell(tmp_path, raw.inline("B2", "#N/A")).cells[1] == "#N/A"


def test_prefixes_and_missing_references(tmp_path: Path) -> None:
    data = (
        f'<x:worksheet xmlns:x="{raw.MAIN}"><x:sheetData><x:row><x:c t="inlineStr"><x:is><x:t>Title</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>E-mail</x:t></x:is></x:c></x:row><x:row/><x:row><x:c/>'
        '<x:c t="inlineStr"><x:is><x:t>a@b.example</x:t></x:is></x:c></x:row></x:sheetData></x:worksheet>'
    )
    found = reading(tmp_path, raw.workbook(data))
    assert [(row.number, row.cells) for row in found.rows] == [(3, ["", "a@b.example"])]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("@&quot;@b.example&quot;", "ann@b.example"),
        ("0;-0;0;&quot;Dr. &quot;@", "Dr. ann"),
        ("_(* #,##0_);_(* (#,##0);_(* &quot;-&quot;_);_(@_)", "ann"),
        ("[Red]@", "ann"),
        ("0 &quot;kg&quot;", "ann"),
        ("0&quot;@&quot;", "ann"),
        (";;;", "ann"),
    ],
)
def test_what_a_format_puts_around_a_text_is_seen(tmp_path: Path, code: str, shown: str) -> None:
    content = raw.parts(with_cell(raw.inline("B2", "ann", 1)))
    content["xl/styles.xml"] = raw.STYLES.replace('formatCode="0000"', f'formatCode="{code}"')
    assert reading(tmp_path, raw.zipped(content)).rows[0].cells[1] == shown


@pytest.mark.parametrize(
    ("properties", "shown"),
    [
        ("<workbookPr/>", "2020-01-01"),
        ('<workbookPr date1904="1"/>', "2024-01-02"),
        ('<workbookPr date1904="1"/>{0}<x15:workbookPr chartTrackingRefBase="1"/>{1}', "2024-01-02"),
        ('<workbookPr/>{0}<x15:workbookPr date1904="1"/>{1}', "2020-01-01"),
        ('<workbookPr/>{0}<workbookPr date1904="1"/>{1}', "2020-01-01"),
    ],
)
def test_days_count_from_1904_where_the_workbook_itself_says_so(tmp_path: Path, properties: str, shown: str) -> None:
    content = raw.parts(with_cell('<c r="B2" s="2"><v>43831</v></c>'))
    extension = '<extLst><ext uri="u" xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main">'
    book = str(content["xl/workbook.xml"]).replace(
        "<sheets>", properties.format(extension, "</ext></extLst>") + "<sheets>"
    )
    assert reading(tmp_path, raw.zipped(content | {"xl/workbook.xml": book})).rows[0].cells[1] == shown


@pytest.mark.parametrize(
    ("cell", "lost"),
    [
        ("<c r='B2'><v>1234567890123456</v></c>", True),
        ("<c r='B2' s='1'><v>-1.23456789012345E+15</v></c>", True),
        ("<c r='B2'><v>1E15</v></c>", True),
        ("<c r='B2'><v>123456789012345</v></c>", False),
        ("<c r='B2'><v>0.1234567890123456</v></c>", False),
        ("<c r='B2' t='str'><v>1234567890123456</v></c>", False),
    ],
)
def test_a_number_of_more_digits_than_a_cell_keeps_is_told(tmp_path: Path, cell: str, lost: bool) -> None:
    found = reading(tmp_path, raw.workbook(with_cell(cell)))
    assert found.digits_lost == (Cases([2], [1]) if lost else Cases([], []))
