"""A projection is its log: rebuilt while serving, it is what it was."""

import asyncio

import pytest

from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.rebuild_from_log import Rebuild, named
from shared.postgres.database import Pool
from tests.integration.shared.notes import TYPES, Noted, Notes, context, publish

pytestmark = pytest.mark.anyio


async def fill(store: EventStore[Noted], streams: int, rounds: int) -> None:
    async def note(n: int) -> None:
        async def work(tx: Transaction[Noted]) -> None:
            await tx.append(f"s{n}", len(await tx.load(f"s{n}")), [Noted("x")], context())

        await store.run(work)

    for _ in range(rounds):
        await asyncio.gather(*(note(n) for n in range(streams)))


async def test_a_spoiled_projection_is_put_right(pool: Pool, database: str) -> None:
    store = EventStore(pool, TYPES, publish, [Notes()])
    await fill(store, 5, 3)
    await pool.execute("UPDATE notes SET count = 99 WHERE stream = 's1'; DELETE FROM notes WHERE stream = 's2'")
    rebuild = Rebuild(store, Notes())
    assert await rebuild.differences(database) == {"notes": 3}
    assert await rebuild.run(database) == 15
    assert await rebuild.differences(database) == {"notes": 0}
    assert {r["count"] for r in await pool.fetch("SELECT count FROM notes")} == {3}


async def test_it_is_rebuilt_while_others_write(pool: Pool, database: str) -> None:
    store = EventStore(pool, TYPES, publish, [Notes()])
    await fill(store, 5, 3)
    writing = asyncio.create_task(fill(store, 5, 20))
    for _ in range(3):
        await Rebuild(store, Notes()).run(database)
    await writing
    assert await Rebuild(store, Notes()).differences(database) == {"notes": 0}
    assert await pool.fetchval("SELECT sum(count) FROM notes") == 115


def test_a_name_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(ValueError, match="The projections are: notes"):
        named([Notes()], "nots")
