"""What is kept of batches, and for how long: a batch's files for the `retention_days` of its company.

They count from the batch's end, or from its upload where nobody confirmed it; such a batch is cancelled when they are
over, since nobody could confirm what can no longer be read. What came of a batch stays known for ever.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog

from services.upload.domain.batch.decide import BATCH, LapseBatch
from services.upload.domain.batch.events import Event, stream_of
from services.upload.read_models.batches.view import Batch
from shared.core.periodic import every
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.postgres.database import Connection
from usher_contracts import CompanyChanged

INTERVAL_SECONDS = 3600.0
_PORTION = 100

log = structlog.stdlib.get_logger(__name__)


async def needed(conn: Connection, refs: Sequence[str], now: datetime) -> Collection[str]:
    """Which of these objects a batch refers to that is under way, or has not been over for longer than its company
    keeps files; and all of companies that are not known here."""
    owners = {ref: _company(ref) for ref in refs}
    companies = list({company for company in owners.values() if company})
    known = {row["id"] for row in await conn.fetch("SELECT id FROM companies WHERE id = ANY ($1)", companies)}
    found = {row["ref"] for row in await conn.fetch(_NEEDED, companies, list(refs), now)}
    return found | {ref for ref, company in owners.items() if company not in known}


def _company(ref: str) -> UUID | None:
    try:
        return UUID(ref.partition("/")[0])
    except ValueError:
        return None


def kept_until(batch: Batch, company: CompanyChanged | None) -> datetime:
    """Until when the files of a batch that is over are kept for sure; some days later they are gone."""
    days = company.retention_days if company else 0
    return (batch.completed_at or batch.uploaded_at) + timedelta(days=days)


class Lapses:
    """A background task: cancels batches that nobody has confirmed in time."""

    def __init__(self, store: EventStore[Event], now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    async def run(self) -> None:
        """Looks every hour until cancelled."""
        await every(INTERVAL_SECONDS, self.once)

    async def once(self) -> int:
        """Cancels all of them. Returns how many they were."""
        lapsed = 0
        while due := await self._store.pool.fetch(_DUE, self._now(), _PORTION):
            for row in due:
                await self._lapse(str(row["company_id"]), str(row["id"]), row["days"])
            lapsed += len(due)
        if lapsed:
            log.info("batches.lapsed", count=lapsed)
        return lapsed

    async def _lapse(self, company_id: str, batch_id: str, days: int) -> None:
        context = Context(batch_id, None, current_traceparent(), company_id, self._now())
        await self._store.run(lambda tx: tx.execute(BATCH, stream_of(batch_id), LapseBatch(days), context))


_DAYS = "(c.company ->> 'retention_days')::int"
_OVER = f"coalesce(b.completed_at, b.uploaded_at) <= {{}}::timestamptz - make_interval(days => {_DAYS})"

_NEEDED = f"""
SELECT DISTINCT o.ref
FROM batches b JOIN companies c ON c.id = b.company_id
CROSS JOIN LATERAL unnest(ARRAY[b.original_ref, b.rows_ref, b.annotated_ref]) AS o (ref)
WHERE b.company_id = ANY ($1::uuid[]) AND o.ref = ANY ($2::text[])
  AND (b.status IN ('validating', 'needs_correction', 'ready_for_review', 'processing') OR NOT {_OVER.format("$3")})
"""

_DUE = f"""
SELECT b.id, b.company_id, {_DAYS} AS days
FROM batches b JOIN companies c ON c.id = b.company_id
WHERE b.status IN ('validating', 'needs_correction', 'ready_for_review') AND {_OVER.format("$1")}
ORDER BY b.uploaded_at LIMIT $2
"""
