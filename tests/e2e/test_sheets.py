"""Which sheet, which row and which columns count."""

from typing import Any, Literal

import pytest
from openpyxl import Workbook

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json
from tests.e2e.workbooks import HEAD, changed, fill, grid, saved, sheet_of

Visibility = Literal["hidden", "veryHidden"]


def two_sheets(first: list[Json], second: list[Json], **states: Visibility) -> bytes:
    """People on a sheet One and on a sheet Two."""
    book = Workbook()
    fill(sheet_of(book), first, head=_head(first))
    book.worksheets[0].title = "One"
    fill(book.create_sheet("Two"), second, head=_head(second))
    for title, state in states.items():
        book[title].sheet_state = state
    return saved(book)


def _head(rows: list[Json]) -> list[str]:
    return [*rows[0]]


@pytest.mark.parametrize(
    "head",
    [
        ("EMAIL", "first name", "LastName", "functional-area", "TITLE *", " Region ", "Reports_To"),
        ("E-mail", "Given Name", "Surname", "Department", "Job Title", "region", "Manager"),
        ("Email Address *", "First\nName", "Last Name*", "Functional  Area", "Title", "Region", "Manager Email"),
        ("e mail", "FIRST-NAME", "last.name", "functional/area", "Title:", "Region", "Reports To"),
    ],
)
def test_headers_are_known_without_regard_to_case_spacing_stars_separators_and_by_synonyms(
    company: Company, head: tuple[str, ...]
) -> None:
    row = [company.email("ann"), "Ann", "Lee", "Sales", "AE", "EMEA", company.admin]
    review = company.review(grid(dict(zip(head, row, strict=True)), head=head))
    assert review.warnings() == [], review.batch
    assert review.row()["values"] == {
        "first_name": "Ann",
        "last_name": "Lee",
        "functional_area": "Sales",
        "title": "AE",
        "region": "EMEA",
        "reports_to": company.admin,
        "custom_fields": {},
    }


def test_a_company_s_own_field_is_known_by_its_name_as_loosely(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Cost Center"}])
    review = company.rows(company.person("ann", cost_CENTER="0042"))
    assert review.row()["values"]["custom_fields"] == {"Cost Center": "0042"}


@pytest.mark.parametrize("at", [4, 20])
def test_the_header_may_stand_below_a_title_and_rows_keep_the_sheet_s_numbers(company: Company, at: int) -> None:
    book = Workbook()
    sheet = sheet_of(book)
    sheet["A1"] = "Invitations for autumn"
    sheet.merge_cells("A1:D1")
    fill(sheet, [company.person("ann"), company.person("bob", First_Name=None)], at)
    review = company.review(saved(book))
    assert review.errors() == {at + 2: {"First Name": "first_name_required"}}
    assert set(review.rows()) == {at + 1, at + 2}


def test_a_header_in_row_21_is_too_late(company: Company) -> None:
    review = company.review(grid(company.person("ann"), at=21))
    assert (review.status, review.file_errors()) == ("needs_correction", ["email_column_missing"])
    assert "20 rows" in review.batch["file_errors"][0]["message"]


def test_the_first_visible_sheet_with_an_email_header_counts(company: Company) -> None:
    notes: list[Json] = [{"Note": "read me"}]
    assert company.review(two_sheets(notes, [company.person("ann")])).row()["email"] == company.email("ann")
    review = company.review(two_sheets([company.person("ann")], [company.person("bob")]))
    assert review.row()["email"] == company.email("ann")
    states: tuple[Visibility, ...] = ("hidden", "veryHidden")
    for state in states:
        hidden = two_sheets([company.person("ann")], [company.person("bob")], One=state)
        assert company.review(hidden).row()["email"] == company.email("bob"), state


def test_an_email_header_on_a_hidden_sheet_alone_is_none(company: Company) -> None:
    hidden = two_sheets([company.person("ann")], [{"Note": "read me"}], One="hidden")
    assert company.review(hidden).file_errors() == ["email_column_missing"]


def test_unknown_columns_are_ignored_and_named_but_an_errors_column_is_not(company: Company) -> None:
    review = company.rows(company.person("ann", Start_Date="May", Shoe_Size=41, Errors="Fill in everything"))
    assert (review.status, review.warnings()) == ("ready_for_review", ["unknown_column", "unknown_column"])
    said = " ".join(warning["message"] for warning in review.batch["warnings"])
    assert "Start Date" in said and "Shoe Size" in said and "Errors" not in said


def test_values_without_a_header_are_ignored_with_a_warning_that_says_where(company: Company) -> None:
    review = company.review(changed(lambda sheet: sheet.cell(2, 9, "a note to myself"), company.person("ann")))
    assert review.warnings() == ["unknown_column"]
    assert "Column I" in review.batch["warnings"][0]["message"]


@pytest.mark.parametrize(
    ("head", "named"),
    [
        ((*HEAD, "E-mail"), ("Email", "E-mail")),
        ((*HEAD, "Department"), ("Functional Area", "Department")),
        ((*HEAD, "title"), ("Title", "title")),
    ],
)
def test_two_columns_of_one_field_are_an_error_of_the_file_that_names_both(
    company: Company, head: tuple[str, ...], named: tuple[str, str]
) -> None:
    review = company.review(grid(company.person("ann"), head=head))
    assert (review.status, review.file_errors()) == ("needs_correction", ["duplicate_column"])
    assert all(name in review.batch["file_errors"][0]["message"] for name in named)
    assert review.do("confirm").status_code == 409


def test_hidden_rows_and_columns_count_with_a_warning(company: Company) -> None:
    def hide(sheet: Any) -> None:
        sheet.row_dimensions[3].hidden = True
        sheet.column_dimensions["E"].hidden = True

    review = company.review(changed(hide, company.person("ann", Title="AE"), company.person("bob")))
    assert review.warnings() == ["hidden_rows"]
    assert review.batch["counts"]["invite"] == 2
    assert review.row()["values"]["title"] == "AE"
    assert "1 hidden row and 1 hidden column" in review.batch["warnings"][0]["message"]


def test_wholly_blank_rows_are_skipped_and_do_not_shift_the_numbers(company: Company) -> None:
    blank: Json = {"Email": "  ", "First Name": " ", "Last Name": "\u200b", "Errors": "old words"}
    review = company.rows(company.person("ann"), {}, blank, {}, company.person("bob", Last_Name=None))
    assert review.batch["counts"]["rows"] == 2
    assert review.errors() == {6: {"Last Name": "last_name_required"}}


@pytest.mark.parametrize("rows", [[], [{}], [{"Email": " ", "Title": "\u00a0"}], [{"Errors": "old words"}]])
def test_a_header_with_nothing_below_it_is_empty(company: Company, rows: list[Json]) -> None:
    review = company.review(grid(*rows))
    assert (review.status, review.file_errors()) == ("needs_correction", ["empty"])
    assert review.batch["counts"]["rows"] == 0


def test_a_workbook_without_anything_in_it_is_empty(company: Company) -> None:
    assert company.review(saved(Workbook())).file_errors() == ["empty"]


def test_the_template_uploaded_untouched_is_empty(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Level", "required": True, "values": ["IC", "Lead"]}])
    template = company.http.get("/api/v1/template.xlsx").raise_for_status()
    review = company.review(template.content)
    assert (review.status, review.file_errors(), review.warnings()) == ("needs_correction", ["empty"], [])
