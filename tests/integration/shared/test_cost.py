"""Reading the log costs what is read, however long it is and with or without statistics. Counted, not timed."""

import pytest

from shared.eventsourcing.event_store import EventStore, Transaction
from shared.postgres.database import Connection, Pool
from tests.integration.shared.notes import TYPES, Noted, Notes, context, publish

pytestmark = pytest.mark.anyio
CHUNK = 50


async def rows_read(conn: Connection, table: str) -> int:
    """By this transaction, from the table and by its indexes."""
    sql = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = $1"
    return await conn.fetchval(sql, table)


async def append(store: EventStore[Noted], events: int, name: str) -> None:
    async def work(tx: Transaction[Noted]) -> None:
        await tx.append(name, 0, [Noted(str(n)) for n in range(events)], context())

    await store.run(work)


@pytest.mark.parametrize("analyzed", [False, True])
async def test_each_event_is_read_once_on_its_way_out(pool: Pool, analyzed: bool) -> None:
    store = EventStore(pool, TYPES, publish, [Notes()])
    await pool.execute("ALTER TABLE events SET (autovacuum_enabled = false)")
    await append(store, 2_000, "large")
    for n in range(200):
        await append(store, 1, f"small {n}")
    if analyzed:
        await pool.execute("ANALYZE events; ANALYZE commits")
    async with pool.acquire() as conn, conn.transaction():
        position, texts = 0, 0
        while events := await store.read(conn, position, CHUNK):
            position, texts = events[-1].position or 0, texts + len(events)
        assert texts == position == 2_200
        assert await rows_read(conn, "events") <= 1.05 * 2_200  # at the edges of a range one more may be looked at
