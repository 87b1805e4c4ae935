"""Copies of a read model's tables beside the live ones, to be filled by the same code, compared and put in their place.

A read model's SQL names its tables without a schema. So the copies stand in a schema of their own, which comes first in
the search path of the connection that fills them.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.eventsourcing.rewriting import keep_from_rewriting
from shared.postgres.database import Connection, connect


@dataclass(frozen=True, slots=True)
class ShadowTables:
    """Copies of `tables`, in `schema`; `connection` writes to them."""

    connection: Connection
    schema: str
    tables: Sequence[str]

    async def lock(self) -> None:
        """Keeps writers away from the live tables until the transaction ends. Who reads reads on."""
        tables = ", ".join(f"public.{table}" for table in self.tables)
        await self.connection.execute(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")

    async def swap(self) -> None:
        """The copies' rows in place of the live ones, within a transaction that holds the lock."""
        for table in self.tables:
            # Not TRUNCATE: who reads several times as of one moment would find an empty table at the second.
            await self.connection.execute(f"DELETE FROM public.{table}")
            await self.connection.execute(f"INSERT INTO public.{table} SELECT * FROM {self.schema}.{table}")

    async def differences(self) -> dict[str, int]:
        """Rows by table that the live tables and the copies do not share."""
        return {table: await self._count_differences(table) for table in self.tables}

    async def _count_differences(self, table: str) -> int:
        live, copy = f"public.{table}", f"{self.schema}.{table}"
        return await self.connection.fetchval(
            f"SELECT (SELECT count(*) FROM (SELECT t::text FROM {live} t EXCEPT ALL SELECT t::text FROM {copy} t) a)"
            f" + (SELECT count(*) FROM (SELECT t::text FROM {copy} t EXCEPT ALL SELECT t::text FROM {live} t) b)"
        )


@asynccontextmanager
async def shadow_tables(
    url: str, name: str, tables: Sequence[str], helpers: Sequence[str] = ()
) -> AsyncGenerator[ShadowTables]:
    """Empty copies, on a connection of their own whose role owns the tables; gone afterwards.

    helpers: tables of which the filling code needs a copy, too, that is neither compared nor put in place.
    """
    schema = f"rebuild_{name}"
    connection = await connect(url, "usher rebuild")
    try:
        await connection.execute("SET statement_timeout = 0; SET lock_timeout = '30s'")
        await connection.execute("SET idle_in_transaction_session_timeout = '60s'")
        await keep_from_rewriting(connection)
        await connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE; CREATE SCHEMA "{schema}"')
        for table in (*tables, *helpers):
            await connection.execute(f'CREATE TABLE "{schema}".{table} (LIKE public.{table} INCLUDING ALL)')
        await connection.execute(f'SET search_path = "{schema}", public')
        yield ShadowTables(connection, f'"{schema}"', tables)
    finally:
        await connection.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')
        await connection.close(timeout=5)
