"""What follows from mails' events that were rewritten without a person: all of a mail to them loses them, also where a
mail server has said in its own words whom it did not know; and rows say what their events say now."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec
import orjson

from services.notification.domain.mail.events import MailQueued
from services.notification.domain.stored_events import NotificationEvent, mail_of
from shared.erasure.documents import erase_in
from shared.erasure.person import Person
from shared.erasure.stored_events import Rewritten
from shared.postgres.database import Connection


async def follow(conn: Connection, person: Person, rewritten: Sequence[Rewritten[NotificationEvent]]) -> None:
    """Brings the rest of these mails, and their rows, to where their events are."""
    queued = {each.stream: each.after for each in rewritten if isinstance(each.after, MailQueued)}
    await _rest_of(conn, person, [stream for stream, mail in queued.items() if mail.recipient == person.marker])
    if queued:
        contents = [msgspec.json.encode(mail.content).decode() for mail in queued.values()]
        recipients = [mail.recipient for mail in queued.values()]
        await conn.execute(_ROWS, [mail_of(stream) for stream in queued], recipients, contents)
    streams = {each.stream for each in rewritten if each.stream.startswith(_MAIL)}
    if streams:
        await conn.execute(_ERRORS, [mail_of(stream) for stream in streams])


async def _rest_of(conn: Connection, person: Person, streams: Collection[str]) -> None:
    """The later events of mails to the person, whenever they came: they say no more of whose they are."""
    rows = await conn.fetch(_LATER, list(streams)) if streams else ()
    for row in rows:
        without = erase_in(before := orjson.loads(row["data"]), person, theirs=True)
        if without != before:
            await conn.execute(_REWRITE, row["stream"], row["version"], orjson.dumps(without).decode())


_MAIL = "mail-"
_LATER = """
SELECT stream, version, data::text AS data FROM events
WHERE stream = ANY ($1) AND version > 1 ORDER BY stream, version FOR NO KEY UPDATE
"""
_REWRITE = "UPDATE events SET data = $3::text::json WHERE stream = $1 AND version = $2"
_ROWS = """
UPDATE mail_jobs m SET recipient = t.recipient, content = t.content::json
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS t (id, recipient, content) WHERE m.id = t.id
"""
# A sender's lease has taken it out of the row: it stays so.
_ERRORS = """
UPDATE mail_jobs m SET error = e.data ->> 'error' FROM events e
WHERE m.id = ANY ($1) AND e.stream = 'mail-' || m.id AND e.version = m.version AND m.error IS NOT NULL
"""
