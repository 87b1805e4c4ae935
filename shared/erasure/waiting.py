"""How long the oldest request has waited to be carried out here: people have a right that it is done in time."""

import asyncio

import structlog
from prometheus_client import Gauge

from shared.core.retry import TRANSIENT
from shared.erasure.erase_job import KIND
from shared.erasure.restored import AGAIN
from shared.postgres.database import Pool

log = structlog.get_logger(__name__)

EVERY = 15.0
_oldest = Gauge(
    "usher_erasure_oldest_seconds",
    "Age of the oldest request to forget somebody that this service has not carried out yet; 0: there is none",
)


class OldestErasure:
    """Measures it, in every process."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    async def run(self) -> None:
        """Measures until cancelled."""
        while True:
            try:
                async with self._pool.acquire() as conn:
                    _oldest.set(await conn.fetchval(_OLDEST, [KIND, AGAIN]))
            except TRANSIENT as error:
                log.warning("erasures.not_measured", error=type(error).__name__)
            await asyncio.sleep(EVERY)


_OLDEST = "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 FROM jobs WHERE kind = ANY ($1)"
