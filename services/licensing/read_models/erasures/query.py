"""Reads who is to be forgotten, and what is done of it where."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import BaseModel, Field

from services.licensing.read_models.team.history import Person
from shared.erasure.person import EVERYWHERE
from shared.http.pagination import Page, decode_cursor, page_of, unknown_cursor
from shared.postgres.database import Connection, Pool

SERVICES = ("upload", "validation", "licensing", "notification")
"""Each keeps something of people, and forgets by itself."""

State = Annotated[Literal["open", "done"], Field(title="ErasureState")]


class ServiceErasure(BaseModel):
    """What one service has done."""

    service: str
    state: State
    done_at: datetime | None = None
    places: dict[str, int] = Field(
        default_factory=dict, description="How many things were changed or deleted in each place"
    )


class Erasure(BaseModel):
    """Somebody who is to be forgotten. Who it is is not said any more, but by the ids that they had."""

    id: UUID
    state: State = Field(description="done: every service has forgotten them")
    reason: str
    user_ids: list[UUID]
    everywhere: bool = Field(description="In all companies: the platform asked for it")
    asked_by: Person | None = Field(description="null: the platform")
    asked_at: datetime
    done_at: datetime | None
    services: list[ServiceErasure]


async def page(pool: Pool, company_id: UUID | None, limit: int, cursor: str | None) -> Page[Erasure]:
    """The company's, or all with None, newest first. Raises Problem 422 for a cursor that no page has answered."""
    match decode_cursor(cursor, str):
        case (str(before),):
            last = _id(before)
        case _:
            last = None
    rows = await pool.fetch(f"{_READ} AND ($2::uuid IS NULL OR erasure_id < $2) {_NEWEST}", company_id, last, limit + 1)
    items, following = page_of([_erasure(row) for row in rows], limit, lambda erasure: (str(erasure.id),))
    return Page(items=items, next_cursor=following)


async def one(conn: Connection | Pool, company_id: UUID | None, erasure_id: UUID) -> Erasure | None:
    """One of them."""
    row = await conn.fetchrow(f"{_READ} AND erasure_id = $2", company_id, erasure_id)
    return None if row is None else _erasure(row)


async def of_person(
    conn: Connection, company_id: UUID | None, user_id: UUID | None, digests: Sequence[str], *, undone: bool = False
) -> UUID | None:
    """The last one of the company's, or with None of the platform's, that is about this user or one of these addresses;
    undone: that licensing has not carried out yet."""
    where = company_id or EVERYWHERE
    return await conn.fetchval(_OF_PERSON, where, user_id, list(digests), undone)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise unknown_cursor() from None


def _erasure(row: Record) -> Erasure:
    done: dict[str, ServiceErasure] = {}
    reports: Sequence[Mapping[str, Any]] = orjson.loads(row["reports"])
    for report in reports:
        done[report["service"]] = ServiceErasure(state="done", **report)
    if row["done_at"] is not None:
        own = {"done_at": row["done_at"], "places": orjson.loads(row["places"])}
        done["licensing"] = ServiceErasure(service="licensing", state="done", **own)
    services = [done.get(name, ServiceErasure(service=name, state="open")) for name in SERVICES]
    times = [each.done_at for each in services if each.done_at is not None]
    over = len(times) == len(SERVICES)
    by = row["asked_by"] and orjson.loads(row["asked_by"])
    return Erasure(
        id=row["erasure_id"],
        state="done" if over else "open",
        reason=row["reason"],
        user_ids=row["user_ids"],
        everywhere=row["company_id"] == EVERYWHERE,
        asked_by=by and Person(email=by["email"], name=by["name"]),
        asked_at=row["asked_at"],
        done_at=max(times) if over else None,
        services=services,
    )


_READ = """
SELECT e.*, (
    SELECT coalesce(jsonb_agg(jsonb_build_object('service', service, 'done_at', done_at, 'places', places)), '[]')
    FROM erasure_reports r WHERE r.erasure_id = e.erasure_id
)::text AS reports
FROM erasures e WHERE ($1::uuid IS NULL OR company_id = $1)
"""
_NEWEST = "ORDER BY erasure_id DESC LIMIT $3"
_OF_PERSON = """
SELECT erasure_id FROM erasures
WHERE company_id = $1 AND ($2::uuid = ANY (user_ids) OR address_digests && $3::text[])
  AND NOT ($4 AND done_at IS NOT NULL)
ORDER BY erasure_id DESC LIMIT 1
"""
