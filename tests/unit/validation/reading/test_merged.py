"""Merged cells: each of them has the value that is seen."""

from pathlib import Path

from services.validation.domain.validation.workbook import Cases, Reading
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import reading


def merged(tmp_path: Path, *rows: tuple[str, ...], areas: tuple[str, ...]) -> Reading:
    told = "".join(f'<mergeCell ref="{area}"/>' for area in areas)
    return reading(tmp_path, raw.workbook(raw.sheet(raw.rows(*rows), behind=f"<mergeCells>{told}</mergeCells>")))


HEAD = ("Email", "Title", "Region", "Notes")


def test_a_value_merged_over_rows_is_that_of_each_of_them(tmp_path: Path) -> None:
    rows = (("a@x.example", "AE", "EMEA"), ("b@x.example", "", ""), ("c@x.example", "", ""), ("d@x.example", "", ""))
    found = merged(tmp_path, HEAD, *rows, areas=("B2:B4", "$c$3:c4"))
    assert [row.cells[:3] for row in found.rows] == [
        ["a@x.example", "AE", "EMEA"],
        ["b@x.example", "AE", ""],
        ["c@x.example", "AE", ""],
        ["d@x.example", "", ""],
    ]
    assert found.merged == Cases([3, 4], [1])


def test_a_value_merged_over_columns_is_that_of_each_of_them(tmp_path: Path) -> None:
    found = merged(tmp_path, HEAD, ("a@x.example", "AE", ""), areas=("B2:D2",))
    assert [row.cells for row in found.rows] == [["a@x.example", "AE", "AE", ""]]
    assert found.merged == Cases([2], [2])


def test_what_is_hidden_under_a_merge_does_not_count(tmp_path: Path) -> None:
    found = merged(tmp_path, HEAD, ("a@x.example", "AE"), ("b@x.example", "old"), ("", "older"), areas=("B2:B4",))
    assert [row.cells[:2] for row in found.rows] == [["a@x.example", "AE"], ["b@x.example", "AE"]]


def test_a_row_that_holds_nothing_of_its_own_is_no_row(tmp_path: Path) -> None:
    """A person over two lines is one person."""
    rows = (("a@x.example", "AE"), ("", "", "", "a note"), ("b@x.example", "CFO"), ("", ""))
    found = merged(tmp_path, HEAD, *rows, areas=("A2:A3", "B2:B3", "A4:A5", "B4:B5"))
    assert [(row.number, row.cells[:2]) for row in found.rows] == [
        (2, ["a@x.example", "AE"]),
        (4, ["b@x.example", "CFO"]),
    ]


def test_an_error_that_is_merged_is_an_error_in_each_row(tmp_path: Path) -> None:
    body = raw.rows(("Email", "Title")) + (
        f'<row r="2">{raw.inline("A2", "a@x.example")}<c r="B2" t="e"><v>#N/A</v></c></row>'
        f'<row r="3">{raw.inline("A3", "b@x.example")}</row>'
    )
    behind = '<mergeCells><mergeCell ref="B2:B3"/></mergeCells>'
    assert [row.faults for row in reading(tmp_path, raw.workbook(raw.sheet(body, behind=behind))).rows] == [
        {1: "#N/A"},
        {1: "#N/A"},
    ]


def test_an_area_that_begins_blank_stays_blank(tmp_path: Path) -> None:
    found = merged(tmp_path, HEAD, ("a@x.example", ""), ("b@x.example", "AE"), areas=("B2:B3",))
    assert [row.cells[1] for row in found.rows] == ["", ""] and found.merged == Cases([], [])


def test_a_title_over_the_list_changes_nothing(tmp_path: Path) -> None:
    found = merged(tmp_path, ("Spring intake",), HEAD, ("a@x.example", "AE"), areas=("A1:D1",))
    assert (found.header_row, found.merged) == (2, Cases([], []))


def test_a_header_over_two_lines(tmp_path: Path) -> None:
    """Email is merged over both, the name is one word above and two below."""
    rows = (("Email", "Name", "", "Title"), ("", "First Name", "Last Name", ""), ("a@x.example", "Ann", "Lee", "AE"))
    found = merged(tmp_path, *rows, areas=("A1:A2", "B1:C1", "D1:D2"))
    assert found.header_row == 2
    assert [column.header for column in found.columns] == ["Email", "First Name", "Last Name", "Title"]
    assert [(row.number, row.cells) for row in found.rows] == [(3, ["a@x.example", "Ann", "Lee", "AE"])]


def test_a_header_that_is_higher_than_one_line_does_not_reach_into_the_rows(tmp_path: Path) -> None:
    found = merged(tmp_path, ("Email", "Title"), ("", ""), ("a@x.example", "AE"), areas=("A1:A2", "B1:B2"))
    assert [(row.number, row.cells) for row in found.rows] == [(3, ["a@x.example", "AE"])]


def test_of_two_areas_that_overlap_the_upper_one_counts(tmp_path: Path) -> None:
    rows = (("a@x.example", "AE", ""), ("b@x.example", "CFO", "EMEA"), ("c@x.example", "", ""))
    found = merged(tmp_path, HEAD, *rows, areas=("B3:C4", "B2:B3", "C2:C3"))
    assert [row.cells[1:3] for row in found.rows] == [["AE", ""], ["AE", ""], ["", ""]]


def test_what_ended_above_makes_room_for_what_is_wider(tmp_path: Path) -> None:
    rows = (("a@x.example", "AE", "EMEA"), ("b@x.example", "", ""), ("c@x.example", "CFO", ""), ("d@x.example", "", ""))
    found = merged(tmp_path, HEAD, *rows, areas=("B2:B3", "C2:C3", "B4:C5", "D6:D7"))
    assert [row.cells[1:3] for row in found.rows] == [["AE", "EMEA"], ["AE", "EMEA"], ["CFO", "CFO"], ["CFO", "CFO"]]


def test_thousands_of_areas_are_told_in_time(tmp_path: Path) -> None:
    people = [(f"a{n}@x.example", f"T{n}" if n % 2 == 0 else "") for n in range(4_000)]
    found = merged(tmp_path, HEAD, *people, areas=tuple(f"B{n}:B{n + 1}" for n in range(2, 4_002, 2)))
    assert [row.cells[1] for row in found.rows] == [f"T{n - n % 2}" for n in range(4_000)]
