"""Rows as the admin sees them, from what different programs write."""

import io
from datetime import date, datetime
from pathlib import Path

import openpyxl
import orjson
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from services.validation.domain.validation.workbook import (
    Cases,
    OtherSheet,
    Reading,
    ReadingLimits,
    SheetRow,
    Unreadable,
)
from services.validation.formats.reading.read import decode, read_in_child
from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField
from shared.workbooks.cells import column_letter
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


def with_cell(cell: str) -> str:
    """A sheet with one cell in B2 beside an address."""
    return raw.sheet(raw.rows(("Email", "Title")) + f'<row r="2">{raw.inline("A2", "a@b.example")}{cell}</row>')


DATE_AND_TIME = "".join(f'<xf numFmtId="{number}" fontId="0" fillId="0" borderId="0" xfId="0"/>' for number in (15, 18))


def one_cell(tmp_path: Path, cell: str, strings: str | None = None) -> SheetRow:
    """Its row; two more styles, 3 and 4, show a date and a time."""
    content = raw.parts(with_cell(cell), strings)
    content["xl/styles.xml"] = raw.STYLES.replace("</cellXfs>", f"{DATE_AND_TIME}</cellXfs>")
    return reading(tmp_path, raw.zipped(content)).rows[0]


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


def test_hidden_rows_and_columns_count_and_are_told(tmp_path: Path) -> None:
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    body = (
        raw.rows(("Email", "Title"), ("a@b.example", "AE"))
        + f'<row r="3" hidden="true">{raw.inline("A3", "c@d.example")}</row>'
    )
    found = reading(tmp_path, raw.workbook(raw.sheet(body, before=columns)))
    assert found.hidden_rows == [3] and len(found.rows) == 2
    assert [column.hidden for column in found.columns] == [False, True]


STRICT = "http://purl.oclc.org/ooxml/spreadsheetml/main"


@pytest.mark.parametrize("main", [raw.MAIN, STRICT])
def test_an_element_is_known_by_its_namespace_whatever_its_prefix(tmp_path: Path, main: str) -> None:
    data = (
        f'<x:worksheet xmlns:x="{main}" xmlns="{main}" xmlns:o="urn:other"><sheetData><x:row r="1">'
        '<c r="A1" t="inlineStr"><is><t>Email</t></is></c><x:c r="B1" t="inlineStr"><x:is><t>Title</t></x:is></x:c>'
        f'</x:row><row r="2"><y:c xmlns:y="{main}" r="A2" t="inlineStr"><y:is><t>a@b.example</t></y:is></y:c>'
        '<o:c r="B2" t="inlineStr"><o:is><o:t>no cell</o:t></o:is></o:c>'
        '<c r="B2" t="s"><x:v>0</x:v></c></row></sheetData></x:worksheet>'
    )
    strings = f'<s:sst xmlns:s="{main}" xmlns:o="urn:other"><s:si><t xmlns="{main}">AE</t><o:t>!</o:t></s:si></s:sst>'
    assert [row.cells for row in reading(tmp_path, raw.workbook(data, strings)).rows] == [["a@b.example", "AE"]]


def test_a_strict_workbook_is_read(tmp_path: Path) -> None:
    links = "http://purl.oclc.org/ooxml/officeDocument/relationships"
    content = raw.parts(raw.sheet(raw.rows(("Email",), ("a@b.example",))))
    strict = {
        name: text.replace(raw.MAIN, STRICT).replace(raw.LINKS, links)
        for name, text in content.items()
        if isinstance(text, str)
    }
    assert len(reading(tmp_path, raw.zipped(strict)).rows) == 1


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


def test_what_is_for_readers_of_an_extension_is_not_read(tmp_path: Path) -> None:
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"

    def either(theirs: str, ours: str) -> str:
        return (
            f'<mc:AlternateContent xmlns:mc="{mc}"><mc:Choice Requires="h">{theirs}</mc:Choice>'
            f"<mc:Fallback>{ours}</mc:Fallback></mc:AlternateContent>"
        )

    cell = either(raw.inline("B2", "theirs"), '<c r="B2" s="2"><v>7</v></c>')
    header, row = raw.inline("A1", "Email") + raw.inline("B1", "Title"), raw.inline("A2", "a@b.example")
    content = raw.parts(raw.sheet(f'<row r="1">{header}</row><row r="2">{row}{cell}</row>'))
    first = '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    content["xl/styles.xml"] = raw.STYLES.replace(f'<cellXfs count="3">{first}', f"<cellXfs>{either(first, first)}")
    assert [row.cells for row in reading(tmp_path, raw.zipped(content)).rows] == [["a@b.example", "1900-01-07"]]


@pytest.mark.parametrize("place", ["b2", "$B$2", "$b2", " B2"])
def test_references_in_lower_case_or_with_dollars(tmp_path: Path, place: str) -> None:
    assert one_cell(tmp_path, raw.inline(place, "AE")).cells[1] == "AE"


def test_a_row_that_says_no_number_stands_where_its_cells_do(tmp_path: Path) -> None:
    body = f"<row>{raw.inline('A3', 'Email')}</row><row>{raw.inline('a5', 'a@b.example')}</row>"
    found = reading(tmp_path, raw.workbook(raw.sheet(body)))
    assert (found.header_row, [row.number for row in found.rows]) == (3, [5])


def test_rows_in_another_order_come_in_the_sheet_s(tmp_path: Path) -> None:
    body = raw.rows(("Email",)) + "".join(
        f'<row r="{n}">{raw.inline(f"A{n}", f"a{n}@b.example")}</row>' for n in (9, 7)
    )
    assert [row.number for row in reading(tmp_path, raw.workbook(raw.sheet(body))).rows] == [7, 9]


@pytest.mark.parametrize("merge", ["9:9", "6:7", "C:C", "B2:XFE3", "a$1:$b$1", "B2", "", "nonsense", "B3:A2", "A0:B0"])
def test_a_merge_that_says_more_than_a_sheet_has_refuses_nothing(tmp_path: Path, merge: str) -> None:
    behind = f'<mergeCells><mergeCell ref="{merge}"/><mergeCell/></mergeCells>'
    data = raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "AE")), behind=behind)
    found = reading(tmp_path, raw.workbook(data))
    assert [row.cells for row in found.rows] == [["a@b.example", "AE"]] and found.target.errors_column is not None


@pytest.mark.parametrize("column", ['min="2" max="16385"', 'min="0" max="2"', 'min="2" max="99999999"'])
def test_a_hidden_column_that_says_more_than_a_sheet_has(tmp_path: Path, column: str) -> None:
    data = raw.sheet(
        raw.rows(("Email", "Title"), ("a@b.example", "")), before=f'<cols><col {column} hidden="1"/></cols>'
    )
    assert reading(tmp_path, raw.workbook(data)).columns[1].hidden


@pytest.mark.parametrize("column", ["", 'min="2"', 'min="b" max="c" hidden="1"', 'min="2" max="2" width=""'])
def test_a_column_that_says_nothing_is_not_hidden(tmp_path: Path, column: str) -> None:
    data = raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "")), before=f"<cols><col {column}/></cols>")
    assert not reading(tmp_path, raw.workbook(data)).columns[1].hidden


def test_rows_without_anything_say_nothing_of_their_neighbours(tmp_path: Path) -> None:
    people = [f"<row>{raw.inline('A', 'a@b.example')}</row>", f"<row hidden='1'>{raw.inline('A', 'c@d.example')}</row>"]
    blank = ["<row/>", '<row hidden="1"/>', '<row r="20" hidden="1"><c r="A20"/></row>', "<row></row>"]
    body = raw.rows(("Email",)) + blank[0] + people[0] + blank[1] + people[0] + people[1] + blank[3] + people[0]
    found = reading(tmp_path, raw.workbook(raw.sheet(body + blank[2] + people[0] + blank[3])))
    assert [row.number for row in found.rows] == [3, 5, 6, 8, 21]
    assert found.hidden_rows == [6]


@pytest.mark.parametrize(
    ("before", "row", "hidden"),
    [
        ("", 'ht="0"', True),
        ("", 'ht="0.0" customHeight="1"', True),
        ("", 'customHeight="1"', True),
        ("", 'customHeight="1" ht="15"', False),
        ("", 'hidden="0"', False),
        ('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>', "", True),
        ('<sheetFormatPr defaultRowHeight="15" zeroHeight="true"/>', 'ht="15"', False),
        ('<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>', 'hidden="0"', False),
        ('<sheetFormatPr defaultRowHeight="0"/>', "", True),
        ('<sheetFormatPr defaultRowHeight="15"/>', "", False),
    ],
)
def test_a_row_without_height_is_hidden(tmp_path: Path, before: str, row: str, hidden: bool) -> None:
    body = raw.rows(("Email",)) + f'<row r=" 2 " {row}>{raw.inline("A2", "a@b.example")}</row>'
    assert reading(tmp_path, raw.workbook(raw.sheet(body, before))).hidden_rows == ([2] if hidden else [])


@pytest.mark.parametrize(
    ("before", "hidden"),
    [
        ('<cols><col min="2" max="2" width="0"/></cols>', [False, True]),
        ('<cols><col min="2" max="2" width="0.0" customWidth="1"/></cols>', [False, True]),
        ('<sheetFormatPr defaultRowHeight="15" defaultColWidth="0"/>', [True, True]),
        (
            '<sheetFormatPr defaultColWidth="0.0"/><cols><col min="1" max="1" width="9"/></cols>',
            [False, True],
        ),
    ],
)
def test_a_column_without_width_is_hidden(tmp_path: Path, before: str, hidden: list[bool]) -> None:
    found = reading(tmp_path, raw.workbook(raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "")), before)))
    assert [column.hidden for column in found.columns] == hidden


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


def test_the_first_visible_sheet_with_an_email_header_and_rows_counts(tmp_path: Path) -> None:
    people = raw.rows(("Email",), ("a@b.example",), ("c@d.example",))
    content = raw.parts(raw.sheet(people), states=("hidden", "visible", "visible", "visible", "visible", "veryHidden"))
    content["xl/worksheets/sheet2.xml"] = raw.sheet(
        raw.rows(("Email", "Title"), ("", "Instructions")).replace("Title", "?")
    )
    content["xl/worksheets/sheet4.xml"] = raw.sheet(raw.rows(("Notes",), ("x@y.example",)))
    content["xl/worksheets/sheet5.xml"] = raw.sheet(people) + "broken"
    found = reading(tmp_path, raw.zipped(content))
    assert (found.sheet, len(found.rows), found.others) == ("S3", 2, [])


def test_the_other_sheets_that_could_have_counted_are_told_with_their_rows(tmp_path: Path) -> None:
    content = raw.parts(raw.sheet(raw.rows(("Email",), ("a@b.example",))), states=("visible",) * 3)
    content["xl/worksheets/sheet2.xml"] = raw.sheet(
        raw.rows(("Email", "?"), ("", "x"), ("c@d.example", ""), ("e@f.x", ""))
    )
    content["xl/worksheets/sheet3.xml"] = raw.sheet(raw.rows(("Email",)))
    found = reading(tmp_path, raw.zipped(content))
    assert (found.sheet, found.others) == ("S1", [OtherSheet("S2", 2)])


def test_where_no_column_is_the_email_the_likeliest_header_is_told(tmp_path: Path) -> None:
    body = raw.rows(("Liste", "", "x"), ("Vorname", "Kontakt"), ("Ann", "a@b.example"), ("", "c@d.example"))
    found = outcome(tmp_path, raw.workbook(raw.sheet(body)))
    assert isinstance(found, Unreadable) and found.header is not None
    assert (found.code, found.header.sheet, found.header.row) == ("email_column_missing", "S1", 2)
    assert [(column.header, column.values) for column in found.header.columns] == [
        ("Vorname", ["Ann"]),
        ("Kontakt", ["a@b.example", "c@d.example"]),
    ]


def test_a_sheet_in_another_language_counts_where_none_surely_has_addresses(tmp_path: Path) -> None:
    content = raw.parts(raw.sheet(raw.rows(("Courriel",), ("a@b.example",))), states=("visible",) * 2)
    content["xl/worksheets/sheet2.xml"] = raw.sheet(raw.rows(("Email",), ("c@d.example",)))
    found = reading(tmp_path, raw.zipped(content))
    assert (found.sheet, found.others) == ("S2", [])
    content["xl/worksheets/sheet2.xml"] = raw.sheet(raw.rows(("E-mailadres",), ("c@d.example",)))
    found = reading(tmp_path, raw.zipped(content))
    assert (found.sheet, found.others) == ("S1", [OtherSheet("S2", 1)])


def test_some_values_of_each_column_are_kept_also_of_one_that_means_nothing(tmp_path: Path) -> None:
    people = [(f"p{n}@b.example", f"note {n % 2}", "x" * 500) for n in range(30)]
    found = reading(tmp_path, raw.workbook(raw.sheet(raw.rows(("Email", "Note", "Long"), *people))))
    assert [len(column.values) for column in found.columns] == [20, 2, 1]
    assert (found.columns[0].values[0], found.columns[2].values) == ("p0@b.example", ["x" * 120])


def test_blank_rows_are_skipped_and_blank_means_space_too(tmp_path: Path) -> None:
    body = raw.rows(("Email", "Title"), ("a@b.example", ""), ("  ", "\u00a0"), ("c@d.example", ""))
    assert [row.number for row in reading(tmp_path, raw.workbook(raw.sheet(body))).rows] == [2, 4]


def test_a_cell_in_the_last_column_costs_nothing(tmp_path: Path) -> None:
    body = raw.rows(("Email",), ("a@b.example",)) + f'<row r="40">{raw.inline("XFD40", "far")}</row>'
    found = reading(tmp_path, raw.workbook(raw.sheet(body)))
    assert [row.number for row in found.rows] == [2]
    assert (found.unnamed_columns, found.target.errors_column) == ([16383], 1)


def test_the_errors_column_goes_right_of_all_that_is_used_or_where_it_was(tmp_path: Path) -> None:
    merged = '<mergeCells count="1"><mergeCell ref="A1:F1"/></mergeCells>'
    target = reading(
        tmp_path, raw.workbook(raw.sheet(raw.rows(("Email", "Title"), ("a@b.example", "")), behind=merged))
    ).target
    assert (target.errors_column, target.header_column, target.replaces) == (6, 1, False)
    earlier = raw.sheet(raw.rows(("Email", "Errors", "Title"), ("a@b.example", "x", "")))
    target = reading(tmp_path, raw.workbook(earlier)).target
    assert (target.errors_column, target.header_column, target.replaces) == (1, 2, True)


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
    assert column_letter(index) == name
