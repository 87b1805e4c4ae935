"""Invitations whose time is over: told once each, by whichever replica comes first.

Links end by the clock, whether or not it has been told (``check_invitation``). Two replicas that find the same link
append to one stream at one version: the second does it again, and has nothing to tell then.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import structlog

from services.licensing.application import lock_retry, stream_snapshots
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.commands import Expire
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from shared.core.periodic import run_periodically
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.observability.spans import within
from shared.people.origins import TIME
from shared.postgres.database import Connection

INTERVAL = 15.0
"""Seconds between two looks: nobody waits for the word, the link itself ends on time."""
PORTION = 500
"""Links that are told of in one transaction."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class InvitationExpiry:
    """The background task."""

    store: EventStore[Event]
    policy: InvitationPolicy
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    async def run(self) -> None:
        """Looks until cancelled."""
        await run_periodically(INTERVAL, self.once)

    async def once(self) -> int:
        """Tells of all links that have ended. Returns how many they were."""
        total = 0
        while True:
            async with self.store.pool.acquire() as conn:
                companies = [row["company_id"] for row in await conn.fetch(_COMPANIES, self.now())]
            told = sum([await self._tell(company_id) for company_id in companies])
            if not told:
                return total
            total += told

    async def _tell(self, company_id: UUID) -> int:
        with within(None, "expire invitations"):
            context = Context(f"expiry-{new_id()}", None, current_traceparent(), str(company_id), self.now(), TIME)
            try:
                ended = await lock_retry.run(
                    self.store, lambda tx: expire(UnitOfWork(tx, company_id, context, self.policy))
                )
            except lock_retry.CompanyBusy:
                return 0  # the next look finds them
        log.info("invitations.expired", company_id=str(company_id), count=ended.result)
        return ended.result


async def expire(uow: UnitOfWork) -> int:
    """Tells of the company's links that have ended, PORTION at most. Returns how many they were."""
    await uow.lock_company("shared", None)
    due = await _due(uow.conn, uow.company_id, uow.at)
    for user_id, snapshot in (await stream_snapshots.users(uow.conn, uow.company_id, due)).items():
        uow.decide_user(user_id, snapshot, Expire(uow.at))
    await uow.flush()
    return len(due)


async def _due(conn: Connection, company_id: UUID, at: datetime) -> list[UUID]:
    return [row["user_id"] for row in await conn.fetch(_DUE, company_id, at, PORTION)]


_COMPANIES = "SELECT DISTINCT company_id FROM users WHERE expired = false AND expires_at <= $1 LIMIT 100"
_DUE = """
SELECT user_id FROM users WHERE company_id = $1 AND expired = false AND expires_at <= $2 ORDER BY expires_at LIMIT $3
"""
