"""Reading `reminders`: which invitations are to be looked at, and when an address was reminded last."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class DueReminder:
    """An invitation that was not answered. `wanted`: its batch's admin, or else its company, wants reminders."""

    mail_id: UUID
    user_id: UUID
    sent_at: datetime
    wanted: bool


async def longest_due(conn: Connection, now: datetime) -> timedelta | None:
    """For how long the first of those to be looked at is due; None: there is none."""
    first: datetime | None = await conn.fetchval("SELECT min(due_at) FROM reminders")
    return None if first is None or first > now else now - first


async def due(conn: Connection, now: datetime, limit: int) -> list[DueReminder]:
    """Those to be looked at, the longest due first, locked; whose answer is being recorded right now left out."""
    rows = await conn.fetch(_DUE, now, limit)
    return [DueReminder(r["mail_id"], r["user_id"], r["sent_at"], r["wanted"]) for r in rows]


async def of_users(conn: Connection, user_ids: Collection[UUID]) -> Mapping[UUID, UUID]:
    """The mails of which these users may be reminded, each with its user; locked, in order."""
    if not user_ids:
        return {}
    sql = "SELECT mail_id, user_id FROM reminders WHERE user_id = ANY ($1) ORDER BY mail_id FOR UPDATE"
    return {row["mail_id"]: row["user_id"] for row in await conn.fetch(sql, list(user_ids))}


async def look_again(conn: Connection, at: Mapping[UUID, datetime]) -> None:
    """Puts these off until then."""
    if at:
        await conn.execute(_LATER, list(at), list(at.values()))


async def last_reminded(conn: Connection, email_keys: Collection[str]) -> dict[str, datetime]:
    """When each of these addresses was reminded last, of whatever invitation: of those that were."""
    return {row["email_key"]: row["at"] for row in await conn.fetch(_LAST, list(email_keys))}


_DUE = """
SELECT r.mail_id, r.user_id, r.sent_at, coalesce(b.reminders, c.reminders, false) AS wanted
FROM reminders r LEFT JOIN batch_progress b USING (batch_id) LEFT JOIN companies c ON c.company_id = r.company_id
WHERE r.due_at <= $1 ORDER BY r.due_at LIMIT $2 FOR UPDATE OF r SKIP LOCKED
"""
_LATER = """
UPDATE reminders r SET due_at = t.due_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS t (mail_id, due_at) WHERE r.mail_id = t.mail_id
"""
_LAST = """
SELECT data ->> 'email_key' AS email_key, max(at) AS at FROM events
WHERE type = 'mail-invitation-reminded.v1' AND data ->> 'email_key' = ANY ($1) GROUP BY 1
"""
