"""The log under concurrency: every reader sees everything, in one order."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from uuid import uuid4

import pytest

from shared.eventsourcing.event_store import EventStore, MessageTooLarge, Transaction, VersionConflict
from shared.eventsourcing.events import Recorded
from shared.eventsourcing.unit_of_work import Append
from shared.postgres.database import Connection, Pool
from tests.integration.shared.notes import TYPES, Noted, Notes, context, publish

pytestmark = pytest.mark.anyio


def store(pool: Pool) -> EventStore[Noted]:
    return EventStore(pool, TYPES, publish, [Notes()])


async def note(store: EventStore[Noted], stream: str, text: str, pause: float = 0) -> int | None:
    async def work(tx: Transaction[Noted]) -> None:
        history = await tx.load(stream)
        await tx.append(stream, len(history), [Noted(text)], context())
        await asyncio.sleep(pause)

    return (await store.run(work)).position


async def test_a_reader_by_position_never_misses_what_was_committed_late(pool: Pool) -> None:
    """Without the append lock a reader passes over those that took their position first and committed last."""
    log = store(pool)
    seen: list[int] = []
    done = asyncio.Event()

    async def read() -> None:
        after = 0
        async with pool.acquire() as conn:
            while True:
                ended = done.is_set()
                page = await log.read(conn, after, 50)
                seen.extend(e.position or 0 for e in page)
                after = seen[-1] if seen else 0
                if ended and not page:
                    return

    writers = [note(log, f"stream-{n}", str(k), pause=(n * k % 7) / 1000) for n in range(6) for k in range(25)]
    async with asyncio.TaskGroup() as tasks:  # where a writer fails, the reader does not go on for ever
        tasks.create_task(read())
        await asyncio.gather(*writers)
        done.set()
    assert seen == list(range(1, 151))


async def test_a_stream_is_in_the_log_in_the_order_of_its_versions(pool: Pool) -> None:
    log = store(pool)
    await asyncio.gather(*(note(log, "one", str(n)) for n in range(8)))
    async with pool.acquire() as conn:
        events = await log.read(conn, 0, 100)
    assert [e.version for e in events] == list(range(1, 9))
    assert len({e.event.text for e in events}) == 8


async def test_a_version_that_is_taken_is_a_conflict(pool: Pool) -> None:
    log = store(pool)
    await note(log, "one", "first")

    async def too_late(tx: Transaction[Noted]) -> None:
        await tx.append("one", 0, [Noted("late")], context())

    with pytest.raises(VersionConflict):
        await log.run(too_late)
    assert (await note(log, "one", "second")) == 2


async def test_what_fails_leaves_nothing_behind(pool: Pool) -> None:
    log = store(pool)

    async def fails(tx: Transaction[Noted]) -> None:
        await tx.append("one", 0, [Noted("x")], context())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await log.run(fails)
    async with pool.acquire() as conn:
        assert await log.read(conn, 0, 10) == []
        assert await conn.fetchval("SELECT count(*) FROM events") == 0
        assert await conn.fetchval("SELECT count(*) FROM notes") == 0


async def test_many_streams_are_appended_together_and_read_page_by_page(pool: Pool) -> None:
    log = store(pool)

    async def many(tx: Transaction[Noted]) -> None:
        await tx.append_all([Append(f"s{n}", 0, [Noted("a"), Noted("b")], context()) for n in range(6_000)])

    committed = await log.run(many)
    assert committed.position == 12_000
    async with pool.acquire() as conn:
        pages: list[Sequence[Recorded[Noted]]] = []
        while page := await log.read(conn, sum(map(len, pages)), 5_000):
            pages.append(page)
    assert [len(p) for p in pages] == [5_000, 5_000, 2_000]
    assert [e.position for p in pages for e in p] == list(range(1, 12_001))


async def test_a_message_that_kafka_would_not_take_is_refused_before_the_commit(pool: Pool) -> None:
    with pytest.raises(MessageTooLarge):
        await note(store(pool), "one", "x" * 300_000)
    async with pool.acquire() as conn:
        assert await store(pool).read(conn, 0, 10) == []


async def test_an_inline_projection_is_read_by_its_own_transaction(pool: Pool) -> None:
    log = store(pool)

    async def work(tx: Transaction[Noted]) -> int:
        await tx.append("one", 0, [Noted("x")], context())
        return await count(tx.conn)

    assert (await log.run(work)).result == 1


async def count(conn: Connection) -> int:
    return await conn.fetchval("SELECT count(*) FROM notes")


async def test_ids_are_unique_and_rise(pool: Pool) -> None:
    log = store(pool)
    for n in range(5):
        await note(log, f"s-{uuid4()}", str(n))
    async with pool.acquire() as conn:
        ids = [e.id for e in await log.read(conn, 0, 10)]
    assert ids == sorted(ids) and len(set(ids)) == 5


async def test_what_is_told_afterwards_is_told_of_what_is_committed_alone(pool: Pool) -> None:
    told: list[str] = []

    async def work(tx: Transaction[Noted]) -> None:
        tx.afterwards(lambda: told.append("whole"))
        with suppress(ValueError):
            async with tx.savepoint():
                tx.afterwards(lambda: told.append("rolled back in part"))
                raise ValueError
        assert told == []

    async def fails(tx: Transaction[Noted]) -> None:
        tx.afterwards(lambda: told.append("rolled back"))
        raise ValueError

    store = EventStore(pool, TYPES, publish)
    await store.run(work)
    with pytest.raises(ValueError):
        await store.run(fails)
    assert told == ["whole"]


async def test_a_stream_remembers_the_trace_that_it_began_in(pool: Pool) -> None:
    store = EventStore(pool, TYPES, publish)
    first, second = (replace(context(), traceparent=f"00-{letter * 32}-{letter * 16}-01") for letter in "ab")
    assert (await store.run(lambda tx: tx.first_trace("s"))).result is None
    await store.run(lambda tx: tx.append("s", 0, [Noted("x")], first))
    await store.run(lambda tx: tx.append("s", 1, [Noted("y")], second))
    assert (await store.run(lambda tx: tx.first_trace("s"))).result == first.traceparent


async def test_an_event_remembers_by_which_way_its_command_came_and_an_older_one_none(pool: Pool) -> None:
    store = EventStore(pool, TYPES, publish)
    await store.run(lambda tx: tx.append("s", 0, [Noted("older")], context()))
    await store.run(lambda tx: tx.append("s", 1, [Noted("newer")], replace(context(), origin="window")))
    stored = (await store.run(lambda tx: tx.load("s"))).result
    assert [each.context.origin for each in stored] == [None, "window"]
    async with pool.acquire() as conn:
        assert [each.context.origin for each in await store.read(conn, 0, 10)] == [None, "window"]
