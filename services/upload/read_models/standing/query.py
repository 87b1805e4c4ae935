"""Whether who holds a token is an Inactive user of its company, as far as licensing has said it."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from services.upload.messages import IS_OUT, NEEDS_ADMIN
from shared.erasure.person import AddressDigests
from shared.erasure.standing import keys_of
from shared.http.permissions import PermissionHolder, Permissions
from shared.http.problems import Problem
from shared.http.standing import Holder, require
from shared.people.access import MANAGE_USERS
from shared.postgres.database import Pool


class UserStanding:
    """See `shared.http.standing`. `catch_up` waits, a bounded time, until what licensing has published of a company's
    users is applied here; `permissions` says who is an admin. Who was forgotten is known by the digest of their
    address: their token may live longer."""

    def __init__(
        self,
        pool: Pool,
        catch_up: Callable[[str], Awaitable[object]],
        permissions: Permissions,
        digests: AddressDigests,
    ) -> None:
        self._digests = digests
        self._pool = pool
        self._catch_up = catch_up
        self._permissions = permissions

    async def is_out(self, who: Holder) -> bool:
        """See `shared.http.standing.Standing`. What licensing has answered is waited for only to refuse: who was
        reactivated a moment ago is let in."""
        if who.company_id is None or not await self._inactive(who.company_id, who.email):
            return False
        await self._catch_up(who.company_id)
        return await self._inactive(who.company_id, who.email)

    async def require_in(self, who: PermissionHolder) -> None:
        """For what can't be taken back: as of all that licensing has answered before this call. Problem 403
        `deactivated` or `forbidden`."""
        if who.company_id is not None:
            await self._catch_up(who.company_id)
            if await self._inactive(who.company_id, who.email):
                raise self.refusal()
            await self._require_permission(who)

    async def require_still_in(self, who: PermissionHolder) -> None:
        """Of who was let in before, as of what is applied here. Problem 403 `deactivated` or `forbidden`."""
        await require(self, who)
        await self._require_permission(who)

    async def _require_permission(self, who: PermissionHolder) -> None:
        if not await self._permissions.may(who, MANAGE_USERS):
            raise NEEDS_ADMIN()

    async def is_inactive(self, company_id: str, email: str) -> bool:
        """Whether that address is an Inactive user's of the company, as of what is applied here."""
        return await self._inactive(company_id, email)

    def refusal(self) -> Problem:
        """See `shared.http.standing.Standing`."""
        return IS_OUT()

    async def _inactive(self, company_id: str, email: str) -> bool:
        return await self._pool.fetchval(_INACTIVE, UUID(company_id), keys_of(email, self._digests))


_INACTIVE = "SELECT EXISTS (SELECT FROM standing WHERE company_id = $1 AND email_key = ANY ($2::text[]) AND inactive)"
