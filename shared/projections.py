"""Rebuilding inline projections from the log, while serving, by the same code that keeps them.

A projection's SQL names its tables without a schema. So a rebuild makes empty copies of them in a schema of its own,
puts that schema first in the search path, replays the log through the same ``apply``, and in one last transaction
takes the rest and puts the copies' rows in place of the live ones.
"""

from collections.abc import Sequence
from typing import Generic, TypeVar

import structlog

from shared.database import Connection, connect
from shared.event_store import APPEND_LOCK, EventStore, Projection

log = structlog.get_logger(__name__)

E = TypeVar("E")

PAGE = 2_000


class Rebuild(Generic[E]):
    """One rebuild of one inline projection, on a connection of its own whose role owns the tables."""

    def __init__(self, store: EventStore[E], projection: Projection[E]) -> None:
        self._store = store
        self._projection = projection
        self._schema = f"rebuild_{projection.name}"

    async def run(self, url: str) -> int:
        """Rebuilds and swaps; returns the position that the projection stands at."""
        connection = await self._open(url)
        try:
            position = await self._replay(connection, 0)
            async with connection.transaction():
                # The tables first: a writer that has projected already holds them and will ask for the append lock.
                await self._lock(connection)
                position = await self._replay(connection, position)
                for table in self._projection.tables:
                    await connection.execute(f"TRUNCATE public.{table}")
                    await connection.execute(f"INSERT INTO public.{table} SELECT * FROM {self._schema}.{table}")
            log.info("projection.rebuilt", projection=self._projection.name, position=position)
            return position
        finally:
            await self._close(connection)

    async def differences(self, url: str) -> dict[str, int]:
        """Rows by table that the live projection and its rebuild do not share; all zero when it equals its log."""
        connection = await self._open(url)
        try:
            position = await self._replay(connection, 0)
            async with connection.transaction():
                await self._lock(connection)
                await self._replay(connection, position)
                return {table: await self._count_differences(connection, table) for table in self._projection.tables}
        finally:
            await self._close(connection)

    async def _open(self, url: str) -> Connection:
        connection = await connect(url, "usher rebuild")
        await connection.execute("SET statement_timeout = 0; SET lock_timeout = '30s'")
        await connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE; CREATE SCHEMA {self._schema}")
        for table in self._projection.tables:
            await connection.execute(f"CREATE TABLE {self._schema}.{table} (LIKE public.{table} INCLUDING ALL)")
        await connection.execute(f"SET search_path = {self._schema}, public")
        return connection

    async def _close(self, connection: Connection) -> None:
        await connection.execute(f"DROP SCHEMA IF EXISTS {self._schema} CASCADE")
        await connection.close(timeout=5)

    async def _lock(self, connection: Connection) -> None:
        tables = ", ".join(f"public.{table}" for table in self._projection.tables)
        await connection.execute(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")
        await connection.execute("SELECT pg_advisory_xact_lock($1)", APPEND_LOCK)

    async def _replay(self, connection: Connection, position: int) -> int:
        while events := await self._store.read(connection, position, PAGE):
            await self._projection.apply(connection, events)
            position = events[-1].position or position
        return position

    async def _count_differences(self, connection: Connection, table: str) -> int:
        live, rebuilt = f"public.{table}", f"{self._schema}.{table}"
        return await connection.fetchval(
            f"SELECT (SELECT count(*) FROM (SELECT t::text FROM {live} t EXCEPT ALL SELECT t::text FROM {rebuilt} t) a)"
            f" + (SELECT count(*) FROM (SELECT t::text FROM {rebuilt} t EXCEPT ALL SELECT t::text FROM {live} t) b)"
        )


def named(projections: Sequence[Projection[E]], name: str) -> Projection[E]:
    """The projection of that name. Raises ValueError, which names those that there are."""
    for projection in projections:
        if projection.name == name:
            return projection
    known = ", ".join(p.name for p in projections) or "none"
    raise ValueError(f"There is no projection {name!r} here. The projections are: {known}.")
