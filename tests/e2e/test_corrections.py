"""A file is put right in the browser's draft and becomes the next batch: the admin's own workbook with those cells
changed."""

import io
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, Review, problem
from tests.e2e.workbooks import fill, grid, saved, sheet_of


def draft(review: Review) -> Json:
    return review.company.http.get(f"{review.url}/corrections").raise_for_status().json()


def correct(review: Review, **changes: Any) -> Json:
    answer = review.company.http.patch(f"{review.url}/corrections", json={"review": review.batch["review"], **changes})
    assert answer.status_code == 200, answer.text
    return answer.json()


def applied(review: Review) -> Review:
    """The batch that the corrections make, once it is judged."""
    answer = review.do("corrections/apply")
    assert answer.status_code == 202, answer.text
    assert answer.json()["replaces"] == review.id
    assert answer.headers["location"].endswith(answer.json()["id"])
    return Review(review.company, answer.json()["id"]).wait()


def sheet(review: Review, what: str = "original") -> Worksheet:
    answer = review.company.http.get(f"{review.url}/{what}.xlsx")
    assert answer.status_code == 200, answer.text
    found = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert isinstance(found, Worksheet)
    return found


def left_out_of(review: Review) -> list[Any]:
    """The addresses in the workbook of the rows that are left out."""
    rest = sheet(review, "left-out")
    assert [cell.value for cell in rest[1]][:2] == ["Email", "First Name"]
    return [row[0].value for row in rest.iter_rows(min_row=2) if row[0].value]


def test_the_corrected_workbook_is_the_admins_own_and_the_next_batch(new_company: NewCompany) -> None:
    company = new_company(custom_fields=[{"name": "Badge", "required": False, "values": None}])
    book = Workbook()
    people = sheet_of(book)
    rows = [
        company.person("ann", Region="EMEA", Badge="007"),
        company.person("bo", Region="UK"),
        company.person("cy", Region="UK", Functional_Area="Sale"),
        company.person("di", Email="not an address", Region="APAC"),
    ]
    fill(people, rows)
    people["B3"].font = Font(bold=True, color="FFAA0000")
    people["F3"].fill = PatternFill("solid", fgColor="FFEEEEEE")
    people["F3"].comment = Comment("ask London", "Marta")
    people["J2"] = "=COUNTA(A2:A5)"
    people.add_data_validation(listed := DataValidation("list", formula1='"EMEA,APAC"'))
    listed.add("F2:F9")  # pyright: ignore[reportUnknownMemberType]
    book.create_sheet("Notes")["A1"] = "kept"
    review = company.review(saved(book))
    assert review.errors() == {
        3: {"Region": "region_unknown"},
        4: {"Region": "region_unknown", "Functional Area": "functional_area_unknown"},
        5: {"Email": "email_invalid"},
    }

    said = correct(
        review,
        replacements=[{"column": "Region", "from": "UK", "to": "EMEA"}],
        cells=[
            {"row": 4, "column": "Functional Area", "value": "Sales"},
            {"row": 3, "column": "Badge", "value": "0042"},
            {"row": 5, "column": "Region", "value": "Mars"},
        ],
        left_out=[5],
    )
    assert said["replacements"] == [{"column": "Region", "from": "UK", "to": "EMEA", "rows": 2}]
    assert {(c["row"], c["column"]): [e["code"] for e in c["errors"]] for c in said["cells"]} == {
        (3, "Badge"): [],
        (4, "Functional Area"): [],
        (5, "Region"): ["region_unknown"],
    }
    assert (said["left_out"], said["by"]["email"], said["review"]) == ([5], company.admin, 1)
    assert draft(review) == said
    assert (review.look().batch["corrections"], review.batch["left_out"]) == (4, 1)
    assert left_out_of(review) == ["not an address"]

    corrected = applied(review)
    assert corrected.status == "ready_for_review", corrected.batch
    assert corrected.batch["counts"] | {"warning": 0} == {
        "rows": 3,
        "invite": 3,
        "change": 0,
        "unchanged": 0,
        "error": 0,
        "warning": 0,
    }
    assert review.look().status == "superseded"
    after = sheet(corrected)
    assert [after[f"F{n}"].value for n in (2, 3, 4)] == ["EMEA", "EMEA", "EMEA"]
    assert (after["D4"].value, after["H3"].value, after["H2"].value) == ("Sales", "0042", "007")
    assert [cell.value for cell in after[5]] == [None] * len(after[5])
    assert (after["B3"].font.b, after["B3"].font.color.rgb) == (True, "FFAA0000")
    assert after["F3"].fill.fgColor.rgb == "FFEEEEEE"
    assert after["F3"].comment is not None and after["F3"].comment.text == "ask London"
    assert after["J2"].value == "=COUNTA(A2:A5)"
    assert [str(each.sqref) for each in after.data_validations.dataValidation] == ["F2:F9"]
    notes: Any = after.parent
    assert notes["Notes"]["A1"].value == "kept"
    for asked in (review, corrected):
        assert left_out_of(asked) == ["not an address"]
        assert [str(cell.value) for cell in sheet(asked, "left-out")[5]][5] == "APAC"
    assert corrected.confirm().batch["progress"]["invited"] == 3


def test_suggestions_are_accepted_and_what_stays_wrong_is_left_out(company: Company) -> None:
    review = company.rows(
        company.person("ann", Functional_Area="Sale"),
        company.person("bo", Functional_Area="Sale"),
        company.person("cy", Functional_Area="Finanse"),
        company.person("di", Functional_Area="Quidditch"),
        company.person("ed"),
    )
    by = {
        what: company.http.get(f"{review.url}/problems", params={"by": what}).raise_for_status().json()["items"]
        for what in ("column", "code", "value")
    }
    assert by["column"] == [
        {"column": "Functional Area", "code": None, "value": None, "rows": 4, "first_row": 2, "suggestion": None}
    ]
    assert by["code"][0]["code"] == "functional_area_unknown"
    assert [(each["value"], each["rows"], each["first_row"], each["suggestion"]) for each in by["value"]] == [
        ("Sale", 2, 2, "Sales"),
        ("Finanse", 1, 4, "Finance"),
        ("Quidditch", 1, 5, None),
    ]
    correct(review, accept_suggestions={"code": "region_unknown"})
    assert review.look().batch["corrections"] == 0
    said = correct(review, accept_suggestions=True)
    assert review.look().batch["corrections"] == 3
    assert [(each["row"], each["value"], each["errors"]) for each in said["cells"]] == [(4, "Finance", [])]
    assert [(each["from"], each["to"], each["rows"]) for each in said["replacements"]] == [("Sale", "Sales", 2)]
    back = {"row": 4, "column": "Functional Area", "value": None}
    assert correct(review, cells=[back])["cells"] == []
    assert correct(review, accept_suggestions=True) | {"at": ""} == said | {"at": ""}
    assert correct(review, leave_out_errors=True)["left_out"] == [5]
    assert applied(review).batch["counts"]["invite"] == 4


def test_a_draft_is_taken_back_and_forgotten(company: Company) -> None:
    review = company.rows(company.person("ann", Region="UK"), company.person("bo", Region="UK"))
    correct(review, cells=[{"row": 2, "column": "Region", "value": "EMEA"}], left_out=[3])
    assert correct(review, cells=[{"row": 2, "column": "Region", "value": None}], left_out=[])["cells"] == []
    correct(review, replacements=[{"column": "Region", "from": "UK", "to": "EMEA"}])
    assert correct(review, replacements=[{"column": "Region", "from": "UK", "to": None}])["replacements"] == []
    correct(review, left_out=[2])
    assert company.http.delete(f"{review.url}/corrections").status_code == 204
    empty = draft(review)
    assert (empty["cells"], empty["replacements"], empty["left_out"]) == ([], [], [])
    assert review.look().batch["left_out"] == 0
    problem(review.do("corrections/apply"), 409, "nothing_corrected")


def test_what_cannot_be_corrected_is_refused(company: Company, new_company: NewCompany) -> None:
    review = company.rows(company.person("ann", Region="UK"))
    url = f"{review.url}/corrections"

    def patch(**changes: Any) -> Any:
        return company.http.patch(url, json=changes)

    cell = {"row": 2, "column": "Region", "value": "EMEA"}
    problem(patch(review=7, cells=[cell]), 409, "review_changed")
    problem(patch(review=1, cells=[cell | {"row": 3}]), 422, "unknown_row")
    problem(patch(review=1, left_out=[99]), 422, "unknown_row")
    problem(patch(review=1, cells=[cell | {"column": "Shoe Size"}]), 422, "unknown_column")
    problem(patch(review=1, replacements=[{"column": "region", "from": "UK", "to": "EMEA"}]), 422, "unknown_column")
    problem(patch(review=1, cells=[cell] * 10_001), 422, "too_many_cells")
    problem(new_company().http.get(url), 404, "not_found")
    assert draft(review)["cells"] == []
    assert patch(review=1, cells=[cell]).status_code == 200
    new = applied(review)
    problem(patch(cells=[cell]), 409, "not_correctable")
    assert new.confirm().status == "completed"
    problem(company.http.patch(f"{new.url}/corrections", json={"cells": [cell]}), 409, "not_correctable")
    problem(new.do("corrections/apply"), 409, "not_correctable")


def test_applying_twice_with_a_key_is_applying_once(company: Company) -> None:
    review = company.rows(company.person("ann", Region="UK"), company.person("bo", Region="Mars"))
    correct(review, cells=[{"row": 2, "column": "Region", "value": "EMEA"}], left_out=[3])
    first, again = (review.do("corrections/apply", key="once") for _ in range(2))
    for asked in (review, Review(company, first.json()["id"])):
        assert left_out_of(asked) == [company.person("bo")["Email"]], "before it is judged, too"
    assert (first.status_code, again.status_code, first.json()["id"]) == (202, 202, again.json()["id"])
    problem(review.do("corrections/apply", {"review": 1}, key="once"), 422, "idempotency_key_reused")


def test_a_column_that_the_file_has_not_got_is_added(company: Company) -> None:
    without = {name: value for name, value in company.person("ann").items() if name != "Functional Area"}
    review = company.review(grid(without, head=("Email", "First Name", "Last Name")))
    assert review.errors() == {2: {"Functional Area": "functional_area_required"}}
    correct(review, replacements=[{"column": "Functional Area", "from": None, "to": "Sales"}])
    corrected = applied(review)
    assert corrected.status == "ready_for_review"
    assert [cell.value for cell in sheet(corrected)[1]] == ["Email", "First Name", "Last Name", "Functional Area"]


def test_a_corrected_file_is_checked_again_and_corrected_again(company: Company) -> None:
    review = company.rows(company.person("ann", Region="UK"), company.person("bo", Region="Mars"))
    correct(review, cells=[{"row": 2, "column": "Region", "value": "EMEA"}])
    second = applied(review)
    assert second.errors() == {3: {"Region": "region_unknown"}}
    assert second.do("revalidate").status_code == 202
    assert second.wait("needs_correction").errors() == {3: {"Region": "region_unknown"}}
    unseen = {"row": 2, "column": "First Name", "value": "A\x01nn"}
    said = correct(second, cells=[{"row": 3, "column": "Region", "value": "APAC"}, unseen])
    assert [[error["code"] for error in cell["errors"]] for cell in said["cells"]] == [["illegal_characters"], []]
    third = applied(second)
    assert third.errors() == {2: {"First Name": "illegal_characters"}}, "nothing of what was typed is dropped"
    assert [sheet(third)[f"F{n}"].value for n in (2, 3)] == ["EMEA", "APAC"]
