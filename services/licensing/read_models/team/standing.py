"""A lookup of who may still act in their company, and what: who is Inactive may nothing, whatever their token says."""

from collections.abc import Collection
from uuid import UUID

import orjson

from services.licensing.messages import REFUSALS
from shared.http.permissions import PermissionHolder
from shared.http.problems import Problem
from shared.http.sse import CHANNEL
from shared.http.standing import Holder
from shared.people.address import compare_form
from shared.people.statuses import HAS_NO_ACCESS
from shared.postgres.database import Connection, Pool
from shared.postgres.wakeups import wake


async def is_out(conn: Connection | Pool, company_id: UUID, email: str) -> bool:
    """Whether this is the address of a user of the company without access to it. Where nobody has it the answer is no:
    admins need not be users."""
    return await conn.fetchval(_IS_OUT, company_id, compare_form(email))


async def permissions_of(conn: Connection | Pool, company_id: UUID, email: str) -> frozenset[str]:
    """What was granted to the company's Active user of this address; nothing where there is none."""
    granted = await conn.fetchval(_GRANTED, company_id, compare_form(email))
    return frozenset(orjson.loads(granted or "[]"))


async def tell(conn: Connection, companies: Collection[UUID]) -> None:
    """Wakes who streams something to people of these companies: somebody there has lost access, or
    has it again, or other permissions."""
    await wake(conn, CHANNEL, map(str, companies))


class UsersStanding:
    """See `shared.http.standing`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_out(self, who: Holder) -> bool:
        """See `shared.http.standing.Standing`."""
        return who.company_id is not None and await is_out(self._pool, UUID(who.company_id), who.email)

    def refusal(self) -> Problem:
        """See `shared.http.standing.Standing`."""
        return REFUSALS["deactivated"]()


class UsersPermissions:
    """See `shared.http.permissions`: what was granted to users here."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def of(self, who: PermissionHolder) -> frozenset[str]:
        """See `shared.http.permissions.Permissions`."""
        if who.company_id is None or who.email_refuted:
            return frozenset()
        return await permissions_of(self._pool, UUID(who.company_id), who.email)

    async def may(self, who: PermissionHolder, permission: str) -> bool:
        """See `shared.http.permissions.Permissions`."""
        return permission in await self.of(who)


_IS_OUT = f"""
SELECT EXISTS (SELECT FROM users WHERE company_id = $1 AND email_key = $2 AND {HAS_NO_ACCESS})
"""
_GRANTED = """
SELECT permissions FROM users WHERE company_id = $1 AND email_key = $2 AND status = 'active'
"""
