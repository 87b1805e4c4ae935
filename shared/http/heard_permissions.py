"""Permissions that another service grants, and tells of: a table of them, and the source that looks into it.

The service that hears of them has the table `permissions` in its own migrations: (user_id, company_id, email_key,
active, permissions, sequence). Of whom nothing was ever granted, nothing is kept.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.http.permissions import PermissionHolder
from shared.http.sse import CHANNEL
from shared.people.address import compare_form
from shared.postgres.database import Connection, Pool
from shared.postgres.wakeups import wake


@dataclass(frozen=True, slots=True)
class Told:
    """What an event says of a user, at its owner's sequence. permissions: all of them, None where that stays."""

    user_id: str
    company_id: str
    email: str
    active: bool
    sequence: int
    permissions: Sequence[str] | None = None


async def keep(conn: Connection, told: Sequence[Told]) -> None:
    """Keeps the newest of each user: what comes again, or late, changes nothing. Whoever streams something to their
    company looks again whether they may."""
    grants, moves = dict[str, Told](), dict[str, Told]()
    for each in sorted(told, key=lambda each: each.sequence):
        (moves if each.permissions is None else grants)[each.user_id] = each
    companies = await _run(conn, _GRANT, grants.values()) | await _run(conn, _MOVE, moves.values())
    if companies:
        await wake(conn, CHANNEL, map(str, sorted(companies)))


async def _run(conn: Connection, sql: str, told: Collection[Told]) -> set[UUID]:
    rows = [
        (t.user_id, t.company_id, compare_form(t.email), t.active, " ".join(t.permissions or ()), t.sequence)
        for t in told
    ]
    if not rows:
        return set()
    return {row["company_id"] for row in await conn.fetch(sql, *(list(column) for column in zip(*rows, strict=True)))}


class HeardPermissions:
    """See `shared.http.permissions.Permissions`. `catch_up` waits, a bounded time, until what was told of a company's
    users is applied here."""

    def __init__(self, pool: Pool, catch_up: Callable[[str], Awaitable[object]]) -> None:
        self._pool = pool
        self._catch_up = catch_up

    async def of(self, who: PermissionHolder) -> frozenset[str]:
        """See `Permissions`. Who is not Active has none, nor has whose address is not proved to be theirs."""
        if who.company_id is None or who.email_refuted:
            return frozenset()
        found = await self._pool.fetch(_OF, UUID(who.company_id), compare_form(who.email))
        return frozenset(permission for row in found for permission in row["permissions"])

    async def may(self, who: PermissionHolder, permission: str) -> bool:
        """See `Permissions`."""
        if permission in await self.of(who):
            return True
        if who.company_id is None:
            return False
        await self._catch_up(who.company_id)
        return permission in await self.of(who)


_TOLD = """
unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::text[], $6::bigint[])
AS told (user_id, company_id, email_key, active, permissions, sequence)
"""
_GRANT = f"""
INSERT INTO permissions (user_id, company_id, email_key, active, permissions, sequence)
SELECT user_id, company_id, email_key, active, string_to_array(permissions, ' '), sequence FROM {_TOLD}
ON CONFLICT (user_id) DO UPDATE
SET email_key = excluded.email_key, active = excluded.active, permissions = excluded.permissions,
    sequence = excluded.sequence
WHERE permissions.sequence < excluded.sequence
RETURNING company_id
"""
_MOVE = f"""
UPDATE permissions p SET email_key = told.email_key, active = told.active, sequence = told.sequence
FROM {_TOLD}
WHERE p.user_id = told.user_id AND p.sequence < told.sequence
RETURNING p.company_id
"""
_OF = "SELECT permissions FROM permissions WHERE company_id = $1 AND email_key = $2 AND active"
