"""Runs commands: each in a transaction, and answered only when the relay has published what it says."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar, cast
from uuid import UUID

from services.licensing.application import lock_retry
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.invitation_limits import Terms
from shared.core.crash_points import reached
from shared.core.signed_ids import Signer
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.http.daily_quota import DailyQuota
from shared.http.rate_limit import RateLimit
from shared.http.sse import Streams
from shared.http.standing import Standing
from shared.messaging.outbox_relay import Published
from shared.postgres import row_security
from shared.postgres.database import Connection, Listener, Pool

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How often links may be opened: a good one by its invitation, those that are not by where they come from."""

    link: RateLimit
    unknown: RateLimit


@dataclass(frozen=True, slots=True)
class Office:
    """The service's parts that HTTP uses; built once, in main.py."""

    pool: Pool
    listener: Listener
    streams: Streams
    store: EventStore[Event]
    published: Published
    terms: Terms
    signer: Signer
    limits: Limits
    standing: Standing
    outsiders: DailyQuota

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection to read with, outside any transaction."""
        async with self.pool.acquire() as pooled:
            yield cast(Connection, pooled)  # a proxy with the connection's interface

    async def run(
        self, company_id: UUID, context: Context, work: Callable[[Desk], Awaitable[T]], longest: float | None = None
    ) -> T:
        """Does a command of one company. Raises what the work raises."""
        with row_security.within(company_id):
            return await self.run_plainly(lambda tx: work(Desk(tx, company_id, context, self.terms)), longest)

    async def run_plainly(self, work: Callable[[Transaction[Event]], Awaitable[T]], longest: float | None = None) -> T:
        """As ``run``, for what belongs to no company. What is answered is known to every batch that is uploaded
        afterwards: so the answer waits until it is published (5 s at most, or ``longest`` behind a large batch that is
        being published; then the promise is suspended, and that is counted)."""
        committed = await lock_retry.run(self.store, work)
        reached("office.committed")
        await self.published.wait(committed.position, longest=longest)
        reached("office.published")
        return committed.result
