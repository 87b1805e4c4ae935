"""Reads saved views: those that an admin sees, their own and what others share."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import msgspec
from asyncpg import Record

from services.licensing.domain.saved_views.events import View
from services.licensing.domain.user.state import Actor
from shared.http.pagination import decode_cursor, encode_cursor
from shared.postgres.database import Connection, Pool

_VIEW = msgspec.json.Decoder(View)
_ACTOR = msgspec.json.Decoder(Actor)


@dataclass(frozen=True, slots=True)
class SeenView:
    """A view as one admin sees it. ``mine``: they saved it; ``begins``: they begin with it."""

    id: UUID
    view: View
    owner: str
    saved_by: Actor
    mine: bool
    begins: bool


async def seen_by(
    conn: Connection | Pool, company_id: UUID, person: str, limit: int, cursor: str | None
) -> tuple[Sequence[SeenView], str | None]:
    """A page of those that this admin sees, by name."""
    after = decode_cursor(cursor, str, str) or ("", "00000000-0000-0000-0000-000000000000")
    rows = await conn.fetch(f"{_SEEN} {_PAGE}", company_id, person, after[0], after[1], limit + 1)
    shown = rows[:limit]
    following = encode_cursor(shown[-1]["name_key"], str(shown[-1]["view_id"])) if len(rows) > limit else None
    return [_seen(row) for row in shown], following


async def one_seen_by(conn: Connection | Pool, company_id: UUID, person: str, view_id: UUID) -> SeenView | None:
    """One of them; None for what they don't see."""
    row = await conn.fetchrow(f"{_SEEN} AND v.view_id = $3", company_id, person, view_id)
    return _seen(row) if row else None


async def shared_by_others(conn: Connection, company_id: UUID, person: str) -> int:
    """How many views the company's other admins share."""
    return await conn.fetchval(_SHARED, company_id, person)


def _seen(row: Record) -> SeenView:
    view, by = _VIEW.decode(row["view"]), _ACTOR.decode(row["saved_by"])
    return SeenView(row["view_id"], view, row["owner"], by, row["mine"], row["begins"])


_SEEN = """
SELECT v.*, v.owner = $2 AS mine, b.view_id IS NOT NULL AS begins
FROM saved_views v
LEFT JOIN beginning_views b ON b.company_id = $1 AND b.person = $2 AND b.view_id = v.view_id
WHERE v.company_id = $1 AND (v.owner = $2 OR v.shared)
"""
_PAGE = "AND (v.name_key, v.view_id) > ($3::text, $4::uuid) ORDER BY v.name_key, v.view_id LIMIT $5"
_SHARED = "SELECT count(*) FROM saved_views WHERE company_id = $1 AND owner <> $2 AND shared"
