"""Workbooks of other programs: prefixes, the strict form, extensions, references in any spelling, rows in any order."""

from pathlib import Path

import pytest

from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import one_cell, reading

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
