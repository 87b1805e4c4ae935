"""What a workbook hides counts, and is told."""

from pathlib import Path

import pytest

from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import reading


def test_hidden_rows_and_columns_count_and_are_told(tmp_path: Path) -> None:
    columns = '<cols><col min="2" max="3" hidden="1"/></cols>'
    body = (
        raw.rows(("Email", "Title"), ("a@b.example", "AE"))
        + f'<row r="3" hidden="true">{raw.inline("A3", "c@d.example")}</row>'
    )
    found = reading(tmp_path, raw.workbook(raw.sheet(body, before=columns)))
    assert found.hidden_rows == [3] and len(found.rows) == 2
    assert [column.hidden for column in found.columns] == [False, True]


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
