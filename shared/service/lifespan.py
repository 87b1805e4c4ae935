"""The lifespan's order: database, then Kafka, then background tasks; each tried again until it is there."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, cast

import structlog
from faststream.kafka import KafkaBroker

from shared.core.retry import Backoff
from shared.messaging.inbox import Inbox
from shared.postgres.database import Pool
from shared.postgres.direct import NotDirect, require_direct
from shared.service.supervisor import Run, Supervisor

_BACKOFF = Backoff(first=0.2, cap=5.0)
_CLOSE_SECONDS = 3.0
_LEAST_SECONDS = 0.5
"""For each step of the end, however late it is."""

log = structlog.stdlib.get_logger(__name__)


class Connections:
    """Opens what a service needs in order, without giving up: a service that starts before its database just waits."""

    def __init__(
        self,
        pool: Pool | None,
        broker: KafkaBroker | None,
        background: Mapping[str, Run],
        inboxes: Sequence[Inbox[Any]] = (),
        grace: float = 5.0,
        first: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        self.pool = pool
        self.broker = broker
        self.inboxes = inboxes
        self._first = first
        self._grace = grace
        self._deadline: float | None = None
        self.tasks = Supervisor(background)
        self.missing: str | None = "starting"
        self._opening: asyncio.Task[None] | None = None

    async def open(self, patience: float) -> None:
        """Begin to open everything; returns when all is open, or after this many seconds with the rest under way."""
        self._opening = asyncio.create_task(self._open(), name="connect")
        await asyncio.wait([self._opening], timeout=patience)

    def told_to_stop(self) -> None:
        """From here on the grace is counted: requests under way, messages and jobs have it together."""
        self.missing = "stopping"
        self._deadline = self._deadline or time.monotonic() + self._grace

    @property
    def dead(self) -> Sequence[str]:
        """What has ended and will not begin again by itself: background tasks and consumers, by name."""
        opening = self._opening
        lost = ["connect"] if opening and opening.done() and (opening.cancelled() or opening.exception()) else []
        return [*lost, *self.tasks.dead, *(_dead_consumers(self.broker) if self.broker else ())]

    async def close(self) -> None:
        """Stop reading Kafka and the tasks, each finishing what it is at; then the database."""
        self.told_to_stop()
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        await asyncio.gather(self._stop_reading(), self.tasks.stop(self._left()))
        if self.pool is not None:
            await _quietly("Postgres", asyncio.wait_for(self.pool.close(), _CLOSE_SECONDS))

    async def _stop_reading(self) -> None:
        if self.broker is not None:
            await _quietly("Kafka", asyncio.wait_for(self.broker.stop(), self._left()))

    def _left(self) -> float:
        assert self._deadline is not None
        return max(_LEAST_SECONDS, self._deadline - time.monotonic())

    async def _open(self) -> None:
        if self.pool is not None:
            await self._until_open("Postgres", self._open_pool)
        if self._first is not None:
            self.missing = "what was erased since the backup is being erased again"
            await self._first()
        if self.broker is not None:
            await self._until_open("Kafka", self.broker.start, self.broker.stop)
        self.missing = None
        self.tasks.start()

    async def _open_pool(self) -> None:
        # Awaiting a pool that is open already does nothing; the question is what needs a connection.
        assert self.pool is not None
        await self.pool
        async with self.pool.acquire() as connection:
            await require_direct(connection)

    async def _until_open(
        self, name: str, connect: Callable[[], Awaitable[object]], undo: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        for attempt in itertools.count(1):
            try:
                await connect()
                return
            except Exception as error:  # each library has errors of its own for "not there yet"
                self.missing = str(error) if isinstance(error, NotDirect) else f"{name} cannot be reached"
                log.warning("waiting_for_dependency", dependency=name, error=type(error).__name__)
            if undo is not None:
                await _quietly(name, undo())
            await asyncio.sleep(_BACKOFF.pause(attempt))


def _dead_consumers(broker: KafkaBroker) -> list[str]:
    """Consumers whose loop has ended while they should be reading. FastStream begins one again that failed, but not one
    that was cancelled from within."""
    running = [cast("Any", subscriber) for subscriber in broker.subscribers if subscriber.running]
    return [str(each.group_id) for each in running if each.tasks and all(task.done() for task in each.tasks)]


async def _quietly(name: str, closing: Awaitable[object]) -> None:
    try:
        await closing
    except Exception as error:  # the process is ending, or begins again: nobody is left to act on it
        log.warning("not_closed", dependency=name, error=type(error).__name__)
