"""Keeps the directory: one statement to read, one to write, however many events a polled batch brings."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import asyncpg
import orjson

from services.validation.read_models.directory.folding import UnknownPerson, fold
from shared.messaging.inbox import Permanent, Received
from shared.people.address import compare_form
from shared.people.model import Person
from shared.people.profile import TEXT_KEYS
from shared.postgres.database import Connection
from usher_contracts import (
    CompanyChanged,
    LicensesReleased,
    LicensesReserved,
    MethodologySeatsReleased,
    MethodologySeatsReserved,
    UserErased,
    UserEvent,
)

_texts: Callable[[Person], tuple[str | None, ...]] = attrgetter(*TEXT_KEYS)


async def apply_users(conn: Connection, received: Sequence[Received]) -> None:
    """User events, in their order: who was erased is nobody any more, in a rebuild from the topic too. Raises Permanent
    for one about somebody who was never introduced."""
    events: list[tuple[Received, UserEvent | UserErased]] = [(each, each.event) for each in received]
    before = await _load(conn, sorted({event.user_id for _, event in events}))
    people: dict[str, Person | None] = dict(before)
    latest: dict[str, Received] = {}
    for each, event in events:
        try:
            people[event.user_id] = fold(people.get(event.user_id), event)
        except UnknownPerson:
            raise Permanent(f"{each.type} of a user who was never introduced") from None
        latest[event.user_id] = each
    gone = [user_id for user_id in latest if people[user_id] is None]
    if gone:
        await conn.execute("DELETE FROM people WHERE user_id = ANY($1::uuid[])", gone)
    await _save(conn, [(each, person) for user_id, each in latest.items() if (person := people[user_id])])


async def apply_companies(conn: Connection, received: Sequence[Received]) -> None:
    """Settings, licenses and seats of methodologies as the last event of each company has them."""
    for each in received:
        match each.event:
            case CompanyChanged() as event:
                await conn.execute(_SETTINGS, event.company_id, event.model_dump_json(), event.purchased_licenses)
            case LicensesReserved() | LicensesReleased() as event:
                await conn.execute(_LICENSES, event.company_id, event.purchased, event.occupied)
            case MethodologySeatsReserved() | MethodologySeatsReleased() as event:
                await conn.execute(_SEATS, event.company_id, event.methodology_id, event.occupied)
            case _:
                raise Permanent(f"{each.type} says nothing about a company")


async def _load(conn: Connection, user_ids: Sequence[str]) -> Mapping[str, Person]:
    rows = await conn.fetch("SELECT * FROM people WHERE user_id = ANY($1::uuid[]) FOR UPDATE", user_ids)
    return {str(row["user_id"]): person_of(row) for row in rows}


def person_of(row: asyncpg.Record) -> Person:
    """A row of `people`."""
    manager = row["reports_to_id"]
    texts: dict[str, Any] = {key: row[key] for key in TEXT_KEYS}
    return Person(
        user_id=str(row["user_id"]),
        email=row["email"],
        status=row["status"],
        **texts,
        reports_to_id=str(manager) if manager else None,
        custom_fields=orjson.loads(row["custom_fields"]),
        methodologies=orjson.loads(row["methodologies"]),
        version=row["version"],
    )


async def _save(conn: Connection, people: Sequence[tuple[Received, Person]]) -> None:
    if not people:
        return
    rows = [
        (
            p.user_id,
            each.company_id,
            p.email,
            compare_form(p.email),
            p.status,
            *(text or "" for text in _texts(p)),
            p.reports_to_id,
            orjson.dumps(dict(p.custom_fields)).decode(),
            orjson.dumps(dict(p.methodologies)).decode(),
            p.version,
            each.sequence,
        )
        for each, p in people
    ]
    await conn.execute(_SAVE, *map(list, zip(*rows, strict=True)))


COLUMNS = {
    "user_id": "uuid",
    "company_id": "uuid",
    "email": "text",
    "email_key": "text",
    "status": "text",
    **dict.fromkeys(TEXT_KEYS, "text"),
    "reports_to_id": "uuid",
    "custom_fields": "jsonb",
    "methodologies": "jsonb",
    "version": "int",
    "sequence": "bigint",
}
_SAVE = f"""
INSERT INTO people ({", ".join(COLUMNS)})
SELECT * FROM unnest({", ".join(f"${n}::{kind}[]" for n, kind in enumerate(COLUMNS.values(), 1))})
ON CONFLICT (user_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "user_id")}
"""

_SETTINGS = """
INSERT INTO companies (company_id, settings, purchased) VALUES ($1, $2::jsonb, $3)
ON CONFLICT (company_id) DO UPDATE SET settings = excluded.settings, purchased = excluded.purchased
"""

_SEATS = """
INSERT INTO companies (company_id, occupied_seats) VALUES ($1, jsonb_build_object($2::text, $3::int))
ON CONFLICT (company_id) DO UPDATE SET occupied_seats = companies.occupied_seats || excluded.occupied_seats
"""

_LICENSES = """
INSERT INTO companies (company_id, purchased, occupied) VALUES ($1, $2, $3)
ON CONFLICT (company_id) DO UPDATE SET purchased = excluded.purchased, occupied = excluded.occupied
"""
