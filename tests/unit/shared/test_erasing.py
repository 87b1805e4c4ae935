"""How an object of keys and values loses a person, and who that is."""

from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.erasure.documents import erase_in, is_about
from shared.erasure.person import ERASED, EVERYWHERE, AddressDigests, Person, is_marker
from shared.erasure.standing import says_theirs
from shared.erasure.table_rows import TableRows

DIGESTS = AddressDigests("k" * 32)
ANN, BEN = UUID(int=0xA), UUID(int=0xB)
EMAIL = "ann.lee@acme.example"
COMPANY = UUID(int=1)
PERSON = Person(
    erasure_id=UUID("0190a000-0000-7000-8000-0000000000d9"),
    company_id=COMPANY,
    user_ids=frozenset({ANN}),
    address_digests=frozenset({DIGESTS.of(EMAIL)[0]}),
    erased_at=datetime(2027, 3, 1, tzinfo=UTC),
    _digests=DIGESTS,
)
MARKER = PERSON.marker
BY_BEN = {"email": "ben@acme.example", "name": "Ben Roe", "subject": "sub-ben", "issuer": "https://id.example"}


def test_a_managers_name_goes_from_who_reported_to_them() -> None:
    kept = {"user_id": str(BEN), "first_name": "Ben", "reports_to": "ann@acme.example", "reports_to_id": str(ANN)}
    after = erase_in({**kept, "reports_to_name": "Ann Lee"}, PERSON)
    assert after["reports_to_name"] == ERASED and after["first_name"] == "Ben"
    of_another = {**kept, "user_id": str(ANN), "reports_to": "ben@acme.example", "reports_to_id": str(BEN)}
    assert erase_in({**of_another, "reports_to_name": "Ben Roe"}, PERSON)["reports_to_name"] == "Ben Roe"


def test_a_users_event_keeps_ids_and_shape_and_says_no_longer_who_they_were() -> None:
    stored = {
        "after": {
            "status": "waiting", "user_id": str(ANN), "company_id": str(COMPANY), "invited_at": "2026-05-04T12:00:00Z",
            "profile": {"email": "formerly@acme.example", "first_name": "Ann", "last_name": "Lee", "title": None,
                        "reports_to": {"user_id": str(BEN), "email": "ben@acme.example"},
                        "custom_fields": {"Site": "Oslo"}, "shelved": ["Site"]},
            "invitation": {"id": str(UUID(int=3)), "by": BY_BEN, "offered": False},
        },
        "batch_id": None, "message": "Welcome, Ann!",
    }  # fmt: skip
    after = erase_in(stored, PERSON)
    profile = after["after"]["profile"]
    assert profile == {
        "email": MARKER,
        "first_name": ERASED,
        "last_name": ERASED,
        "title": None,
        "reports_to": {"user_id": str(BEN), "email": "ben@acme.example"},
        "custom_fields": {"Site": ERASED},
        "shelved": ["Site"],
    }
    assert after["message"] == ERASED
    assert after["after"]["invitation"]["by"] == BY_BEN, "who invited them is somebody else"
    assert {key: after["after"][key] for key in ("status", "user_id", "invited_at")} == {
        "status": "waiting",
        "user_id": str(ANN),
        "invited_at": "2026-05-04T12:00:00Z",
    }


def test_they_leave_other_peoples_events_too() -> None:
    stored: dict[str, Any] = {
        "after": {"user_id": str(BEN), "profile": {"email": "ben@acme.example", "first_name": "Ben",
                  "reports_to": {"user_id": str(ANN), "email": "Ann.Lee@ACME.example"}}},
        "changes": [
            {"field": "reports_to", "before": None, "after": EMAIL, "before_id": None, "after_id": str(ANN)},
            {"field": "title", "before": "AE", "after": "VP", "before_id": None, "after_id": None},
        ],
        "by": {"email": EMAIL, "name": "Ann Lee", "subject": "sub-ann", "issuer": "https://id.example"},
        "because": {"user_id": str(ANN), "name": "Ann Lee", "how": "cancelled", "by": BY_BEN},
    }  # fmt: skip
    after: Any = erase_in(stored, PERSON)
    assert after["after"]["profile"] == {
        "email": "ben@acme.example",
        "first_name": "Ben",
        "reports_to": {"user_id": str(ANN), "email": MARKER},
    }
    assert after["changes"][0]["after"] == ERASED
    assert after["changes"][1] == stored["changes"][1]
    assert after["by"] == {"email": MARKER, "name": ERASED, "subject": ERASED, "issuer": "https://id.example"}
    assert after["because"]["name"] == ERASED
    assert after["because"]["by"] == BY_BEN


def test_who_had_their_address_once_and_is_somebody_else_keeps_their_name() -> None:
    stored = {"after": {"user_id": str(BEN), "profile": {"email": EMAIL, "first_name": "Ben"}}}
    assert erase_in(stored, PERSON)["after"]["profile"] == {"email": MARKER, "first_name": "Ben"}


def test_a_mail_to_them_and_one_that_speaks_of_them() -> None:
    to_them = {
        "recipient": EMAIL,
        "content": {"first_name": "Ann", "inviter_email": "ben@acme.example", "inviter_name": "Ben Roe"},
    }
    assert erase_in(to_them, PERSON) == {
        "recipient": MARKER,
        "content": {"first_name": ERASED, "inviter_email": "ben@acme.example", "inviter_name": "Ben Roe"},
    }
    from_them = {
        "recipient": "ben@acme.example",
        "content": {"first_name": "Ben", "inviter_email": EMAIL, "inviter_name": "Ann Lee"},
    }
    assert erase_in(from_them, PERSON)["content"] == {
        "first_name": "Ben",
        "inviter_email": MARKER,
        "inviter_name": ERASED,
    }


def test_a_row_of_a_file() -> None:
    row = {
        "row": 7, "outcome": "error", "email": EMAIL,
        "values": {"first_name": "Ann", "reports_to": "ben@acme.example", "custom_fields": {"Site": "Oslo"}},
        "errors": [{"code": "title_required", "column": "Title", "message": "Ann Lee needs a title.", "value": "Ann",
                    "suggestion": None}],
        "changes": [{"field": "title", "from": "AE", "to": "VP"}], "presumes": {"user_id": None, "version": 1},
    }  # fmt: skip
    assert erase_in(row, PERSON) == {
        "row": 7,
        "outcome": "error",
        "email": MARKER,
        "values": {"first_name": ERASED, "reports_to": "ben@acme.example", "custom_fields": {"Site": ERASED}},
        "errors": [
            {"code": "title_required", "column": "Title", "message": ERASED, "value": ERASED, "suggestion": None}
        ],
        "changes": [{"field": "title", "from": ERASED, "to": ERASED}],
        "presumes": {"user_id": None, "version": 1},
    }


@pytest.mark.parametrize(
    "text",
    [
        f"550 <{EMAIL}>: no such user", f"Ask {EMAIL}.", f"mailto:{EMAIL}?subject=x", f"?email={EMAIL}&next=1",
        f"'{EMAIL}'", "ANN.Lee@Acme.Example", f"To: {EMAIL}, ben@acme.example", f"who='{EMAIL}'", f"{{{EMAIL}}}",
        f"https://acme.example/?email={EMAIL.replace('@', '%40')}", f".{EMAIL}.", f"{{'email': '{EMAIL}'}}",
    ],
)  # fmt: skip
def test_their_address_goes_wherever_it_stands(text: str) -> None:
    after = erase_in({"error": text}, PERSON)["error"]
    assert "ann" not in after.lower()
    assert MARKER in after
    assert ("ben@acme.example" in after) == ("ben@acme.example" in text)


def test_codes_and_ids_stay() -> None:
    about = {"user_id": str(ANN), "reason": "changed_since", "status": "waiting", "methodologies": {"name": "consumed"}}
    assert erase_in(about, PERSON) == about


def test_who_else_is_there_stays() -> None:
    other = {"user_id": str(BEN), "email": "ben@acme.example", "name": "Ben", "custom_fields": {"Site": "Oslo"}}
    assert erase_in(other, PERSON) == other
    assert not is_about(other, PERSON)


USERS = TableRows(table="people", key=("user_id",), columns=("email", "notes"), json=("notes",), delete=True)


def test_a_users_row_goes_by_who_they_are_and_who_came_back_under_the_address_keeps_theirs() -> None:
    theirs = {"user_id": ANN, "email": EMAIL, "notes": "{}"}
    new = {"user_id": UUID(int=0xC), "email": EMAIL, "notes": "{}"}
    assert USERS.without(theirs, PERSON) is None
    assert USERS.without(new, PERSON) is new


def test_their_address_leaves_other_users_rows() -> None:
    row = {"user_id": BEN, "email": "ben@acme.example", "notes": f'{{"mentor":"{EMAIL}"}}'}
    without = USERS.without(row, PERSON)
    assert without is not None
    assert (without["email"], without["notes"]) == (row["email"], f'{{"mentor":"{MARKER}"}}')


def test_who_is_out_is_known_by_their_id() -> None:
    assert says_theirs(EMAIL, ANN, PERSON)
    assert not says_theirs("digest:1", ANN, PERSON), "done already"
    assert not says_theirs(EMAIL, BEN, PERSON), "somebody new under the address"


def test_a_digest_is_of_the_key_and_of_the_compared_address() -> None:
    assert DIGESTS.of("Ann.Lee@ACME.example") == DIGESTS.of(EMAIL)
    assert AddressDigests("j" * 32).of(EMAIL) != DIGESTS.of(EMAIL)
    turned = AddressDigests("j" * 32, "k" * 32)
    assert DIGESTS.of(EMAIL)[0] in turned.of(EMAIL), "who was forgotten under the key of before is found again"
    assert is_marker(MARKER)
    assert not is_marker(EMAIL)


def test_a_request_is_read() -> None:
    said = {"erasure_id": str(PERSON.erasure_id), "company_id": str(EVERYWHERE), "user_ids": [str(ANN)],
            "address_digests": [DIGESTS.of(EMAIL)[0]], "erased_at": "2027-03-01T00:00:00Z"}  # fmt: skip
    person = Person.of(said, DIGESTS)
    assert person.company is None
    assert person.has_id(str(ANN))
    assert person.has_address(EMAIL)


_KEYS = st.sampled_from(
    ["user_id", "email", "name", "first_name", "after", "profile", "by", "changes", "from", "from_id", "reason",
     "values", "custom_fields", "methodologies", "error"]
)  # fmt: skip
_TEXTS = st.sampled_from([EMAIL, "ben@acme.example", str(ANN), str(BEN), "Ann Lee", "waiting", f"<{EMAIL}> said", ""])
_DOCUMENTS = st.recursive(
    _TEXTS | st.none() | st.integers(0, 9),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(_KEYS, inside, max_size=5),
    max_leaves=20,
)


def _shape(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shape(inside) for key, inside in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_shape(each) for each in cast("list[Any]", value)]
    return type(value).__name__


@settings(deadline=None)
@given(_DOCUMENTS)
def test_whatever_it_is_the_address_is_gone_the_shape_stays_and_twice_is_once(document: Any) -> None:
    once = erase_in(document, PERSON)
    assert EMAIL not in str(once)
    assert _shape(once) == _shape(document)
    assert erase_in(once, PERSON) == once


def test_what_came_after_the_request_is_theirs_by_id_alone() -> None:
    later = PERSON.as_of(datetime(2027, 3, 2, tzinfo=UTC))
    assert erase_in({"user_id": str(ANN), "email": EMAIL}, later)["email"] == MARKER
    assert erase_in({"user_id": str(BEN), "email": EMAIL, "name": "Ann"}, later)["email"] == EMAIL
    assert PERSON.as_of(datetime(2027, 2, 28, tzinfo=UTC)) == PERSON
