"""The table `scim_users`: what a directory knows a user by, and what it has said that is no fact about them. Kept by
the commands of the directory; a user whom none has touched has no row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import Record

from services.licensing.domain.user.state import Profile
from shared.people.address import compare_form
from shared.people.statuses import IS_LIVE
from shared.postgres.database import Connection

_PROFILE = msgspec.json.Decoder(Profile)


@dataclass(frozen=True, slots=True)
class ScimRow:
    """A resource: ``id`` is the directory's, ``user_id`` who it is at present. ``wanted_manager``: whom they shall
    report to as soon as that one is there; ``in_circle``: that one is, and reports up to them. ``asserted``: attributes
    that the directory has ever said a value of: those it may clear by leaving them out. ``hidden``: deleted there; seen
    again when the user is back. ``profile``: of who is on no list."""

    id: UUID
    company_id: UUID
    user_id: UUID
    created_at: datetime
    changed_at: datetime
    external_id: str | None = None
    wanted_manager: str | None = None
    in_circle: bool = False
    asserted: Collection[str] = ()
    hidden: bool = False
    profile: Profile | None = None
    version: int = 0

    def changed(self, at: datetime, **to: Any) -> "ScimRow":
        """The row as it is then; itself where that is no change."""
        other = replace(self, **to)
        return self if other == self and self.version else replace(other, changed_at=at, version=self.version + 1)


async def of_user(conn: Connection, company_id: UUID, user_id: UUID) -> ScimRow | None:
    """The row of somebody on the list."""
    row = await conn.fetchrow(f"{_SELECT} WHERE company_id = $1 AND user_id = $2", company_id, user_id)
    return None if row is None else _row(row)


async def off_the_list(conn: Connection, company_id: UUID, email_key: str) -> ScimRow | None:
    """The resource with this address that is of nobody on the list."""
    sql = f"{_SELECT} WHERE company_id = $1 AND email_key = $2 AND profile IS NOT NULL"
    row = await conn.fetchrow(sql, company_id, email_key)
    return None if row is None else _row(row)


async def waiting_for(conn: Connection, company_id: UUID, names: Sequence[str]) -> list[ScimRow]:
    """Whose manager is wanted by one of these names, in the order of their ids."""
    sql = f"{_SELECT} WHERE company_id = $1 AND wanted_manager = ANY ($2) ORDER BY id"
    return [_row(row) for row in await conn.fetch(sql, company_id, list(names))]


async def in_circles(conn: Connection, company_id: UUID, limit: int) -> list[ScimRow]:
    """Whose manager is wanted and there, but reports up to them."""
    sql = f"{_SELECT} WHERE company_id = $1 AND wanted_manager IS NOT NULL AND in_circle ORDER BY id LIMIT $2"
    return [_row(row) for row in await conn.fetch(sql, company_id, limit)]


async def settleable(conn: Connection, company_id: UUID, limit: int) -> list[ScimRow]:
    """Whose manager is wanted, and there by now."""
    sql = f"{_SELECT} s WHERE s.company_id = $1 AND {_IS_SETTLEABLE} ORDER BY id LIMIT $2"
    rows = await conn.fetch(sql, company_id, limit)
    return [_row(row) for row in rows]


async def companies_to_settle(conn: Connection) -> list[UUID]:
    """The companies in which there are such users. The connection must see all companies."""
    rows = await conn.fetch(f"SELECT DISTINCT s.company_id FROM scim_users s WHERE {_IS_SETTLEABLE} LIMIT 100")
    return [row["company_id"] for row in rows]


async def put(conn: Connection, row: ScimRow) -> None:
    """Writes it as it is."""
    p = row.profile
    profile, key = (msgspec.json.encode(p).decode(), compare_form(p.email)) if p is not None else (None, None)
    if key is not None:
        # What another resource said of the same address while somebody on the list had it is over.
        await conn.execute(_FORGET, row.company_id, key, row.id)
    await conn.execute(
        _PUT, row.id, row.company_id, row.user_id, row.external_id, row.wanted_manager, row.in_circle,
        sorted(row.asserted), row.hidden, profile, key, row.version, row.created_at, row.changed_at,
    )  # fmt: skip


async def remove(conn: Connection, row: ScimRow) -> None:
    """Forgets it."""
    await conn.execute("DELETE FROM scim_users WHERE company_id = $1 AND user_id = $2", row.company_id, row.user_id)


def _row(row: Record) -> ScimRow:
    profile = row["profile"]
    return ScimRow(
        row["id"],
        row["company_id"],
        row["user_id"],
        row["created_at"],
        row["changed_at"],
        row["external_id"],
        row["wanted_manager"],
        row["in_circle"],
        frozenset(row["asserted"]),
        row["hidden"],
        profile and _PROFILE.decode(profile),
        row["version"],
    )


_COLUMNS = (
    "id, company_id, user_id, external_id, wanted_manager, in_circle, asserted, hidden, profile, email_key, version,"
    " created_at, changed_at"
)
_SELECT = f"SELECT {_COLUMNS} FROM scim_users"
# Each name by an index of its own: who is wanted and never comes would else be looked for among everybody, by each who
# wants them.
_WANTED_ID = """
CASE WHEN s.wanted_manager ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN s.wanted_manager::uuid END
"""
_IS_THERE = f"u.company_id = s.company_id AND u.{IS_LIVE} AND u.user_id <> s.user_id"
_IS_SETTLEABLE = f"""
s.wanted_manager IS NOT NULL AND NOT s.in_circle AND EXISTS (SELECT FROM users WHERE user_id = s.user_id) AND (
    EXISTS (SELECT FROM users u WHERE {_IS_THERE} AND u.email_key = s.wanted_manager)
    OR EXISTS (SELECT FROM users u WHERE {_IS_THERE} AND u.user_id = {_WANTED_ID})
    OR EXISTS (SELECT FROM scim_users r JOIN users u ON u.user_id = r.user_id
               WHERE {_IS_THERE} AND r.company_id = s.company_id AND r.external_id = s.wanted_manager)
    OR EXISTS (SELECT FROM scim_users r JOIN users u ON u.user_id = r.user_id
               WHERE {_IS_THERE} AND r.company_id = s.company_id AND r.id = {_WANTED_ID})
)
"""
_FORGET = "DELETE FROM scim_users WHERE company_id = $1 AND email_key = $2 AND profile IS NOT NULL AND id <> $3"
_PUT = f"""
INSERT INTO scim_users ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13)
ON CONFLICT (id) DO UPDATE SET (user_id, external_id, wanted_manager, in_circle, asserted, hidden, profile, email_key,
version, changed_at) = (excluded.user_id, excluded.external_id, excluded.wanted_manager, excluded.in_circle,
excluded.asserted, excluded.hidden, excluded.profile, excluded.email_key, excluded.version, excluded.changed_at)
"""
