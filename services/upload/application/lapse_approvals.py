"""Sending batches back to their review that nobody has approved in time."""

from collections.abc import Callable
from datetime import UTC, datetime

import structlog

from services.upload.application.known_admins import KnownAdmins
from services.upload.domain.batch.commands import LapseApproval
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.stored_events import Event, stream_of
from services.upload.read_models.batches.query import unapproved
from shared.core.periodic import run_periodically
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.people.origins import TIME

INTERVAL_SECONDS = 60.0
_PORTION = 100

log = structlog.stdlib.get_logger(__name__)


class LapseApprovals:
    """A background task: sends back what nobody has approved in time, and forgets admins who have not come for long."""

    def __init__(
        self,
        store: EventStore[Event],
        admins: KnownAdmins,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._admins = admins
        self._now = now

    async def run(self) -> None:
        """Looks every minute until cancelled."""
        await run_periodically(INTERVAL_SECONDS, self.once)

    async def once(self) -> int:
        """Sends all of them back. Returns how many they were."""
        await self._admins.forget()
        lapsed = 0
        while due := await unapproved(self._store.pool, self._now(), _PORTION):
            for batch_id, company_id in due:
                await self._lapse(batch_id, company_id)
            lapsed += len(due)
        if lapsed:
            log.info("approvals.lapsed", count=lapsed)
        return lapsed

    async def _lapse(self, batch_id: str, company_id: str) -> None:
        now = self._now()
        context, command = Context(batch_id, None, current_traceparent(), company_id, now, TIME), LapseApproval(now)
        await self._store.run(lambda tx: tx.execute(BATCH, stream_of(batch_id), command, context))
