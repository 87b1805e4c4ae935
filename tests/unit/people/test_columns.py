"""Which field a header means."""

from __future__ import annotations

import pytest

from shared.people.columns import STANDARD, Headers, Ignored, reserved
from shared.people.model import CompanySettings, CustomField

HEADERS = Headers(
    CompanySettings("Northwind", custom_fields=(CustomField("Cost Center"), CustomField("C++"), CustomField("C#")))
)


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("Email", "email"),
        ("E-mail", "email"),
        ("EMAIL *", "email"),
        ("Email＊", "email"),
        ("Email：", "email"),
        ("email_address", "email"),
        ("Email\u00a0Address", "email"),
        ("first name*", "first_name"),
        ("FirstName", "first_name"),
        ("Given-Name", "first_name"),
        ("last_name", "last_name"),
        ("SURNAME", "last_name"),
        ("Functional/Area", "functional_area"),
        ("Department", "functional_area"),
        ("Job  Title", "title"),
        ("Region", "region"),
        ("Manager", "reports_to"),
        ("Manager’s Email", None),
        ("Manager Email", "reports_to"),
        ("Reports\nTo", "reports_to"),
        ("E\u2011mail", "email"),
        ("Reports\u3000To", "reports_to"),
        ("cost-center *", "custom_fields.Cost Center"),
        ("C#", "custom_fields.C#"),
        ("C++", "custom_fields.C++"),
        ("Errors", Ignored.ERRORS),
        ("errors ", Ignored.ERRORS),
        ("Comment", None),
        ("", None),
        ("Start Date", None),
    ],
)
def test_a_header_means_a_field(header: str, key: str | Ignored | None) -> None:
    assert HEADERS.match(header) == key


def test_every_standard_name_means_itself() -> None:
    assert {key: HEADERS.match(column) for key, column in STANDARD.items()} == {key: key for key in STANDARD}


def test_a_companys_own_field_goes_before_a_synonym_but_not_before_a_standard_name() -> None:
    own = Headers(CompanySettings("N", custom_fields=(CustomField("Department"), CustomField("Title"))))
    assert own.match("Department") == "custom_fields.Department"
    assert own.match("Title") == "title"


def test_names_that_a_custom_field_cannot_have() -> None:
    assert [name for name in ("E mail", "ERRORS", "title", " - ", "Reports-To", "Level") if reserved(name)] == [
        "E mail",
        "ERRORS",
        "title",
        " - ",
        "Reports-To",
    ]
