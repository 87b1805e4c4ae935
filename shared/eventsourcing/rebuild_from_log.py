"""Rebuilding inline projections from the log, while serving, by the same code that keeps them: the log is replayed into
copies of the tables, and in one last transaction the rest is, and the copies' rows take the place of the live ones."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import structlog

from shared.eventsourcing.event_store import APPEND_LOCK, CarriesOver, EventStore, Projection
from shared.eventsourcing.shadow_tables import ShadowTables, shadow_tables
from shared.postgres.database import Connection

log = structlog.get_logger(__name__)

E = TypeVar("E")

PAGE = 2_000


class Rebuild(Generic[E]):
    """One rebuild of one inline projection."""

    def __init__(self, store: EventStore[E], projection: Projection[E]) -> None:
        self._store = store
        self._projection = projection

    async def run(self, url: str) -> int:
        """Rebuilds and swaps; returns the position that the projection stands at."""
        async with shadow_tables(url, self._projection.name, self._projection.tables) as copies:
            position = await self._replay(copies.connection, 0)
            async with copies.connection.transaction():
                position = await self._finish(copies, position)
                await copies.swap()
        log.info("projection.rebuilt", projection=self._projection.name, position=position)
        return position

    async def differences(self, url: str) -> dict[str, int]:
        """Rows by table that the live projection and its rebuild do not share; all zero when it equals its log."""
        async with shadow_tables(url, self._projection.name, self._projection.tables) as copies:
            position = await self._replay(copies.connection, 0)
            async with copies.connection.transaction():
                await self._finish(copies, position)
                return await copies.differences()

    async def _finish(self, copies: ShadowTables, position: int) -> int:
        """What was appended meanwhile, with the log and the tables held."""
        # The tables first: a writer that has projected already holds them and will ask for the append lock.
        await copies.lock()
        await copies.connection.execute("SELECT pg_advisory_xact_lock($1)", APPEND_LOCK)
        position = await self._replay(copies.connection, position)
        if isinstance(self._projection, CarriesOver):
            await self._projection.carry_over(copies.connection)
        return position

    async def _replay(self, connection: Connection, position: int) -> int:
        while events := await self._store.read(connection, position, PAGE):
            await self._projection.apply(connection, events)
            position = events[-1].position or position
        return position


def named(projections: Sequence[Projection[E]], name: str) -> Projection[E]:
    """The projection of that name. Raises ValueError, which names those that there are."""
    for projection in projections:
        if projection.name == name:
            return projection
    known = ", ".join(p.name for p in projections) or "none"
    raise ValueError(f"There is no projection {name!r} here. The projections are: {known}.")
