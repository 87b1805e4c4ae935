"""Every event of notification's log without each of the people in it: nothing of theirs is left, and it reads on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID

import pytest

from services.notification.domain.stored_events import TYPES, NotificationEvent
from shared.erasure.documents import erase_in
from shared.erasure.known import known_in
from shared.erasure.person import EVERYWHERE, AddressDigests, Person
from tests.unit.notification.examples import EMAIL, STORED, USER

DIGESTS = AddressDigests("a key of the test's own, long enough for it")
PEOPLE = {
    EMAIL: ("Yusuf", "Demir"),
    "marta.lindqvist@northwind.example": ("Marta", "Lindqvist"),
    "jonas.weber@northwind.example": ("Jonas", "Weber"),
    "lars.holm@northwind.example": ("Lars", "Holm"),
}
"""Everybody who stands in the examples, with the names that are nobody else's there."""
OF_BEFORE = {"mail-queued.v1.reactivation", "mail-queued.v1.approval-declined"}
"""Said by name alone who did it: their words go 30 days after their end, as those of all mails do."""


def person(email: str) -> Person:
    return Person(
        erasure_id=UUID("0190a000-0000-7000-8000-0000000000e1"),
        company_id=EVERYWHERE,
        user_ids=frozenset({USER} if email == EMAIL else ()),
        address_digests=frozenset(DIGESTS.of(email)),
        erased_at=datetime(2027, 3, 1, tzinfo=UTC),
        _digests=DIGESTS,
    )


CASES = [(name, email) for name in STORED for email in PEOPLE]


@pytest.mark.parametrize(("name", "email"), CASES)
def test_nothing_of_theirs_is_left_in_an_event_and_it_is_read_as_before(name: str, email: str) -> None:
    stored, event = dumped(STORED[name])
    without = erase_in(stored, person(email))
    texts = " ".join(strings(without))
    assert email not in texts
    if email in " ".join(strings(stored)) and name not in OF_BEFORE:
        assert not [part for part in PEOPLE[email] if part in texts]
    again = TYPES.load(event, json.dumps(without))
    assert type(again) is type(STORED[name])
    assert erase_in(without, person(email)) == without
    assert shape(without) == shape(stored)


@pytest.mark.parametrize(("name", "email"), CASES)
def test_of_the_others_all_stays(name: str, email: str) -> None:
    stored, _ = dumped(STORED[name])
    texts = " ".join(strings(erase_in(stored, person(email))))
    for other, names in PEOPLE.items():
        if other != email and other in " ".join(strings(stored)):
            assert other in texts
            assert [part for part in names if part in " ".join(strings(stored))] == [p for p in names if p in texts]


@pytest.mark.parametrize(("name", "email"), CASES)
def test_what_is_known_of_them_is_what_goes(name: str, email: str) -> None:
    stored, _ = dumped(STORED[name])
    said = known_in(stored, person(email))
    without = flat(erase_in(stored, person(email)))
    assert {path for path, value in flat(stored).items() if value != without[path]} <= said.keys()
    there = " ".join(strings(stored))
    others = [part for other, names in PEOPLE.items() if other != email and other in there for part in (other, *names)]
    assert not [value for value in said.values() if any(part in value for part in others)]


def dumped(event: NotificationEvent) -> tuple[Any, str]:
    name, data = TYPES.dump(event)
    return json.loads(data), name


def flat(value: Any, path: str = "") -> dict[str, Any]:
    match value:
        case dict():
            parts = cast("dict[str, Any]", value).items()
        case list():
            parts = enumerate(cast("list[Any]", value))
        case _:
            return {path: value}
    return {k: v for key, part in parts for k, v in flat(part, f"{path}.{key}" if path else str(key)).items()}


def strings(value: Any) -> Iterator[str]:
    return (each for each in flat(value).values() if isinstance(each, str))


def shape(value: Any) -> list[tuple[str, type]]:
    return [(path, type(each)) for path, each in flat(value).items()]
