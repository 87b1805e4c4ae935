"""What may be forgotten: ids of events that Kafka no longer has, answers whose time is over."""

import structlog

from shared.core.periodic import run_periodically
from shared.http.idempotency import KEPT
from shared.postgres.database import Pool

INTERVAL_SECONDS = 3600.0
_CHUNK = 10_000

log = structlog.stdlib.get_logger(__name__)


class Cleanup:
    """A background task. inbox_days: how long the ids of events are kept, None for ever."""

    def __init__(self, pool: Pool, inbox_days: int | None) -> None:
        self._pool = pool
        self._inbox_days = inbox_days

    async def run(self) -> None:
        """Sweeps every hour until cancelled."""
        await run_periodically(INTERVAL_SECONDS, self.once)

    async def once(self) -> int:
        """Deletes all that may be forgotten, a chunk at a time. Returns how many rows."""
        inbox = await self._sweep(_INBOX, float(self._inbox_days)) if self._inbox_days else 0
        answers = await self._sweep(_ANSWERS)
        log.info("swept", inbox=inbox, answers=answers)
        return inbox + answers

    async def _sweep(self, statement: str, *arguments: float) -> int:
        total = 0
        while True:
            async with self._pool.acquire() as conn:
                deleted = int((await conn.execute(statement, *arguments)).split()[-1])
            total += deleted
            if deleted < _CHUNK:
                return total


_INBOX = f"""
DELETE FROM inbox WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM inbox WHERE received_at < now() - $1 * interval '1 day' LIMIT {_CHUNK}))
"""

_ANSWERS = f"""
DELETE FROM idempotency WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM idempotency WHERE created_at < now() - interval '{KEPT}' LIMIT {_CHUNK}))
"""
