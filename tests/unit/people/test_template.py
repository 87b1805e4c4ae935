"""The template of a company: nobody in it, its own lists and fields, nothing that turns into a formula."""

from __future__ import annotations

import io

import openpyxl

from shared.people.columns import Headers
from shared.people.model import CompanySettings, CustomField, Methodology
from shared.people.template import template

LONG = tuple(f"Area {number:03}" for number in range(100))
COMPANY = CompanySettings(
    "=Northwind",
    ("northwind.example",),
    ("Sales", "Engineering"),
    LONG,
    (CustomField("Cost Center"), CustomField("Level", True, ("IC", 'Lead, "big"')), CustomField("=1+1", True)),
)


def book(company: CompanySettings) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(template(company)))


def test_the_header_marks_what_is_required_and_nobody_is_below() -> None:
    people = book(COMPANY).worksheets[0]
    rows = list(people.iter_rows(values_only=True))
    assert rows == [
        (
            "Email *",
            "First Name *",
            "Last Name *",
            "Functional Area *",
            "Title",
            "Region",
            "Reports To",
            "Cost Center",
            "Level *",
            "=1+1 *",
        )
    ]
    assert people.freeze_panes == "A2"


def test_each_header_is_understood_when_it_comes_back() -> None:
    headers = Headers(COMPANY)
    row = next(book(COMPANY).worksheets[0].iter_rows(values_only=True))
    assert [headers.match(str(cell)) for cell in row] == [
        "email",
        "first_name",
        "last_name",
        "functional_area",
        "title",
        "region",
        "reports_to",
        "custom_fields.Cost Center",
        "custom_fields.Level",
        "custom_fields.=1+1",
    ]


def test_drop_downs_hold_the_companys_lists() -> None:
    made = book(COMPANY)
    people = made.worksheets[0]
    rules = {str(rule.sqref): rule.formula1 for rule in people.data_validations.dataValidation}
    assert rules == {
        "D2:D5001": '"Sales,Engineering"',
        "F2:F5001": "'Lists'!$F$1:$F$100",
        "I2:I5001": "'Lists'!$I$1:$I$2",
    }
    lists = made["Lists"]
    assert lists.sheet_state == "hidden"
    assert [cell.value for cell in lists["F"]] == list(LONG)
    assert [lists["I1"].value, lists["I2"].value] == ["IC", 'Lead, "big"']


def test_a_cell_can_hold_several_methodologies_of_the_list() -> None:
    ours = (Methodology("command", "Command of the Message"), Methodology("value", "Value, Framework"))
    made = book(CompanySettings("Northwind", methodologies=ours))
    people, lists = made.worksheets[0], made["Lists"]
    assert [cell.value for cell in people[1]][-1] == "Methodology Access"
    (rule,) = people.data_validations.dataValidation
    assert (str(rule.sqref), rule.type) == ("H2:H5001", "list")
    assert [cell.value for cell in lists["H"]] == ["Command of the Message", "Value, Framework"]
    assert not rule.showErrorMessage, "several of them are none of the list"
    assert rule.showInputMessage and "commas between" in (rule.prompt or "") and len(rule.promptTitle or "") <= 32
    (line,) = [row for row in made["Instructions"].iter_rows(values_only=True) if row[0] == "“Methodology Access”"]
    assert line[1] == "no" and "nothing is taken away" in str(line[2])


def test_without_methodologies_there_is_no_column_for_them() -> None:
    assert "Methodology Access" not in [cell.value for cell in book(COMPANY).worksheets[0][1]]


def test_nothing_in_it_is_a_formula() -> None:
    for sheet in book(COMPANY).worksheets:
        for row in sheet.iter_rows():
            assert not [cell.coordinate for cell in row if cell.data_type == "f"]


def test_the_instructions_explain_every_column_and_are_no_list_of_people() -> None:
    sheet = book(COMPANY)["Instructions"]
    words = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert ["“Level”", "for a new user", "One of the list in the cell."] in words
    assert any("northwind.example" in cell for row in words for cell in row)
    headers = Headers(COMPANY)
    assert all(headers.match(cell) != "email" for row in words for cell in row)


def test_without_lists_there_are_no_drop_downs() -> None:
    made = book(CompanySettings("Plain\x00 name"))
    assert made.worksheets[0].data_validations.dataValidation == []
