"""Lists that were not made from the template: texts with values, headers of other languages, columns that an admin has
to name."""

import io
from typing import Any

from httpx import Response
from openpyxl import load_workbook

from tests.e2e.conftest import NewCompany
from tests.e2e.outside import Company, Json, Review, problem

GERMAN = "E-Mail;Vorname;Nachname;Abteilung;Region;Vorgesetzter;Personalnummer"


def german(company: Company, *names: str) -> bytes:
    lines = [f"{company.email(name)};Jürgen;Müller-{name};Sales;EMEA;;0{n}" for n, name in enumerate(names)]
    return "\r\n".join([GERMAN, *lines, ""]).encode("cp1252")


def columns(review: Review) -> Json:
    return review.company.http.get(f"{review.url}/columns").raise_for_status().json()


def choose(asked: Review, chosen: dict[str, str | None], /, **more: Any) -> Response:
    return asked.company.http.post(f"{asked.url}/columns", json={"columns": chosen, **more})


def test_a_german_list_goes_through_without_a_question(company: Company) -> None:
    review = company.review(german(company, "ann", "bo"), "leute.csv")
    assert (review.status, review.warnings()) == ("ready_for_review", ["unknown_column"]), review.batch
    assert review.row()["values"]["first_name"] == "Jürgen"
    found = columns(review)
    assert (found["header_row"], [c["field"] for c in found["columns"]]) == (
        1,
        ["Email", "First Name", "Last Name", "Functional Area", "Region", "Reports To", None],
    )
    assert found["columns"][6] == {
        "header": "Personalnummer",
        "field": None,
        "by": None,
        "guess": None,
        "examples": ["00", "01"],
    }
    assert {c["by"] for c in found["columns"][:6]} == {"name"}
    answer = company.http.get(f"{review.url}/original.xlsx")
    assert answer.content == german(company, "ann", "bo")
    assert answer.headers["content-type"].startswith("text/csv")
    assert "leute.csv" in answer.headers["content-disposition"]
    assert review.confirm().batch["progress"]["invited"] == 2


def test_a_list_of_values_is_corrected_as_a_workbook(company: Company) -> None:
    bad = german(company, "cy", "di").replace(b";EMEA;", b";UK;", 1)
    review = company.review(bad, "leute.csv")
    assert review.errors() == {2: {"Region": "region_unknown"}}
    marked = load_workbook(io.BytesIO(company.http.get(f"{review.url}/annotated.xlsx").content)).worksheets[0]
    assert (marked["G2"].value, marked["H1"].value) == ("00", "Errors")
    changes = {"cells": [{"row": 2, "column": "Region", "value": "EMEA"}], "left_out": [3]}
    company.http.patch(f"{review.url}/corrections", json={"review": 1, **changes}).raise_for_status()
    rest = load_workbook(io.BytesIO(company.http.get(f"{review.url}/left-out.xlsx").content)).worksheets[0]
    assert rest["A3"].value == company.email("di")
    after = Review(company, review.do("corrections/apply").json()["id"]).wait()
    assert (after.status, after.batch["counts"]["invite"]) == ("ready_for_review", 1)
    corrected = load_workbook(io.BytesIO(company.http.get(f"{after.url}/original.xlsx").content)).worksheets[0]
    assert [corrected[f"{column}2"].value for column in "AEG"] == [company.email("cy"), "EMEA", "00"]


def test_columns_are_named_and_remembered(new_company: NewCompany) -> None:
    company = new_company()
    data = f"Liste\nKontakt\tName\tDepartment\tPersonalnummer\n{company.email('ann')}\tAnn Maria Lee\tSales\t007\n"
    review = company.review(data.encode("utf-16"), "leute.txt")
    assert (review.status, review.file_errors()) == ("needs_correction", ["email_column_missing"])
    found = columns(review)
    assert (found["sheet"], found["header_row"]) == ("Sheet1", 2)
    assert [(c["header"], c["field"], c["guess"]) for c in found["columns"]] == [
        ("Kontakt", None, "Email"),
        ("Name", None, "Full name"),
        ("Department", "Functional Area", None),
        ("Personalnummer", None, None),
    ]
    assert found["columns"][3]["examples"] == ["007"]

    asked: dict[str, str | None] = {"Kontakt": "Email", "Name": "Full name", "Personalnummer": None}
    problem(choose(review, {"Shoe Size": None}), 422, "unknown_column")
    problem(choose(review, {"Kontakt": "Shoe Size"}), 422, "unknown_column")
    problem(choose(review, {"Kontakt": "Email", "Name": "email"}), 422, "duplicate_column")
    problem(choose(review, {"Kontakt": "Functional Area"}), 422, "duplicate_column")
    problem(choose(review, asked, review=7), 409, "review_changed")
    assert company.http.get("/api/v1/column-mappings").json() == {"columns": {}}
    answer = choose(review, asked, review=1, remember=True)
    assert answer.status_code == 202, answer.text
    review.wait()
    assert (review.status, review.batch["review"], review.warnings()) == ("ready_for_review", 2, []), review.batch
    assert {"first_name": "Ann Maria", "last_name": "Lee"}.items() <= review.row(3)["values"].items()
    assert [(c["field"], c["by"]) for c in columns(review)["columns"]] == [
        ("Email", "mapping"),
        ("Full name", "mapping"),
        ("Functional Area", "name"),
        (None, "mapping"),
    ]
    assert company.http.get("/api/v1/column-mappings").json() == {"columns": asked}

    again = company.review(data.replace("Ann Maria", "Eva").encode(), "next.csv")
    assert (again.status, again.warnings()) == ("ready_for_review", ["column_mapped"] * 3)
    assert company.http.delete("/api/v1/column-mappings").status_code == 204
    third = company.review(data.replace("Ann Maria", "Ida").encode(), "third.csv")
    assert third.file_errors() == ["email_column_missing"]
    put = company.http.put("/api/v1/column-mappings", json={"columns": {"Kontakt": "email"}})
    assert (put.status_code, put.json()) == (200, {"columns": {"Kontakt": "Email"}})
    problem(company.http.put("/api/v1/column-mappings", json={"columns": {"Kontakt": "Mail"}}), 422, "unknown_column")
    review.confirm()
    problem(choose(review, asked), 409, "already_confirmed")


def test_a_choice_goes_for_the_next_file_in_its_place_and_for_what_is_corrected(company: Company) -> None:
    data = f"Kontakt,Name,Department\n{company.email('eva')},Eva Berg,Sale\n{company.email('ida')},Ida Holm,Sales\n"
    review = company.review(data.encode())
    assert choose(review, {"Kontakt": "Email", "Name": "Full name"}, remember=False).status_code == 202
    assert review.wait().errors() == {2: {"Functional Area": "functional_area_unknown"}}
    cells = [{"row": 2, "column": c, "value": v} for c, v in (("Functional Area", "Sales"), ("Last Name", "de Wit"))]
    company.http.patch(f"{review.url}/corrections", json={"cells": cells}).raise_for_status()
    after = Review(company, review.do("corrections/apply").json()["id"]).wait()
    assert after.status == "ready_for_review", after.batch
    names = [(row["values"]["first_name"], row["values"]["last_name"]) for row in after.rows().values()]
    assert names == [("Eva", "de Wit"), ("Ida", "Holm")]
    better = data.replace(",Sale\n", ",Sales\n").replace("Ida Holm", "Ida Lind")
    reupload = company.review(better.encode(), "again.csv", replaces=after.id)
    assert (reupload.status, reupload.warnings()) == ("ready_for_review", ["column_mapped", "column_mapped"])


def test_text_that_is_pasted_is_taken_as_a_file(company: Company) -> None:
    text = f"Email\tFirst Name\tLast Name\tDepartment\n{company.email('pia')}\tPia\tLund\tSales\n"
    answer = company.http.post("/api/v1/batches", files={"file": (None, text)})
    assert answer.status_code == 202, answer.text
    review = Review(company, answer.json()["id"]).wait()
    assert (review.status, review.batch["file_name"]) == ("ready_for_review", "pasted.csv")


def test_columns_of_another_company_do_not_exist(company: Company, new_company: NewCompany) -> None:
    review = company.review(german(company, "zoe"))
    other = new_company()
    problem(other.http.get(f"{review.url}/columns"), 404, "not_found")
    problem(other.http.post(f"{review.url}/columns", json={"columns": {}}), 404, "not_found")
