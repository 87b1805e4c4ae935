"""A projection behind the log instead of in its transactions: who appends waits for none of it, and what happened
before there was such a projection, or while an older process wrote beside, is in it too.

Its position stands in `checkpoints`, and moves in the transaction of the effects.
"""

import asyncio
from time import monotonic
from typing import Generic, TypeVar

import structlog

from shared.core.crash_points import reached
from shared.core.retry import TRANSIENT
from shared.eventsourcing.event_store import APPENDED, EventStore, Projection
from shared.postgres.database import LOOK_ANYWAY, Listener, wait_for_wakeup

log = structlog.get_logger(__name__)

E = TypeVar("E")

PORTION = 1_000
RETRY_SECONDS = 1.0
_PAUSE = 0.02
"""Seconds between two looks of who waits for it."""


class LogFollower(Generic[E]):
    """Run one in every replica: whoever finds the checkpoint free does the next portion. The projection has to take a
    portion that it knows already for nothing: a rebuild is further than the checkpoint."""

    def __init__(self, store: EventStore[E], projection: Projection[E], listener: Listener) -> None:
        self._store = store
        self._projection = projection
        self._listener = listener

    async def run(self) -> None:
        """Follows until cancelled."""
        while True:
            try:
                async with self._listener.wakeups(APPENDED) as appended:
                    while True:
                        await self.catch_up()
                        await wait_for_wakeup(appended, LOOK_ANYWAY)
            except TRANSIENT as error:
                log.warning("follower.begins_again", projection=self._projection.name, error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)

    async def catch_up(self) -> None:
        """Takes in what there is, unless somebody else does."""
        there_is_more = True
        while there_is_more:
            there_is_more = await self._portion()

    async def _portion(self) -> bool:
        async with self._store.pool.acquire() as conn, conn.transaction():
            position: int | None = await conn.fetchval(_TURN, self._projection.name)
            if position is None:
                # Nobody has begun, or somebody is at it.
                return await conn.fetchval(_BEGIN, self._projection.name) is not None
            events = await self._store.read(conn, position, PORTION)
            if not events:
                return False
            await self._projection.apply(conn, events)
            await conn.execute(_MOVE, self._projection.name, events[-1].position)
            reached("follower.applied")
        return True

    async def wait(self, longest: float) -> bool:
        """Waits until all is taken in that was committed before. False after so many seconds."""
        until = monotonic() + longest
        last: int = await self._store.pool.fetchval(_LAST) or 0
        while (await self._store.pool.fetchval(_POSITION, self._projection.name) or 0) < last:
            if monotonic() > until:
                return False
            await asyncio.sleep(_PAUSE)
        return True


_TURN = "SELECT position FROM checkpoints WHERE reader = $1 FOR UPDATE SKIP LOCKED"
_BEGIN = "INSERT INTO checkpoints (reader, position) VALUES ($1, 0) ON CONFLICT DO NOTHING RETURNING reader"
_MOVE = "UPDATE checkpoints SET position = $2 WHERE reader = $1"
_POSITION = "SELECT position FROM checkpoints WHERE reader = $1"
_LAST = "SELECT first_position + count - 1 FROM commits ORDER BY first_position DESC LIMIT 1"
