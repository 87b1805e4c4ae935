"""A record that is read after somebody was forgotten is read without them."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import orjson

from shared.erasure.forgotten import Forgotten
from shared.messaging.consumed_record import Received
from tests.unit.shared.test_erasing import ANN, BEN, COMPANY, EMAIL, MARKER, PERSON

BEFORE, AFTER = PERSON.erased_at - timedelta(days=1), PERSON.erased_at + timedelta(days=1)


def read(data: dict[str, Any], at: Any = BEFORE, company: UUID = COMPANY) -> Received:
    value = orjson.dumps(data)
    return Received(
        id="e", type="t", topic="t", partition=0, offset=0, subject="s", company_id=str(company), sequence=1, time=at,
        correlation_id="c", traceparent="t", event=data, value=value,
    )  # fmt: skip


def without(received: Received, *people: Any) -> Received:
    return Forgotten(people or (PERSON,)).without(received, lambda _, value: orjson.loads(value))


def test_what_was_published_of_them_is_read_without_them() -> None:
    found = without(read({"user_id": str(ANN), "email": EMAIL, "first_name": "Ann"}))
    assert found.event == orjson.loads(found.value)
    assert found.event == {"user_id": str(ANN), "email": MARKER, "first_name": "erased"}


def test_others_are_read_as_they_were_published() -> None:
    received = read({"user_id": str(BEN), "email": "ben@acme.example", "first_name": "Ben"})
    assert without(received) is received
    assert Forgotten(()).without(received, lambda _, value: value) is received


def test_all_who_are_forgotten_leave_it() -> None:
    ben = replace(PERSON, erasure_id=UUID(int=7), user_ids=frozenset({BEN}), address_digests=frozenset())
    data = {"user_id": str(BEN), "first_name": "Ben", "by": {"email": EMAIL, "name": "Ann Lee"}}
    found = without(read(data), PERSON, ben).event
    assert found == {"user_id": str(BEN), "first_name": "erased", "by": {"email": MARKER, "name": "erased"}}


def test_who_has_their_address_later_is_somebody_new() -> None:
    received = read({"user_id": str(BEN), "email": EMAIL, "first_name": "Ann"}, AFTER)
    assert without(received) is received


def test_what_is_published_late_of_their_id_is_theirs() -> None:
    assert without(read({"user_id": str(ANN), "first_name": "Ann"}, AFTER)).event["first_name"] == "erased"


def test_in_another_company_they_are_not_forgotten() -> None:
    received = read({"user_id": str(ANN), "email": EMAIL}, company=UUID(int=9))
    assert without(received) is received
