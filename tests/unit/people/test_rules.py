"""The rules of the fields, for a row, the form and an edit alike: one table a code."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.people import fields
from shared.people.address import Address
from shared.people.model import CompanySettings, CustomField, Finding, Person
from shared.people.rules import Form, Rules

COMPANY = CompanySettings(
    "Northwind",
    (),
    ("Sales", "Engineering", "Finance"),
    ("EMEA", "APAC"),
    (CustomField("Cost Center"), CustomField("Level", True, ("IC", "Lead"))),
)
RULES = Rules(COMPANY, ["northwind.example"])
SSO = Rules(CompanySettings("Northwind", ("@Northwind.example",)))
GOOD: Mapping[str, str | None] = {
    "email": "ann@northwind.example",
    "first_name": "Ann",
    "last_name": "Lee",
    "functional_area": "sales",
}
BO = Person(
    user_id="u1",
    email="bo@northwind.example",
    status="active",
    first_name="Bo",
    last_name="Ss",
    functional_area="Old Area",
    title="CFO",
    region="EMEA",
    custom_fields={"Level": "IC"},
    version=3,
)


def form(given: Mapping[str, str | None], custom: Mapping[str, str | None] | None = None) -> Form:
    return RULES.form({**GOOD, **given}, {"Level": "lead", **(custom or {})}, None)


def codes(found: Form) -> list[tuple[str, str | None]]:
    return [(error.code, error.column) for error in found.errors]


def test_a_good_form_comes_back_as_it_is_stored() -> None:
    found = form(
        {"title": "  AE\n", "region": "emea", "reports_to": "mailto:Bo@Northwind.example"}, {"Cost Center": "0042"}
    )
    assert found.errors == ()
    assert found.email == Address("ann@northwind.example", "ann@northwind.example", "northwind.example")
    assert found.reports_to and found.reports_to.key == "bo@northwind.example"
    assert found.values == {
        "first_name": "Ann",
        "last_name": "Lee",
        "functional_area": "Sales",
        "title": "AE",
        "region": "EMEA",
        "custom_fields.Cost Center": "0042",
        "custom_fields.Level": "Lead",
    }


@pytest.mark.parametrize(
    ("given_fields", "code", "column"),
    [
        ({"email": ""}, "email_required", "Email"),
        ({"email": None}, "email_required", "Email"),
        ({"email": "ann"}, "email_invalid", "Email"),
        ({"email": "a\u202en@x.example"}, "illegal_characters", "Email"),
        ({"first_name": " \u00a0"}, "first_name_required", "First Name"),
        ({"last_name": None}, "last_name_required", "Last Name"),
        ({"functional_area": ""}, "functional_area_required", "Functional Area"),
        ({"functional_area": "Enginering"}, "functional_area_unknown", "Functional Area"),
        ({"region": "Mars"}, "region_unknown", "Region"),
        ({"first_name": "x" * 101}, "too_long", "First Name"),
        ({"title": "x" * 151}, "too_long", "Title"),
        ({"title": "a\x00b"}, "illegal_characters", "Title"),
        ({"reports_to": "bo"}, "reports_to_invalid", "Reports To"),
        ({"reports_to": "b\x1bo@x.example"}, "illegal_characters", "Reports To"),
    ],
)
def test_one_code_each(given_fields: Mapping[str, str | None], code: str, column: str) -> None:
    assert codes(form(given_fields)) == [(code, column)]


@pytest.mark.parametrize(
    ("custom", "code", "column"),
    [
        ({"Level": None}, "custom_field_required", "Level"),
        ({"Level": "Boss"}, "custom_field_unknown_value", "Level"),
        ({"Cost Center": "x" * 501}, "too_long", "Cost Center"),
        ({"Cost Center": "\u202e1"}, "illegal_characters", "Cost Center"),
        ({"Shoe Size": "9"}, "custom_field_unknown_value", "Shoe Size"),
    ],
)
def test_custom_fields(custom: Mapping[str, str | None], code: str, column: str) -> None:
    assert codes(form({}, custom)) == [(code, column)]


def test_everything_wrong_is_said_at_once() -> None:
    bad = {"email": "ann@", "first_name": "", "last_name": "x" * 101, "functional_area": "?", "region": "?"}
    found = form({**bad, "reports_to": "?"}, {"Level": "?"})
    assert [code for code, _ in codes(found)] == [
        "email_invalid",
        "first_name_required",
        "too_long",
        "functional_area_unknown",
        "region_unknown",
        "custom_field_unknown_value",
        "reports_to_invalid",
    ]


def test_a_near_miss_carries_the_known_value() -> None:
    assert [error.suggestion for error in form({"functional_area": "Enginering", "region": "Scandinavia"}).errors] == [
        "Engineering",
        None,
    ]


def test_lengths_that_just_fit() -> None:
    assert form({"first_name": "x" * 100, "title": "y" * 150}, {"Cost Center": "z" * 500}).errors == ()


def test_without_a_list_anything_goes() -> None:
    found = Rules(CompanySettings("N")).form({**GOOD, "functional_area": "Alchemy", "region": "Mars"}, {}, None)
    assert found.errors == () and found.values["region"] == "Mars"


def test_sso_domains_bind_new_users() -> None:
    [error] = SSO.form({**GOOD, "email": "ann@northwnd.example"}, {}, None).errors
    assert (error.code, error.suggestion) == ("email_not_sso_domain", "ann@northwind.example")
    assert "Northwind" in error.message and "northwind.example" in error.message
    assert SSO.form({**GOOD, "email": "ann@NORTHWIND.example"}, {}, None).errors == ()


def test_an_edit_touches_only_what_is_given() -> None:
    found = RULES.form({"title": "CEO"}, {}, BO)
    assert (found.values, found.email, found.errors) == ({"title": "CEO"}, None, ())


def test_an_edit_clears_with_null_but_not_what_is_required() -> None:
    found = RULES.form({"title": None, "reports_to": None, "first_name": ""}, {"Level": None}, BO)
    assert found.values == {"title": None, "reports_to": None}
    assert codes(found) == [("first_name_required", "First Name"), ("custom_field_required", "Level")]


def test_an_edit_may_repeat_an_address_and_a_value_that_would_not_be_allowed_today() -> None:
    rules = Rules(CompanySettings("N", ("other.example",), ("Sales",)))
    assert rules.form({"email": "BO@northwind.example", "functional_area": "Old Area"}, {}, BO).errors == ()
    assert codes(rules.form({"email": "b2@northwind.example"}, {}, BO)) == [("email_not_sso_domain", "Email")]


def test_a_blank_cell_of_an_existing_user_says_nothing() -> None:
    assert fields.check(RULES.fields, {"title": " ", "region": "APAC"}, BO, "leaves") == fields.Values(
        {"region": "APAC"}, ()
    )


def test_a_cell_without_a_value_is_no_missing_value() -> None:
    found = fields.check(
        RULES.fields,
        {"last_name": "Lee", "functional_area": "Sales"},
        None,
        "missing",
        {"first_name": "#N/A", "custom_fields.Level": ""},
    )
    assert [(error.code, error.column, error.value) for error in found.errors] == [
        ("cell_error", "First Name", "#N/A"),
        ("cell_error", "Level", None),
    ]


def test_a_slip_in_a_domain_is_a_warning() -> None:
    warned = {
        address: RULES.typo(Address(address, address, address.partition("@")[2]))
        for address in ("ann@gmial.com", "ann@northwnd.example", "ann@northwind.example", "ann@gmail.com")
    }
    assert {address: found and found.suggestion for address, found in warned.items()} == {
        "ann@gmial.com": "ann@gmail.com",
        "ann@northwnd.example": "ann@northwind.example",
        "ann@northwind.example": None,
        "ann@gmail.com": None,
    }


def test_a_slip_that_someone_already_has_is_not_taken_for_the_companys_domain() -> None:
    rules = Rules(CompanySettings("N"), ["gmial.com"])
    assert rules.own == frozenset()


@given(
    st.dictionaries(st.sampled_from([*GOOD, "title", "region", "reports_to"]), st.none() | st.text(max_size=30)),
    st.dictionaries(st.sampled_from(["Level", "Cost Center", "x"]), st.none() | st.text(max_size=30)),
    st.sampled_from([None, BO]),
)
def test_no_form_raises_and_what_is_accepted_stays_accepted(
    given_fields: dict[str, str | None], custom: dict[str, str | None], person: Person | None
) -> None:
    found = RULES.form(given_fields, custom, person)
    for error in found.errors:
        assert isinstance(error, Finding) and len(error.message) > 15
    for field in RULES.fields:
        if value := found.values.get(field.key):
            again = fields.check([field], {field.key: value}, None, "missing")
            assert again == fields.Values({field.key: value}, ())
