"""What is known of a person: what would be taken out, with what stands beside it, and nothing of others."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.erasure.documents import erase_in
from shared.erasure.known import known_in
from shared.erasure.person import EVERYWHERE, AddressDigests, Person

ANA = "ana.quillfeather@northwind.example"
USER = UUID("0190a000-0000-7000-8000-0000000000a1")
OTHER = UUID("0190a000-0000-7000-8000-0000000000a2")
DIGESTS = AddressDigests("a key of the test's own, long enough for it")
PERSON = Person(
    erasure_id=UUID("0190a000-0000-7000-8000-0000000000e1"),
    company_id=EVERYWHERE,
    user_ids=frozenset({USER}),
    address_digests=frozenset(DIGESTS.of(ANA)),
    erased_at=datetime(2027, 3, 1, tzinfo=UTC),
    _digests=DIGESTS,
)


def test_of_what_is_theirs_all_is_known_with_its_numbers_and_times() -> None:
    row = {"user_id": USER, "email": ANA, "first_name": "Ana", "title": None, "version": 3, "offered": True}
    assert known_in(row, PERSON) == {
        "user_id": str(USER),
        "email": ANA,
        "first_name": "Ana",
        "version": "3",
        "offered": "true",
    }


@pytest.mark.parametrize("spelling", [ANA, ANA.upper(), f" {ANA}", ANA.replace("northwind", "NorthWind")])
def test_an_address_is_known_in_every_spelling(spelling: str) -> None:
    assert known_in({"email": spelling, "first_name": "Ana"}, PERSON)["first_name"] == "Ana"


def test_of_others_nothing_is_known() -> None:
    mail = {
        "recipient": ANA,
        "content": {
            "kind": "invitation",
            "user_id": str(USER),
            "first_name": "Ana",
            "inviter_name": "Marta Lindqvist",
            "inviter_email": "marta@northwind.example",
        },
    }
    said = known_in(mail, PERSON)
    assert said["content.first_name"] == "Ana"
    assert not [value for value in said.values() if "arta" in value]


def test_of_what_is_anothers_only_what_names_them_is_known() -> None:
    finished = {
        "batch_id": "b",
        "admin_name": "Marta",
        "failures": [
            {"name": "Ana Quillfeather", "email": ANA, "error": "550 no such mailbox"},
            {"name": "Bo Holm", "email": "bo@northwind.example", "error": "550 no such mailbox"},
        ],
        "note": f"{ANA} has left",
    }
    assert known_in(finished, PERSON) == {
        "failures.0.name": "Ana Quillfeather",
        "failures.0.email": ANA,
        "failures.0.error": "550 no such mailbox",
        "note": f"{ANA} has left",
    }


def test_what_they_did_is_known_and_not_to_whom() -> None:
    event = {"user_id": str(OTHER), "first_name": "Bo", "by": {"email": ANA, "name": "Ana Quillfeather"}}
    assert known_in(event, PERSON) == {"by.email": ANA, "by.name": "Ana Quillfeather"}


def test_what_is_theirs_by_its_stream_is_known_whole() -> None:
    assert known_in({"reason": "expired", "count": 2}, PERSON) == {}
    assert known_in({"reason": "expired", "count": 2}, PERSON, theirs=True) == {"reason": "expired", "count": "2"}


KEYS = st.sampled_from(["email", "first_name", "name", "by", "content", "user_id", "reason", "values", "count", "note"])
VALUES = st.sampled_from([ANA, "bo@northwind.example", "Ana Quillfeather", "Bo Holm", str(USER), str(OTHER), 3, None])
DOCUMENTS: st.SearchStrategy[Any] = st.recursive(
    VALUES, lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3), max_leaves=12
)


@given(DOCUMENTS)
def test_what_is_left_of_the_forgotten_says_no_address(document: Any) -> None:
    said = known_in(erase_in(document, PERSON), PERSON)
    assert not [value for value in said.values() if ANA in value]


@given(DOCUMENTS)
def test_what_would_be_taken_out_is_known(document: Any) -> None:
    taken = {path for path, value in texts(document).items() if texts(erase_in(document, PERSON))[path] != value}
    assert taken <= known_in(document, PERSON).keys()


def texts(document: Any, path: str = "") -> dict[str, Any]:
    match document:
        case dict():
            parts = cast("dict[str, Any]", document).items()
        case list():
            parts = enumerate(cast("list[Any]", document))
        case _:
            return {path: document}
    return {k: v for key, part in parts for k, v in texts(part, f"{path}.{key}" if path else str(key)).items()}
