"""Cancelling batches that nobody has confirmed in time.

When the days are over for which a company keeps files, nobody could confirm what can no longer be read.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from services.upload.domain.batch.commands import LapseBatch
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.stored_events import Event, stream_of
from services.upload.read_models.batches.retention import Unconfirmed, unconfirmed
from shared.core.periodic import run_periodically
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.people.origins import TIME

INTERVAL_SECONDS = 3600.0
_PORTION = 100

log = structlog.stdlib.get_logger(__name__)


class CancelUnconfirmed:
    """A background task: cancels batches that nobody has confirmed in time."""

    def __init__(self, store: EventStore[Event], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    async def run(self) -> None:
        """Looks every hour until cancelled."""
        await run_periodically(INTERVAL_SECONDS, self.once)

    async def once(self) -> int:
        """Cancels all of them. Returns how many they were."""
        lapsed = 0
        while due := await unconfirmed(self._store.pool, self._now(), _PORTION):
            for batch in due:
                await self._lapse(batch)
            lapsed += len(due)
        if lapsed:
            log.info("batches.lapsed", count=lapsed)
        return lapsed

    async def _lapse(self, batch: Unconfirmed) -> None:
        context = Context(batch.batch_id, None, current_traceparent(), batch.company_id, self._now(), TIME)
        command = LapseBatch(batch.days)
        await self._store.run(lambda tx: tx.execute(BATCH, stream_of(batch.batch_id), command, context))
