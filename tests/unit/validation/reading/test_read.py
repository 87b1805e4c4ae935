"""Rows as the admin sees them, from what different programs write."""

import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import orjson
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.reading import Reading, ReadingLimits, SheetRow, Unreadable, letter
from services.validation.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from tests.unit.validation import raw_workbooks as raw

OWN = ("Cost", "Start", "When", "Share", "On")
HEADERS = Headers(CompanySettings("Northwind", custom_fields=tuple(map(CustomField, OWN))))


def outcome(tmp_path: Path, data: bytes, limits: ReadingLimits | None = None) -> Reading | Unreadable:
    path = tmp_path / "book.xlsx"
    path.write_bytes(data)
    return decode(orjson.loads(read_in_child(str(path), HEADERS, limits or ReadingLimits())))


def reading(tmp_path: Path, data: bytes) -> Reading:
    found = outcome(tmp_path, data)
    assert isinstance(found, Reading), found
    return found


def refusal(tmp_path: Path, data: bytes, limits: ReadingLimits | None = None) -> str:
    found = outcome(tmp_path, data, limits)
    assert isinstance(found, Unreadable), found
    assert found.reason
    return found.code


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def one_cell(tmp_path: Path, cell: str, strings: str | None = None) -> SheetRow:
    """The row with one cell in B2 beside an address."""
    data = raw.sheet(raw.rows(("Email", "Title")) + f'<row r="2">{raw.inline("A2", "a@b.example")}{cell}</row>')
    return reading(tmp_path, raw.workbook(data, strings)).rows[0]


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


def test_of_a_column_that_means_nothing_only_is_kept_that_something_stands_there(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    for row in (["Email", "Notes"], ["ann@b.example", " a long story"], ["", "alone"], ["bob@b.example", "  "]):
        sheet.append(row)
    assert [row.cells for row in reading(tmp_path, saved(book)).rows][:3] == [
        ["ann@b.example", "a"], ["", "a"], ["bob@b.example", ""]
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ('<c r="B2"><v>1234.0</v></c>', "1234"),
        ('<c r="B2" s="1"><v>7</v></c>', "0007"),
        ('<c r="B2" s="2"><v>45292</v></c>', "2024-01-01"),
        ('<c r="B2" s="99"><v>5</v></c>', "5"),
        ('<c r="B2" t="b"><v>0</v></c>', "FALSE"),
        ('<c r="B2" t="d"><v>2024-01-01</v></c>', "2024-01-01"),
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


def test_hidden_rows_and_columns_count_and_are_told(tmp_path: Path) -> None:
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    body = (
        raw.rows(("Email", "Title"), ("a@b.example", "AE"))
        + f'<row r="3" hidden="true">{raw.inline("A3", "c@d.example")}</row>'
    )
    found = reading(tmp_path, raw.workbook(raw.sheet(body, before=columns)))
    assert found.hidden_rows == [3] and len(found.rows) == 2
    assert [column.hidden for column in found.columns] == [False, True]


def test_the_first_visible_sheet_with_an_email_header_counts(tmp_path: Path) -> None:
    good = raw.sheet(raw.rows(("Email",), ("a@b.example",)))
    content = raw.parts(good, states=("hidden", "visible", "visible"))
    content["xl/worksheets/sheet2.xml"] = raw.sheet(raw.rows(("Instructions",)))
    assert reading(tmp_path, raw.zipped(content)).sheet == "S3"


def test_blank_rows_are_skipped_and_blank_means_space_too(tmp_path: Path) -> None:
    body = raw.rows(("Email", "Title"), ("a@b.example", ""), ("  ", "\u00a0"), ("c@d.example", ""))
    assert [row.number for row in reading(tmp_path, raw.workbook(raw.sheet(body))).rows] == [2, 4]


def test_a_cell_in_the_last_column_costs_nothing(tmp_path: Path) -> None:
    body = raw.rows(("Email",), ("a@b.example",)) + f'<row r="40">{raw.inline("XFD40", "far")}</row>'
    found = reading(tmp_path, raw.workbook(raw.sheet(body)))
    assert [row.number for row in found.rows] == [2, 40]
    assert (found.unnamed_columns, found.place.errors_column) == ([16383], 1)


def test_the_errors_column_goes_right_of_all_that_is_used_or_where_it_was(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:F1"/></mergeCells>'
    place = reading(
        tmp_path, raw.workbook(raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "")), behind=merged))
    ).place
    assert (place.errors_column, place.header_column, place.replaces) == (6, 1, False)
    earlier = raw.sheet(raw.rows(("Email", "Errors", "Title"), ("a@b.example", "x", "")))
    place = reading(tmp_path, raw.workbook(earlier)).place
    assert (place.errors_column, place.header_column, place.replaces) == (1, 2, True)


@pytest.mark.parametrize(
    ("sheet", "code"),
    [
        (raw.sheet(""), "empty"),
        (raw.sheet(raw.rows(("Email", "Title"))), "empty"),
        (raw.sheet(raw.rows(("Name",), ("Ann",))), "email_column_missing"),
        (raw.sheet(f'<row r="21">{raw.inline("A21", "Email")}</row>'), "email_column_missing"),
        (raw.sheet("<row><c><v>1</c></row>"), "corrupt"),
        (raw.sheet('<row><c r="XFE1"><v>1</v></c></row>'), "corrupt"),
        (raw.sheet('<row r="1048577"><c><v>1</v></c></row>'), "corrupt"),
        (raw.sheet('<row><c t="s"><v>5</v></c></row>'), "corrupt"),
        (raw.sheet('<row><c t="s"><v>-1</v></c></row>'), "corrupt"),
        ("<!DOCTYPE worksheet [<!ENTITY a 'b'>]>" + raw.sheet(raw.rows(("&a;",))), "corrupt"),
    ],
)
def test_what_can_not_be_judged_row_by_row_has_a_code(tmp_path: Path, sheet: str, code: str) -> None:
    assert refusal(tmp_path, raw.workbook(sheet)) == code


def test_more_rows_than_allowed(tmp_path: Path) -> None:
    data = raw.workbook(raw.sheet(raw.rows(("Email",), *[("a@b.example",)] * 3)))
    assert refusal(tmp_path, data, ReadingLimits(rows=2)) == "too_many_rows"
    assert isinstance(outcome(tmp_path, data, ReadingLimits(rows=3)), Reading)


def test_a_lying_count_of_texts_is_not_believed(tmp_path: Path) -> None:
    strings = raw.shared("<t>AE</t>", count=4_000)
    assert one_cell(tmp_path, '<c r="B2" t="s"><v>0</v></c>', strings).cells[1] == "AE"


def test_missing_parts_are_corrupt(tmp_path: Path) -> None:
    content = raw.parts(raw.sheet(""))
    for name in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        assert refusal(tmp_path, raw.zipped({key: value for key, value in content.items() if key != name})) == "corrupt"


@pytest.mark.parametrize(("index", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (16383, "XFD")])
def test_columns_have_letters(index: int, name: str) -> None:
    assert letter(index) == name
