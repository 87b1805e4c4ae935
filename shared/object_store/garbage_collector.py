"""Deletes objects that nobody needs any more, once nobody has needed them for a week.

Which are needed is the owner's to say. The week is for those that are about to be needed: an object is put before the
event that refers to it is recorded, in another service even. It counts from when the collector first finds nobody who
needs the object, and from when it was put last. Between the last look at an object and its end some milliseconds pass:
who puts the same content in these, for the first time in a week, finds it no longer kept and has to put it again.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from shared.core.periodic import run_periodically
from shared.object_store.store import Blobs, Kept
from shared.postgres.database import Connection, Pool

UNNEEDED_FOR = timedelta(days=7)
INTERVAL_SECONDS = 6 * 3600.0

Needed = Callable[[Connection, Sequence[str], datetime], Awaitable[Collection[str]]]
"""Which of these objects somebody needs at that time."""

log = structlog.stdlib.get_logger(__name__)


class Collector:
    """A background task over the whole store; what it remembers is in the table `unneeded_objects`. Several replicas
    may collect at the same time: each step can be done twice."""

    def __init__(
        self, pool: Pool, blobs: Blobs, needed: Needed, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._pool = pool
        self._blobs = blobs
        self._needed = needed
        self._now = now

    async def run(self) -> None:
        """Collects every few hours until cancelled."""
        await run_periodically(INTERVAL_SECONDS, self.once)

    async def once(self) -> int:
        """Looks at every object. Returns how many it deleted."""
        deleted = 0
        async for page in self._blobs.pages():
            deleted += await self._look_at(page)
        log.info("collected", deleted=deleted)
        return deleted

    async def _look_at(self, page: Sequence[Kept]) -> int:
        now = self._now()
        async with self._pool.acquire() as conn, conn.transaction():
            needed = await self._needed(conn, [kept.ref for kept in page], now)
            unneeded = [kept.ref for kept in page if kept.ref not in needed]
            await conn.execute("DELETE FROM unneeded_objects WHERE ref = ANY ($1::text[])", list(needed))
            await conn.execute(_FOUND, unneeded, now)
            due = [row["ref"] for row in await conn.fetch(_DUE, unneeded, now - UNNEEDED_FOR)]
        return sum([await self._delete(ref, now) for ref in due])

    async def _delete(self, ref: str, now: datetime) -> bool:
        """Whether it was due to be deleted, and was there."""
        written_at = await self._blobs.written_at(ref)
        if written_at is not None and written_at > now - UNNEEDED_FOR:
            return False
        await self._blobs.delete(ref)
        await self._pool.execute("DELETE FROM unneeded_objects WHERE ref = $1", ref)
        return written_at is not None


_FOUND = "INSERT INTO unneeded_objects (ref, since) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING"
_DUE = "SELECT ref FROM unneeded_objects WHERE ref = ANY ($1::text[]) AND since <= $2"
