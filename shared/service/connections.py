"""The lifespan's order: database, then Kafka, then background tasks; each tried again until it is there."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog
from faststream.kafka import KafkaBroker

from shared.database import Pool
from shared.service.tasks import Run, Supervisor

_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
_CLOSE_SECONDS = 3.0

log = structlog.stdlib.get_logger(__name__)


class Connections:
    """Opens what a service needs in order, without giving up: a service that starts before its database just waits."""

    def __init__(self, pool: Pool | None, broker: KafkaBroker | None, background: Mapping[str, Run]) -> None:
        self.pool = pool
        self.broker = broker
        self.tasks = Supervisor(background)
        self.missing: str | None = "starting"
        self._opening: asyncio.Task[None] | None = None

    async def open(self, patience: float) -> None:
        """Begin to open everything; returns when all is open, or after this many seconds with the rest under way."""
        self._opening = asyncio.create_task(self._open(), name="connect")
        await asyncio.wait([self._opening], timeout=patience)

    async def close(self) -> None:
        """Stop reading Kafka (what is being handled is finished first), then the tasks, then the database."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
        if self.broker is not None:
            await _quietly("Kafka", self.broker.stop())
        await self.tasks.stop()
        if self.pool is not None:
            await _quietly("Postgres", asyncio.wait_for(self.pool.close(), _CLOSE_SECONDS))

    async def _open(self) -> None:
        if self.pool is not None:
            await self._until_open("Postgres", self._open_pool)
        if self.broker is not None:
            await self._until_open("Kafka", self.broker.start, self.broker.stop)
        self.missing = None
        self.tasks.start()

    async def _open_pool(self) -> None:
        # Awaiting a pool that is open already does nothing; the question is what needs a connection.
        assert self.pool is not None
        await self.pool
        await self.pool.fetchval("SELECT 1")

    async def _until_open(
        self, name: str, connect: Callable[[], Awaitable[object]], undo: Callable[[], Awaitable[object]] | None = None
    ) -> None:
        for attempt in range(1_000_000_000):
            try:
                await connect()
                return
            except Exception as error:  # each library has errors of its own for "not there yet"
                self.missing = f"{name} cannot be reached"
                log.warning("waiting_for_dependency", dependency=name, error=type(error).__name__)
            if undo is not None:
                await _quietly(name, undo())
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])


async def _quietly(name: str, closing: Awaitable[object]) -> None:
    try:
        await closing
    except Exception as error:  # the process is ending, or begins again: nobody is left to act on it
        log.warning("not_closed", dependency=name, error=type(error).__name__)
