"""Which cells are marked, with the very words of the page."""

from services.validation.domain.validation.directory_facts import Known, Licenses
from services.validation.domain.validation.judgement import judge
from services.validation.domain.validation.sheet import prepare
from services.validation.domain.validation.workbook import Reading
from services.validation.formats.annotating import Mark
from services.validation.formats.annotating.annotations import Marks
from shared.people.columns import Headers
from shared.people.rules import Rules
from tests.unit.validation.sheets import COMPANY, address, known, new, reading, user


def marked(read: Reading, directory: Known) -> list[Mark]:
    rules = Rules(COMPANY)
    sheet = prepare(read, Headers(COMPANY), rules)
    marks = Marks(sheet, read.columns)
    return marks.of(judge(sheet, rules, directory, marks.add))


def test_each_error_marks_its_own_column() -> None:
    marks = marked(reading(new("ann", "x" * 151, "Mars"), new("bob")), known())
    assert [(mark.row, mark.column) for mark in marks] == [(2, 4), (2, 5)]
    assert "at most 150 characters" in marks[0].message


def test_an_error_about_a_column_that_the_sheet_lacks_marks_the_row() -> None:
    marks = marked(reading([address("ann"), "Ann", "Lee"], head=("Email", "First Name", "Last Name")), known())
    assert [(mark.row, mark.column, mark.whole_row) for mark in marks] == [(2, 0, True)]
    assert marks[0].message.startswith("A new user needs a functional area")


def test_too_few_licenses_mark_the_rows_of_the_new_users() -> None:
    read = reading(new("ann"), [address("boss"), "", "", "", "CEO"], new("bob"), new("cyd", "x" * 151))
    marks = marked(read, known(user("boss"), licenses=Licenses(4, 3)))
    assert [(mark.row, mark.column, mark.whole_row) for mark in marks] == [(2, 0, True), (4, 0, True), (5, 4, False)]
    assert marks[0].message.startswith("The file needs 2 licenses and 1 is available.")
