"""From the list to the file: one consistent reading, a portion of rows in memory at a time."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Callable, Sequence
from typing import IO, Protocol
from uuid import UUID

from asyncpg import Record

from services.licensing.read_models.team.export_columns import Column, texts
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.query import selection
from services.licensing.read_models.team.sorting import Order
from shared.postgres.database import Pool

PORTION = 1_000
_CHUNK = 256 * 1024


class File(Protocol):
    """A format."""

    def add(self, rows: Sequence[Sequence[str]]) -> None: ...
    def finish(self) -> None: ...


Begin = Callable[[IO[bytes], Sequence[str]], File]
"""Begins a file of a format with its header."""


async def write(
    pool: Pool, company_id: UUID, team_filter: TeamFilter, order: Order, columns: Sequence[Column], begin: Begin
) -> IO[bytes]:
    """The list as a file on disk, which is nobody's any more once it is closed. It is whole before the first byte is
    sent: so a slow reader holds no transaction, and what fails is an error and not half a list."""
    statement = selection(company_id, team_filter, order, None, None)
    file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by who sends it
    try:
        written = begin(file, [column.header for column in columns])
        async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
            cursor = await conn.cursor(statement.sql, *statement.values)
            while rows := await cursor.fetch(PORTION):
                await asyncio.to_thread(_add, written, rows, columns)
        await asyncio.to_thread(written.finish)
    except BaseException:
        file.close()
        raise
    return file


def _add(file: File, rows: Sequence[Record], columns: Sequence[Column]) -> None:
    file.add([texts(row, columns) for row in rows])


async def sent(file: IO[bytes]) -> AsyncGenerator[bytes]:
    """The file's bytes from its beginning; closes it."""
    with file:
        file.seek(0)
        while chunk := await asyncio.to_thread(file.read, _CHUNK):
            yield chunk
