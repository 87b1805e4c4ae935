"""Reads which batches wait, and how these are now."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from services.upload.domain.batch.events import Person
from services.upload.domain.seat_wait.commands import JudgedBatch, SeatsNeeded
from shared.people.address import compare_form
from shared.postgres.database import Connection

_ABOUT_SEATS = frozenset({"licenses_exceeded", "methodology_seats_exceeded"})


async def of_company(conn: Connection, company_id: str) -> Sequence[tuple[str, str]]:
    """The company's waits: of each the request and the batch that it named."""
    rows = await conn.fetch(_WAITS, UUID(company_id))
    return [(str(row["request_id"]), str(row["batch_id"])) for row in rows]


async def batch_now(conn: Connection, batch_id: str, asked_by: Person) -> JudgedBatch | None:
    """The batch, or the one that has taken its place at last; None where there is none."""
    row = await conn.fetchrow(_NOW, UUID(batch_id))
    if row is None:
        return None
    seats, counts = _object(row["seats"]), _object(row["counts"])
    errors: Sequence[Mapping[str, Any]] = orjson.loads(row["file_errors"])
    return JudgedBatch(
        batch_id=str(row["id"]),
        status=row["status"],
        review=row["review"],
        short=any(error["code"] in _ABOUT_SEATS for error in errors),
        needed=_needed(seats),
        invite=counts.get("invite", 0),
        change=counts.get("change", 0),
        error=counts.get("error", 0),
        file_name=row["file_name"],
        admins=await _admins(conn, row, asked_by),
    )


async def _admins(conn: Connection, row: Record, asked_by: Person) -> tuple[Person, ...]:
    """Who asked, and who uploaded the file; not who is deactivated."""
    uploaded_by = Person(**orjson.loads(row["uploaded_by"]))
    people = {compare_form(one.email): one for one in (uploaded_by, asked_by)}
    rows = await conn.fetch(_INACTIVE, row["company_id"], list(people))
    out = {each["email_key"] for each in rows}
    return tuple(one for key, one in reversed(people.items()) if key not in out)


def _needed(seats: Mapping[str, Any]) -> SeatsNeeded:
    pools = seats.get("methodologies") or ()
    return SeatsNeeded(seats.get("required", 0), {each["id"]: each["required"] for each in pools if each["required"]})


def _object(text: str | None) -> Mapping[str, Any]:
    return orjson.loads(text) if text else {}


_WAITS = "SELECT request_id, batch_id FROM seat_waits WHERE company_id = $1 ORDER BY request_id"
_NOW = """
WITH RECURSIVE line AS (
    SELECT id, superseded_by, 0 AS step FROM batches WHERE id = $1
    UNION ALL
    SELECT b.id, b.superseded_by, line.step + 1 FROM batches b JOIN line ON b.id = line.superseded_by
)
SELECT b.* FROM batches b WHERE b.id = (SELECT id FROM line ORDER BY step DESC LIMIT 1)
"""
_INACTIVE = "SELECT email_key FROM standing WHERE company_id = $1 AND email_key = ANY ($2::text[]) AND inactive"
