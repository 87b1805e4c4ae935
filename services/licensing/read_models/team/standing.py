"""A lookup of who may still act in their company: an Inactive user may nothing, whatever their token says."""

from collections.abc import Iterable
from uuid import UUID

from services.licensing.domain.user.events import UserDeactivated, UserEvent, UserReactivated
from shared.http.problems import Problem
from shared.http.sse import CHANNEL
from shared.http.standing import Holder
from shared.people.access import DEACTIVATED, IS_DEACTIVATED
from shared.people.address import compare_form
from shared.postgres.database import Connection, Pool


async def is_inactive(conn: Connection | Pool, company_id: UUID, email: str) -> bool:
    """Whether this is the address of an Inactive user of the company. Where nobody has it the answer is no: admins need
    not be users."""
    return await conn.fetchval(_INACTIVE, company_id, compare_form(email))


async def tell(conn: Connection, events: Iterable[UserEvent]) -> None:
    """Wakes who streams something to people of the companies in which somebody was deactivated or reactivated."""
    moved = {event.after.company_id for event in events if isinstance(event, UserDeactivated | UserReactivated)}
    if moved:
        await conn.execute(_TELL, CHANNEL, sorted(moved))


class UsersStanding:
    """See `shared.http.standing`."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def is_out(self, who: Holder) -> bool:
        """See `shared.http.standing.Standing`."""
        return who.company_id is not None and await is_inactive(self._pool, UUID(who.company_id), who.email)

    def refusal(self) -> Problem:
        """See `shared.http.standing.Standing`."""
        return Problem(403, DEACTIVATED, IS_DEACTIVATED)


_INACTIVE = """
SELECT EXISTS (SELECT FROM users WHERE company_id = $1 AND email_key = $2 AND status = 'inactive')
"""
_TELL = "SELECT pg_notify($1, company_id::text) FROM unnest($2::uuid[]) AS company_id"
