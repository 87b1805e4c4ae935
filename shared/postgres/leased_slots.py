"""Leased slots: so many at once for a company and no more, whichever replicas they are in: 429 with `Retry-After` for
one too many.

A place is a row under a lease that is renewed while the work goes on, so that a process that dies holds it for no
longer than the lease.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from uuid import UUID, uuid4

import structlog

from shared.core.retry import TRANSIENT
from shared.postgres.database import Pool

LEASE_SECONDS = 30.0

log = structlog.stdlib.get_logger(__name__)


class NoFreeSlot(Exception):
    """All of the company's places are taken."""


class LeasedSlots:
    """The slots: `most` for each company, kept in the table `places`."""

    def __init__(self, pool: Pool, most: int) -> None:
        self.most = most
        self._pool = pool

    @asynccontextmanager
    async def take(self, company_id: str) -> AsyncGenerator[None]:
        """One place for as long as the block lasts. Raises NoFreeSlot. Holds no connection meanwhile."""
        place = uuid4()
        async with self._pool.acquire() as conn, conn.transaction():
            # One at a time, so that two who count at once don't both take the last place.
            await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('places' || $1, 0))", company_id)
            await conn.execute("DELETE FROM places WHERE until < now()")
            if await conn.fetchval(_TAKE, place, UUID(company_id), LEASE_SECONDS, self.most) is None:
                raise NoFreeSlot
        renewing = asyncio.create_task(self._renew(place))
        try:
            yield
        finally:
            renewing.cancel()
            # To its end, even where the caller has gone: else the place would stay taken for the rest of its lease.
            await asyncio.shield(asyncio.create_task(self._give_back(place)))

    async def _renew(self, place: UUID) -> None:
        while True:
            await asyncio.sleep(LEASE_SECONDS / 3)
            with suppress(*TRANSIENT):
                await self._pool.execute(_RENEW, place, LEASE_SECONDS)

    async def _give_back(self, place: UUID) -> None:
        try:
            await self._pool.execute("DELETE FROM places WHERE id = $1", place)
        except TRANSIENT as error:
            log.warning("place.not_given_back", error=type(error).__name__)  # its lease ends it


_TAKE = """
INSERT INTO places (id, company_id, until)
SELECT $1, $2, now() + make_interval(secs => $3) WHERE (SELECT count(*) FROM places WHERE company_id = $2) < $4
RETURNING id
"""

_RENEW = "UPDATE places SET until = now() + make_interval(secs => $2) WHERE id = $1"
