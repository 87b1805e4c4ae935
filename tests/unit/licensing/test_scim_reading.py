"""What directories write, in the forms that their documentation gives and that their clients send.

Entra ID: https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups and
https://learn.microsoft.com/en-us/entra/identity/app-provisioning/application-provisioning-config-problem-scim-compatibility
Okta: https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.licensing.formats.scim.person import Said, Unreadable
from services.licensing.formats.scim.reading import read_changes, read_user
from services.licensing.formats.scim.resources import attribute_names, models_of

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN = "urn:usher:params:scim:schemas:1.0:User"
MODELS = models_of(("Cost Center",))
ANN = Said(
    {
        "email": "ann@acme.example",
        "first_name": "Ann",
        "last_name": "Lee",
        "title": "AE",
        "functional_area": "Sales",
        "region": None,
        "reports_to": "boss",
        "external_id": "1",
    },
    {"Cost Center": "4711"},
    True,
)


def op(value: Any, path: str | None = None, kind: str = "Replace") -> dict[str, Any]:
    return {"op": kind, "value": value, **({"path": path} if path else {})}


def changes(*operations: Any) -> Said:
    return read_changes({"Operations": list(operations)}, ANN, MODELS)


OFF = Said(active=False)
BOSS = Said({"reports_to": "2819c223"})
NOBODY = Said({"reports_to": None})


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        # Entra without and with the flag aadOptscim062020
        (op("False", "active"), OFF),
        (op(False, "active", "replace"), OFF),
        (op("false", "active", "Add"), OFF),
        # Okta
        (op({"active": False}, kind="replace"), OFF),
        # Others
        (op({"active": "False"}), OFF),
        (op([{"value": "False"}], "active"), OFF),
        (op(" FALSE ", "urn:ietf:params:scim:schemas:core:2.0:User:active"), OFF),
        (op({"id": "23", "active": False, "meta": {}, "schemas": []}), OFF),
        # A manager: Entra has a bare text, and a list of one
        (op("2819c223", f"{ENTERPRISE}:manager", "Add"), BOSS),
        (op([{"$ref": "https://x/Users/2819c223", "value": "2819c223"}], f"{ENTERPRISE}:manager", "Add"), BOSS),
        (op({"value": "2819c223"}, f"{ENTERPRISE}:manager"), BOSS),
        (op("2819c223", f"{ENTERPRISE}:manager.value"), BOSS),
        (op({f"{ENTERPRISE}:manager": "2819c223"}), BOSS),
        (op({ENTERPRISE: {"manager": "2819c223"}}), BOSS),
        ({"op": "Remove", "path": f"{ENTERPRISE}:manager"}, NOBODY),
        (op("", f"{ENTERPRISE}:manager"), NOBODY),
        (op({"value": ""}, f"{ENTERPRISE}:manager"), NOBODY),
        (op(None, f"{ENTERPRISE}:manager"), NOBODY),
        # Paths as keys
        (op({"name.familyName": "Li", f"{ENTERPRISE}:division": "EMEA"}), Said({"last_name": "Li", "region": "EMEA"})),
        (op({"name": {"familyName": "Li"}}), Said({"last_name": "Li"})),
        (op([{"$ref": None, "value": "anna@acme.example"}], "userName", "Add"), Said({"email": "anna@acme.example"})),
        (op("12", f"{OWN}:costCenter"), Said(custom_fields={"Cost Center": "12"})),
        (op({OWN: {"costCenter": "12"}}), Said(custom_fields={"Cost Center": "12"})),
        # What is cleared
        ({"op": "remove", "path": "title"}, Said({"title": None})),
        ({"op": "Remove", "path": "title", "value": []}, Said({"title": None})),
        (op("", "title"), Said({"title": None})),
        (op(None, "title"), Said({"title": None})),
        # What is not known, and what is only told
        (op("x@y.example", 'emails[type eq "work"].value'), Said()),
        (op("Oslo", 'addresses[type eq "work"].locality', "Add"), Said()),
        (op("Ann L.", "displayName"), Said()),
        (op([{"value": "1"}], "groups", "Add"), Said()),
        (op("7", "id"), Said()),
        ({"op": "Remove", "path": 'roles[primary eq "True"]', "value": []}, Said()),
        (op("x", "urn:example:2.0:User:shoe"), Said()),
        # What is so already
        (op("AE", "title"), Said()),
        (op("True", "active"), Said()),
    ],
    ids=str,
)
def test_a_change_in_any_form(operation: Any, expected: Said) -> None:
    assert changes(operation) == expected


def test_changes_of_one_request_are_made_one_after_the_other() -> None:
    assert changes(op("x", "title"), {"op": "remove", "path": "title"}, op("y", "title")) == Said({"title": "y"})


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ([], "invalidSyntax"),
        ({}, "invalidSyntax"),
        ({"Operations": []}, "invalidSyntax"),
        ({"Operations": {}}, "invalidSyntax"),
        ({"Operations": [5]}, "invalidSyntax"),
        ({"Operations": [op("x", "title")] * 101}, "invalidSyntax"),
        ({"Operations": [op("x", "a b")]}, "invalidPath"),
        ({"Operations": [op("x", "title", "move")]}, "invalidValue"),
        ({"Operations": [op(5, "title")]}, "invalidValue"),
        ({"Operations": [op("perhaps", "active")]}, "invalidValue"),
        ({"Operations": [op("x")]}, "invalidValue"),
        # An object for what is one value: nothing of it may be taken for silence, least of all of `active`
        ({"Operations": [op({"active": False}, "active")]}, "invalidValue"),
        ({"Operations": [op({}, "active")]}, "invalidValue"),
        ({"Operations": [op({"title": "x"}, "title")]}, "invalidValue"),
        ({"Operations": [op(5, f"{ENTERPRISE}:manager")]}, "invalidValue"),
        ({"Operations": [op("x" * 501, "externalId")]}, "invalidValue"),
        ({"Operations": [op("x" * 501, f"{ENTERPRISE}:manager")]}, "invalidValue"),
        ({"Operations": [{"op": "remove"}]}, "noTarget"),
    ],
    ids=str,
)
def test_what_can_t_be_read_is_said(body: Any, why: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read_changes(body, ANN, MODELS)
    assert refused.value.why == why and "\n" not in refused.value.what and "http" not in refused.value.what


@pytest.mark.parametrize(
    "wrong", [{"title": {"a": 1}}, {"externalId": {}}, {"active": {"a": 1}}, {"externalId": "x" * 501}], ids=str
)
def test_what_a_whole_user_has_in_another_form_is_said(wrong: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as refused:
        read_user({"userName": "ann@acme.example", **wrong}, MODELS)
    assert refused.value.why == "invalidValue" and "xxx" not in refused.value.what


def test_a_name_as_long_as_can_be_found_again_is_kept() -> None:
    assert changes(op("x" * 500, "externalId")) == Said({"external_id": "x" * 500})


def test_a_whole_user_says_what_it_names() -> None:
    said = read_user(
        {
            "schemas": [],
            "id": "9",
            "userName": "ann@acme.example",
            "active": "True",
            "title": None,
            "name": {"formatted": "Ann Lee", "givenName": "Ann", "familyName": "Lee"},
            "roles": [],
            "emails": [{"primary": True, "type": "work", "value": "other@acme.example"}],
            "locale": "en-US",
            ENTERPRISE: {"department": " Sales ", "manager": "boss", "employeeNumber": "7"},
            OWN: {"costCenter": "1"},
        },
        MODELS,
    )
    texts = {"email": "ann@acme.example", "first_name": "Ann", "last_name": "Lee", "title": None,
             "functional_area": "Sales", "reports_to": "boss"}  # fmt: skip
    assert said == Said(texts, {"Cost Center": "1"}, True)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.sampled_from(["False", "active", "title"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["active", "value", "title", "name", ENTERPRISE, OWN, "manager", "x", "op"]), inner
        )
    ),
    max_leaves=8,
)
PATHS: st.SearchStrategy[str] = st.sampled_from(
    ["active", "title", "name", f"{ENTERPRISE}:manager", "emails[type eq 1]", "x[", "", OWN, "a.b"]
)
KINDS: st.SearchStrategy[str] = st.sampled_from(["Add", "replace", "Remove"])
CHANGE: st.SearchStrategy[Any] = st.fixed_dictionaries(
    dict[str, st.SearchStrategy[Any]](op=KINDS), optional=dict[str, st.SearchStrategy[Any]](path=PATHS, value=JSON)
)
OPERATIONS: st.SearchStrategy[list[Any]] = st.lists(CHANGE, max_size=3)


@given(OPERATIONS, JSON)
def test_nothing_that_is_written_breaks_the_reader(operations: list[Any], body: Any) -> None:
    for read in (lambda: read_changes({"Operations": operations}, ANN, MODELS), lambda: read_user(body, MODELS)):
        try:
            assert isinstance(read(), Said)
        except Unreadable as refused:
            assert refused.what


def test_own_fields_have_names_of_ascii() -> None:
    named = attribute_names(["Cost Center", "cost-center", "Größe", "部門", "status", "2nd"])
    assert named == {
        "costCenter": "Cost Center",
        "field2": "cost-center",
        "groe": "Größe",
        "field4": "部門",
        "field5": "status",
        "field6": "2nd",
    }
