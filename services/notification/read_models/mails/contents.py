"""What mails say: in the log in their first event, and in their row while they have one."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from services.notification.domain.stored_events import mail_of, mail_stream
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Stored:
    """The first event of a mail, as it is stored."""

    type: str
    data: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What is to be stored in its place, and the content that the row is to have."""

    data: str
    content: str


async def locked(conn: Connection, mails: Collection[UUID]) -> dict[UUID, Stored]:
    """The first events of these mails, held until the transaction ends: whoever rewrites one waits for the other."""
    rows = await conn.fetch(_LOCKED, [mail_stream(mail) for mail in mails]) if mails else ()
    return {mail_of(row["stream"]): Stored(row["type"], row["data"]) for row in rows}


async def replace(conn: Connection, contents: Mapping[UUID, Rewritten]) -> None:
    """They say that from now on. Nothing else of an event changes: it keeps its id, its version and its place."""
    if contents:
        events = [each.data for each in contents.values()]
        await conn.execute(_REPLACE_EVENTS, [mail_stream(mail) for mail in contents], events)
        await conn.execute(_REPLACE_ROWS, list(contents), [each.content for each in contents.values()])


_LOCKED = """
SELECT stream, type, data FROM events WHERE stream = ANY ($1) AND version = 1 ORDER BY stream FOR NO KEY UPDATE
"""
_REPLACE_EVENTS = """
UPDATE events e SET data = t.data::json FROM unnest($1::text[], $2::text[]) AS t (stream, data)
WHERE e.stream = t.stream AND e.version = 1
"""
_REPLACE_ROWS = """
UPDATE mail_jobs m SET content = t.content::json FROM unnest($1::uuid[], $2::text[]) AS t (id, content)
WHERE m.id = t.id
"""
