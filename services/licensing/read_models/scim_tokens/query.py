"""The table `scim_tokens`: written by the commands that make and revoke them, asked at every request of a directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from asyncpg import Record

from services.licensing.domain.user.state import Actor
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class ScimToken:
    """A token but for what is secret of it. ``used_at`` None: never, so far."""

    id: UUID
    company_id: UUID
    name: str
    made_by: Actor
    made_at: datetime
    used_at: datetime | None


async def all_of(conn: Connection, company_id: UUID) -> Sequence[ScimToken]:
    """The company's tokens, oldest first."""
    return [_token(row) for row in await conn.fetch(_ALL, company_id)]


async def add(conn: Connection, token: ScimToken, digest: bytes) -> None:
    """One more."""
    by = msgspec.json.encode(token.made_by).decode()
    await conn.execute(_ADD, token.id, token.company_id, token.name, digest, by, token.made_at)


async def remove(conn: Connection, company_id: UUID, token_id: UUID) -> bool:
    """Forgets it: from the commit on it opens nothing. Returns whether it was there."""
    return await conn.fetchval(_REMOVE, company_id, token_id) is not None


async def by_digest(conn: Connection, digest: bytes) -> ScimToken | None:
    """Whose token this is, over all companies."""
    row = await conn.fetchrow(_BY_DIGEST, digest)
    return None if row is None else _token(row)


async def used(conn: Connection, token_id: UUID, at: datetime) -> None:
    """It was used at that moment. To the minute: a sync is not to write the row with each of its requests."""
    await conn.execute(_USED, token_id, at)


def _token(row: Record) -> ScimToken:
    by = msgspec.json.decode(row["made_by"], type=Actor)
    return ScimToken(row["id"], row["company_id"], row["name"], by, row["made_at"], row["used_at"])


_READ = "id, company_id, name, made_by, made_at, used_at"
_ALL = f"SELECT {_READ} FROM scim_tokens WHERE company_id = $1 ORDER BY made_at, id"
_ADD = """
INSERT INTO scim_tokens (id, company_id, name, hash, made_by, made_at) VALUES ($1, $2, $3, $4, $5::jsonb, $6)
"""
_REMOVE = "DELETE FROM scim_tokens WHERE company_id = $1 AND id = $2 RETURNING id"
_BY_DIGEST = f"SELECT {_READ} FROM scim_tokens WHERE hash = $1"
_USED = """
UPDATE scim_tokens SET used_at = $2::timestamptz
WHERE id = $1 AND (used_at IS NULL OR used_at < $2::timestamptz - interval '1 minute')
"""
