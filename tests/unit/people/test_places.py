"""What is said of a file, and what of a form: a form has no rows, and is no file."""

import re

import pytest

from shared.people import messages as m
from shared.people.model import CompanySettings, CustomField, Person
from shared.people.rules import Rules

RULES = Rules(
    CompanySettings("Acme", ("acme.example",), ("Sales",), ("EMEA",), (CustomField("Level", True, ("IC", "Lead")),))
)
ANN = Person(
    user_id="1",
    email="ann@acme.example",
    status="active",
    first_name="Ann",
    last_name="Lee",
    functional_area="Sales",
    custom_fields={"Level": "IC"},
)
_OF_A_FILE = re.compile(r"\b(file|row|rows|reupload|column)\b")


@pytest.mark.parametrize(
    "said",
    [
        m.email_required("form"),
        m.email_in_other_company("form"),
        m.user_inactive("Ann Lee", "form"),
        m.reports_to_unknown("Acme", None, "form"),
        m.reports_to_unknown("Acme", "ann@acme.example", "form"),
        m.reports_to_cycle_of_one("Ann Lee"),
        m.reports_to_self(),
        m.reports_to_inactive("Ann Lee"),
    ],
)
def test_a_form_is_told_nothing_of_files_and_rows(said: str) -> None:
    assert not _OF_A_FILE.search(said)


@pytest.mark.parametrize("person", [None, ANN])
def test_whatever_is_wrong_in_a_form_is_said_in_its_words(person: Person | None) -> None:
    for text in ("", "x" * 151, "\u202ex", "Ann\x07"):
        names = ("email", "first_name", "last_name", "functional_area", "title", "region", "reports_to")
        fields: dict[str, str | None] = dict.fromkeys(names, text)
        for error in RULES.form(fields, {"Level": text, "Other": text}, person).errors:
            assert not _OF_A_FILE.search(error.message), error


@pytest.mark.parametrize("field", ["first_name", "last_name", "functional_area"])
def test_a_user_who_is_there_is_no_new_one(field: str) -> None:
    [error] = RULES.form({field: ""}, {}, ANN).errors
    assert error.code == f"{field}_required"
    assert error.message.endswith("can’t be blank. Fill it in.")
    [own] = RULES.form({}, {"Level": None}, ANN).errors
    assert (own.code, own.message) == ("custom_field_required", "Level can’t be blank. Fill it in.")
