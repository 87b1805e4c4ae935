"""Which cells are marked, with the very words of the page."""

from services.validation.domain.validation.directory_facts import DirectoryFacts, Licenses
from services.validation.domain.validation.judgement import judge
from services.validation.domain.validation.sheet import prepare
from services.validation.domain.validation.workbook import Reading
from services.validation.formats.annotating import Annotation
from services.validation.formats.annotating.annotations import AnnotationCollector
from shared.people.columns import Headers
from shared.people.rules import Rules
from tests.unit.validation.sheets import COMPANY, address, facts, new, reading, user


def marked(read: Reading, directory: DirectoryFacts) -> list[Annotation]:
    rules = Rules(COMPANY)
    sheet = prepare(read, Headers(COMPANY), rules)
    annotations = AnnotationCollector(sheet, read.columns)
    return annotations.of(judge(sheet, rules, directory, annotations.add))


def test_each_error_marks_its_own_column() -> None:
    annotations = marked(reading(new("ann", "x" * 151, "Mars"), new("bob")), facts())
    assert [(mark.row, mark.column) for mark in annotations] == [(2, 4), (2, 5)]
    assert "at most 150 characters" in annotations[0].message


def test_an_error_about_a_column_that_the_sheet_lacks_marks_the_row() -> None:
    annotations = marked(reading([address("ann"), "Ann", "Lee"], head=("Email", "First Name", "Last Name")), facts())
    assert [(mark.row, mark.column, mark.whole_row) for mark in annotations] == [(2, 0, True)]
    assert annotations[0].message.startswith("A new user needs a functional area")


def test_too_few_licenses_mark_the_rows_of_the_new_users() -> None:
    read = reading(new("ann"), [address("boss"), "", "", "", "CEO"], new("bob"), new("cyd", "x" * 151))
    annotations = marked(read, facts(user("boss"), licenses=Licenses(4, 3)))
    assert [(mark.row, mark.column, mark.whole_row) for mark in annotations] == [
        (2, 0, True),
        (4, 0, True),
        (5, 4, False),
    ]
    assert annotations[0].message.startswith("The file needs 2 licenses and 1 is available.")
