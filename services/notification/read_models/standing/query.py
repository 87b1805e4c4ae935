"""Whether who holds a token is let in: no Inactive user is, and no company without Usher."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from services.notification.messages import IS_OUT, NEEDS_PLUS
from shared.erasure.person import AddressDigests
from shared.erasure.standing import keys_of
from shared.http.problems import Problem
from shared.http.standing import Holder
from shared.postgres.database import Pool

PLAN = "plus"


class UserStanding:
    """See `shared.http.standing`. `catch_up` waits, a bounded time, until what licensing has published of a company is
    applied here: waited for only to refuse. Who was forgotten is known by the digest of their address."""

    def __init__(self, pool: Pool, catch_up: Callable[[str], Awaitable[object]], digests: AddressDigests) -> None:
        self._pool = pool
        self._digests = digests
        self._catch_up = catch_up

    async def is_out(self, who: Holder) -> bool:
        """See `shared.http.standing.Standing`."""
        if who.company_id is None or not await self._inactive(who.company_id, who.email):
            return False
        await self._catch_up(who.company_id)
        return await self._inactive(who.company_id, who.email)

    def refusal(self) -> Problem:
        """See `shared.http.standing.Standing`."""
        return IS_OUT()

    async def require_plus(self, company_id: str) -> None:
        """Problem 403 `plan_required` where the company is unknown or on a plan without Usher."""
        if not await self._has_usher(company_id):
            await self._catch_up(company_id)
            if not await self._has_usher(company_id):
                raise NEEDS_PLUS()

    async def _inactive(self, company_id: str, email: str) -> bool:
        return await self._pool.fetchval(_INACTIVE, UUID(company_id), keys_of(email, self._digests))

    async def _has_usher(self, company_id: str) -> bool:
        return await self._pool.fetchval(_HAS_USHER, UUID(company_id), PLAN)


_INACTIVE = "SELECT EXISTS (SELECT FROM standing WHERE company_id = $1 AND email_key = ANY ($2::text[]) AND inactive)"
_HAS_USHER = "SELECT EXISTS (SELECT FROM company_plans WHERE company_id = $1 AND plan = $2)"
