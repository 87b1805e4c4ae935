"""Which sheet counts, and what of it is kept; what refuses a file."""

from pathlib import Path

import pytest

from services.validation.domain.validation.workbook import (
    OtherSheet,
    Reading,
    ReadingLimits,
    Unreadable,
)
from shared.workbooks.cells import column_letter
from tests.unit.validation import raw_workbooks as raw
from tests.unit.validation.reading.read_workbooks import one_cell, outcome, reading, refusal


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
