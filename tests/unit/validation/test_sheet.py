"""Which columns count, which rows count, and what is said about the rest."""

from dataclasses import replace

import pytest

from services.validation.domain.validation.sheet import prepare
from services.validation.domain.validation.workbook import Cases, OtherSheet
from shared.people.columns import ColumnMapping, Headers
from shared.people.rules import Rules
from tests.unit.validation.sheets import COMPANY, codes, judged, new, prepared, reading


def test_each_unknown_column_has_a_warning_that_names_it() -> None:
    sheet = prepared(reading(new("ann"), head=("Email", "First Name", "Last Name", "Department", "Start Date", "Shoe")))
    assert [(w.code, w.columns) for w in sheet.warnings] == [
        ("unknown_column", ("Start Date",)),
        ("unknown_column", ("Shoe",)),
    ]
    assert "“Start Date”" in sheet.warnings[0].message
    assert sheet.layout.errors == ()


def test_a_header_s_control_characters_are_not_repeated_since_no_database_takes_a_nul() -> None:
    head = ("Email", "First Name", "Last Name", "Functional Area", "No\x00te\u202e")
    [warning] = prepared(reading([*new("ann"), "x"], head=head)).warnings
    assert warning.columns == ("Note",) and "“Note”" in warning.message


def test_usher_s_own_errors_column_is_ignored_without_a_word() -> None:
    head = ("Email", "First Name", "Last Name", "Functional Area", "Errors")
    assert prepared(reading([*new("ann"), ""], head=head)).warnings == ()


@pytest.mark.parametrize("other", ["E-mail", "EMAIL *", "email_address"])
def test_two_columns_that_mean_the_same_are_an_error_that_names_both(other: str) -> None:
    [error] = prepared(reading(["a@x.example", "b@x.example"], head=("Email", other))).layout.errors
    assert (error.code, error.columns) == ("duplicate_column", ("Email", other))
    assert "“Email”" in error.message and "both mean Email" in error.message


def test_two_columns_of_one_custom_field_are_an_error_too() -> None:
    [error] = prepared(reading(["a@x.example"], head=("Email", "Cost Center", "cost_center"))).layout.errors
    assert "mean Cost Center" in error.message


def test_two_unknown_columns_of_one_name_are_no_error() -> None:
    sheet = prepared(reading(["a@x.example"], head=("Email", "Note", "Note")))
    assert sheet.layout.errors == () and len(sheet.warnings) == 2


def test_hidden_rows_and_columns_count_with_a_warning() -> None:
    sheet = prepared(reading(new("ann"), new("bob"), hidden_rows=[3], hidden_columns=[1]))
    [warning] = sheet.warnings
    assert (warning.code, warning.rows, warning.columns) == ("hidden_rows", (3,), ("First Name",))
    assert "1 hidden row and 1 hidden column" in warning.message
    assert len(sheet.entries) == 2


def test_a_hidden_column_that_does_not_count_is_not_warned_about() -> None:
    sheet = prepared(reading(["a@x.example"], head=("Email", "Errors"), hidden_columns=[1]))
    assert sheet.warnings == ()


def test_other_sheets_with_people_have_a_warning_that_names_them_with_their_rows() -> None:
    read = replace(reading(new("ann")), others=[OtherSheet("Spring", 12), OtherSheet("Old", 1)])
    [warning] = prepared(read).warnings
    assert (warning.code, warning.sheet) == ("other_sheets", "People")
    assert "“Spring” (12 rows) and “Old” (1 row)" in warning.message


def test_merged_values_have_a_warning_that_says_where() -> None:
    rows = range(2, 302)
    [warning] = prepared(replace(reading(new("ann")), merged=Cases(rows, [5]))).warnings
    assert (warning.code, warning.rows, warning.columns) == ("merged_value", tuple(rows[:100]), ("Region",))
    assert warning.message.startswith("In 300 rows there are values from merged cells, in Region")


def test_lost_digits_have_a_warning_that_says_where() -> None:
    [warning] = prepared(replace(reading(new("ann")), digits_lost=Cases([2], [7]))).warnings
    assert (warning.code, warning.rows, warning.columns) == ("digits_lost", (2,), ("Cost Center",))
    assert warning.message.startswith("In 1 row there are numbers of 16 digits or more, in Cost Center")


def test_values_without_a_header_are_warned_about_by_their_letters() -> None:
    sheet = prepared(reading(new("ann"), unnamed=[11, 27]))
    assert [(w.code, w.columns) for w in sheet.warnings] == [("unknown_column", ("L", "AB"))]


def test_a_thousand_unknown_columns_make_no_thousand_warnings() -> None:
    sheet = prepared(reading(["a@x.example"], head=("Email", *(f"Extra {n}" for n in range(999)))))
    assert len(sheet.warnings) == 51 and sheet.warnings[-1].message.startswith("949 more columns")


def test_what_the_directory_is_asked_about() -> None:
    rows = [
        [*new("Ann"), "", "", "bob@northwind.example"],
        new("bob"),
        [*new("cyd"), "", "", "Zoe@Northwind.example"],
    ]
    sheet = prepared(reading(*rows))
    local = {key.partition("@")[0] for key in sheet.asked_about()}
    assert local == {"ann", "bob", "cyd", "zoe"}
    assert sheet.managers_elsewhere() == {"zoe@northwind.example"}


NAMED = ("Email", "Full Name", "Department")


def test_a_full_name_is_two_fields() -> None:
    found = judged(reading(["ann@x.example", "Ann Maria Lee", "Sales"], head=NAMED))
    assert (found.rows[0].outcome, found.rows[0].values["first_name"], found.rows[0].values["last_name"]) == (
        "invite",
        "Ann Maria",
        "Lee",
    )


def test_a_full_name_of_one_word_lacks_a_last_name() -> None:
    found = judged(reading(["ann@x.example", "Ann", "Sales"], head=NAMED))
    assert codes(found.rows[0]) == ["last_name_required"]


def test_a_column_of_its_own_goes_before_the_full_name_and_that_fills_what_it_leaves_blank() -> None:
    head = ("Email", "Full Name", "Department", "Last Name")
    rows = ["ann@x.example", "Ann Lee", "Sales", "de Wit"], ["bo@x.example", "Bo Berg", "Sales"]
    found = judged(reading(*rows, head=head))
    assert [(row.values["first_name"], row.values["last_name"]) for row in found.rows] == [
        ("Ann", "de Wit"),
        ("Bo", "Berg"),
    ]


def test_a_faulty_full_name_is_wrong_in_both_fields() -> None:
    found = judged(reading(["ann@x.example", "", "Sales"], head=NAMED, faults={2: {1: "#N/A"}}))
    assert [(error.code, error.column) for error in found.rows[0].errors] == [
        ("cell_error", "First Name"),
        ("cell_error", "Last Name"),
    ]


def test_what_was_remembered_of_a_column_is_said() -> None:
    mapping = ColumnMapping(remembered={"Kontakt": "Email", "Notiz": None, "Gone": "No Such Field"})
    read = reading(["ann@x.example", "x", "y"], head=("Kontakt", "Notiz", "Gone"))
    sheet = prepare(read, Headers(COMPANY, mapping), Rules(COMPANY))
    assert [(w.code, w.columns) for w in sheet.warnings] == [
        ("unknown_column", ("Gone",)),
        ("column_mapped", ("Kontakt",)),
        ("column_mapped", ("Notiz",)),
    ]


def test_what_was_chosen_needs_no_warning() -> None:
    mapping = ColumnMapping(chosen={"Kontakt": "Email", "Notiz": None})
    sheet = prepare(reading(["ann@x.example"], head=("Kontakt", "Notiz")), Headers(COMPANY, mapping), Rules(COMPANY))
    assert (sheet.warnings, sheet.layout.positions) == ((), {"email": 0})
