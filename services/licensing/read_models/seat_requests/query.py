"""Reads requests for more licenses, and whom they go to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import BaseModel, Field

from services.licensing.domain.seat_request.events import Purchaser
from services.licensing.read_models.team.history import Person
from shared.http.pagination import Page, decode_cursor, page_of, unknown_cursor
from shared.people.statuses import HAS_NO_ACCESS
from shared.postgres.database import Connection, Pool

MAX_PURCHASERS = 50
"""How many are told, and shown: a company has a few."""
_ANSWERED_SHOWN = 10


class SeatRequest(BaseModel):
    """What an admin has asked for, and what was answered."""

    id: UUID
    state: Annotated[Literal["open", "granted", "declined"], Field(title="SeatRequestState")]
    licenses: int = Field(description="How many more licenses")
    methodologies: dict[str, int] = Field(description="How many more seats of which methodology, by its id")
    note: str | None
    batch_id: UUID | None = Field(description="The batch that needs them")
    file_name: str | None = Field(description="The name of its file, where that is known")
    asked_by: Person
    asked_at: datetime
    answered_at: datetime | None
    comment: str | None = Field(description="What was said with the answer")


async def page(pool: Pool, company_id: UUID, limit: int, cursor: str | None) -> Page[SeatRequest]:
    """The company's requests, newest first. Raises Problem 422 for a cursor that no page has answered."""
    match decode_cursor(cursor, str):
        case (str(before),):
            last = _id(before)
        case _:
            last = None
    rows = await pool.fetch(f"{_READ} AND ($2::uuid IS NULL OR request_id < $2) {_NEWEST}", company_id, last, limit + 1)
    items, following = page_of([_request(row) for row in rows], limit, lambda request: (str(request.id),))
    return Page(items=items, next_cursor=following)


async def shown(conn: Connection, company_id: UUID) -> list[SeatRequest]:
    """All that are open, and those that were answered last; newest first."""
    rows = await conn.fetch(_SHOWN, company_id, _ANSWERED_SHOWN)
    return [_request(row) for row in rows]


async def count_open(conn: Connection, company_id: UUID) -> int:
    """How many of the company's wait for an answer."""
    sql = "SELECT count(*) FROM seat_requests WHERE company_id = $1 AND state = 'open'"
    return await conn.fetchval(sql, company_id)


async def is_of(conn: Connection, company_id: UUID, request_id: UUID) -> bool:
    """Whether it is a request of this company."""
    sql = "SELECT EXISTS (SELECT FROM seat_requests WHERE company_id = $1 AND request_id = $2)"
    return await conn.fetchval(sql, company_id, request_id)


async def one(conn: Connection, company_id: UUID, request_id: UUID) -> SeatRequest | None:
    """One of them."""
    row = await conn.fetchrow(f"{_READ} AND request_id = $2", company_id, request_id)
    return None if row is None else _request(row)


async def purchasers(conn: Connection, company_id: UUID) -> Sequence[Purchaser]:
    """Who may authorize purchases and is not Inactive, by name."""
    rows = await conn.fetch(_PURCHASERS, company_id, MAX_PURCHASERS)
    return [Purchaser(row["email"], f"{row['first_name']} {row['last_name']}".strip() or row["email"]) for row in rows]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise unknown_cursor() from None


def _request(row: Record) -> SeatRequest:
    by: Mapping[str, Any] = orjson.loads(row["asked_by"])
    return SeatRequest(
        id=row["request_id"],
        state=row["state"],
        licenses=row["licenses"],
        methodologies=orjson.loads(row["methodologies"]),
        note=row["note"],
        batch_id=row["batch_id"],
        file_name=row["file_name"],
        asked_by=Person(email=by["email"], name=by["name"]),
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
        comment=row["comment"],
    )


_READ = """
SELECT *, (SELECT said ->> 'file_name' FROM batch_activity b
           WHERE b.company_id = $1 AND b.batch_id = r.batch_id AND b.what = 'batch_uploaded' LIMIT 1) AS file_name
FROM seat_requests r WHERE company_id = $1
"""
_NEWEST = "ORDER BY request_id DESC LIMIT $3"
_SHOWN = f"""
SELECT * FROM (
    ({_READ} AND state = 'open')
    UNION ALL
    ({_READ} AND state <> 'open' ORDER BY request_id DESC LIMIT $2)
) AS shown
ORDER BY request_id DESC
"""
_PURCHASERS = f"""
SELECT email, first_name, last_name FROM users
WHERE company_id = $1 AND permissions ? 'authorize_purchases' AND NOT {HAS_NO_ACCESS}
ORDER BY last_key, first_key, email_key LIMIT $2
"""
