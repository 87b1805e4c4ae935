"""Reading `mail_jobs`: rows as states, and the claims of workers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from services.notification.domain.mail.content import Undelivered
from services.notification.domain.mail.events import MailQueued
from services.notification.domain.mail.state import (
    Ambiguous,
    ExistingMail,
    Failed,
    Queued,
    Retrying,
    Sending,
    Sent,
    Withdrawn,
)
from services.notification.domain.stored_events import mail_stream
from services.notification.read_models.mails.projection import CONTENT
from shared.core.ids import FastUUID
from shared.eventsourcing.events import Context
from shared.postgres.database import Connection

_COLUMNS = """
m.id, m.version, m.company_id, m.user_id, m.recipient, m.message_id, m.content, m.queued_at, m.state, m.attempts,
m.uncertain, m.withdrawal, m.lease_until, m.correlation_id, m.causation_id, m.traceparent
"""
_DUE = "m.state IN ('queued', 'retry', 'ambiguous')"
_OPEN = "m.state IN ('queued', 'retry', 'ambiguous', 'sending')"


class Record(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class MailRow:
    """A mail as its row has it, equal to the fold of its stream but for a sender's lease."""

    id: UUID
    version: int
    user_id: UUID | None
    state: ExistingMail
    context: Context


def from_row(row: Record) -> MailRow:
    """A row of `mail_jobs` as a state."""
    queued_at: datetime = row["queued_at"]
    company_id = str(row["company_id"])
    context = Context(row["correlation_id"], row["causation_id"], row["traceparent"], company_id, queued_at)
    mail = MailQueued(row["recipient"], row["message_id"], CONTENT.decode(row["content"]), queued_at)
    return MailRow(row["id"], row["version"], row["user_id"], _state(mail, row), context)


def _state(mail: MailQueued, row: Record) -> ExistingMail:
    attempts: int = row["attempts"]
    match row["state"]:
        case "queued":
            return Queued(mail)
        case "retry":
            return Retrying(mail, attempts)
        case "ambiguous":
            return Ambiguous(mail, attempts)
        case "sending":
            return Sending(mail, attempts, row["lease_until"], row["uncertain"], row["withdrawal"])
        case "sent":
            return Sent(mail)
        case "failed":
            return Failed(mail)
        case "withdrawn":
            return Withdrawn(mail)
        case other:
            raise ValueError(f"mail_jobs has a state that nobody knows: {other}")


async def by_id(conn: Connection, ids: Collection[UUID]) -> list[MailRow]:
    """These mails, locked, in the order in which everybody locks mails."""
    sql = f"SELECT {_COLUMNS} FROM mail_jobs m WHERE m.id = ANY ($1) ORDER BY m.id FOR UPDATE"
    return [from_row(row) for row in await conn.fetch(sql, list(ids))]


async def lock(conn: Connection, ids: Collection[UUID]) -> dict[UUID, int]:
    """Locks those of these mails that have a row, in the order in which everybody locks mails; their versions."""
    sql = "SELECT id, version FROM mail_jobs WHERE id = ANY ($1) ORDER BY id FOR UPDATE"
    return {row["id"]: row["version"] for row in await conn.fetch(sql, list(ids))}


async def open_of_users(conn: Connection, user_ids: Collection[UUID]) -> list[MailRow]:
    """The mails to these users that have not come to an end; locked, in order."""
    sql = f"SELECT {_COLUMNS} FROM mail_jobs m WHERE m.user_id = ANY ($1) AND {_OPEN} ORDER BY m.id FOR UPDATE"
    return [from_row(row) for row in await conn.fetch(sql, list(user_ids))]


class Addressed(NamedTuple):
    """To whom a mail is."""

    id: UUID
    user_id: UUID | None
    recipient: str


async def open_addresses(conn: Connection, company_id: UUID | None, before: datetime) -> list[Addressed]:
    """All mails of a company, or of all, that were queued before and have not come to an end."""
    sql = f"""
        SELECT m.id, m.user_id, m.recipient FROM mail_jobs m
        WHERE {_OPEN} AND ($1::uuid IS NULL OR m.company_id = $1) AND m.queued_at < $2
    """
    return [Addressed(*row) for row in await conn.fetch(sql, company_id, before)]


async def queued_before(conn: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Which of these mails there are already, whatever became of them: of what was sent there is no row."""
    streams = {mail_stream(mail): mail for mail in ids}
    sql = "SELECT stream FROM events WHERE stream = ANY ($1) AND version = 1"
    return {streams[row["stream"]] for row in await conn.fetch(sql, list(streams))}


async def told(conn: Connection, user_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """The addresses at which these users were sent an invitation, whichever it was: of those who were."""
    addresses = dict[UUID, set[str]]()
    if user_ids:
        for row in await conn.fetch(_TOLD, [str(user_id) for user_id in user_ids]):
            addresses.setdefault(FastUUID(row["user_id"]), set()).add(row["email"])
    return addresses


async def next_company(conn: Connection, after: UUID, now: datetime) -> tuple[UUID, str] | None:
    """Whose turn it is, with its name: the next company after `after` with a mail that is due, in a circle."""
    sql = f"""
        SELECT company_id, name FROM mail_jobs m JOIN companies USING (company_id)
        WHERE {_DUE} AND m.company_id > $1 AND m.run_at <= $2 ORDER BY m.company_id LIMIT 1
    """
    row = await conn.fetchrow(sql, after, now) or await conn.fetchrow(sql, UUID(int=0), now)
    return None if row is None else (row["company_id"], row["name"])


async def due(conn: Connection, company_id: UUID, limit: int, now: datetime) -> list[MailRow]:
    """A company's mails that are due, the longest waiting first, locked; those that another sender takes left out."""
    sql = f"""
        SELECT {_COLUMNS} FROM mail_jobs m
        WHERE {_DUE} AND m.company_id = $1 AND m.run_at <= $2 ORDER BY m.run_at LIMIT $3 FOR UPDATE SKIP LOCKED
    """
    return [from_row(row) for row in await conn.fetch(sql, company_id, now, limit)]


async def abandoned(conn: Connection, limit: int, now: datetime) -> list[MailRow]:
    """Mails whose sender's lease ran out, locked."""
    sql = f"""
        SELECT {_COLUMNS} FROM mail_jobs m WHERE m.state = 'sending' AND m.lease_until <= $1
        ORDER BY m.lease_until LIMIT $2 FOR UPDATE SKIP LOCKED
    """
    return [from_row(row) for row in await conn.fetch(sql, now, limit)]


_TOLD = """
SELECT DISTINCT data #>> '{delivery,user_id}' AS user_id, data #>> '{delivery,email}' AS email FROM events
WHERE type = 'mail-sent.v1' AND data #>> '{delivery,user_id}' = ANY ($1)
"""


async def failed(conn: Connection, batch_id: UUID, limit: int) -> list[Undelivered]:
    """A batch's invitations that have failed, by address, `limit` at most."""
    return await _undelivered(conn, "m.state = 'failed'", batch_id, limit)


async def deferred(conn: Connection, batch_id: UUID, limit: int) -> list[Undelivered]:
    """Those that have not come to an end. Looks through all such mails, which is seldom asked for."""
    return await _undelivered(conn, _OPEN, batch_id, limit)


async def _undelivered(conn: Connection, which: str, batch_id: UUID, limit: int) -> list[Undelivered]:
    sql = f"""
        SELECT content ->> 'first_name' AS first, content ->> 'last_name' AS last, recipient, error
        FROM mail_jobs m WHERE batch_id = $1 AND {which} ORDER BY recipient LIMIT $2
    """
    rows = await conn.fetch(sql, batch_id, limit)
    return [Undelivered(f"{row['first']} {row['last']}".strip(), row["recipient"], row["error"]) for row in rows]


@dataclass(frozen=True, slots=True)
class OpenMails:
    """How many there are, and how long ago the oldest was queued."""

    count: int
    oldest_seconds: float


async def any_open(conn: Connection) -> bool:
    """Whether there is a mail that has not come to an end."""
    return bool(await conn.fetchval(f"SELECT EXISTS (SELECT FROM mail_jobs m WHERE {_OPEN})"))


async def open_by_state(conn: Connection) -> dict[str, OpenMails]:
    """The mails that have not come to an end, by state."""
    sql = f"""
        SELECT m.state, count(*) AS n, extract(epoch FROM now() - min(m.queued_at))::float8 AS oldest
        FROM mail_jobs m WHERE {_OPEN} GROUP BY m.state
    """
    return {row["state"]: OpenMails(row["n"], row["oldest"]) for row in await conn.fetch(sql)}
