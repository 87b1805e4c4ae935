"""Waiting until what was said before now is known here."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import pytest

from shared.core.settings import ServiceSettings
from shared.messaging.catch_up import CatchUpBarrier
from shared.messaging.producer_batch import partition_of
from shared.postgres.database import Listener, Pool
from tests.integration.shared.letters import TABLE, Post, Reader, post
from tests.patience import PATIENCE
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def letters(stack: TestStack, pool: Pool) -> AsyncIterator[Post]:
    await pool.execute(TABLE)
    async with post(stack.kafka_bootstrap, partitions=3) as opened:
        yield opened


@asynccontextmanager
async def asking(settings: ServiceSettings, pool: Pool, database: str) -> AsyncGenerator[CatchUpBarrier]:
    listener = Listener(database)
    hearing = asyncio.create_task(listener.run())
    async with CatchUpBarrier(settings, "test", pool, listener) as catch_up:
        yield catch_up
    hearing.cancel()
    await asyncio.wait([hearing])


async def test_partitions_that_hold_nothing_are_reached(letters: Post, pool: Pool, database: str) -> None:
    reader = Reader(pool, letters)
    async with asking(letters.settings, pool, database) as catch_up:
        assert await catch_up.wait({reader.consumer: letters.topic})
        assert await catch_up.wait({}), "nothing to wait for"


async def test_it_waits_for_what_was_sent_before(letters: Post, pool: Pool, database: str) -> None:
    for n in range(50):
        await letters.send(f"{n}")
    reader = Reader(pool, letters)
    async with asking(letters.settings, pool, database) as catch_up, reader.reading():
        assert await catch_up.wait({reader.consumer: letters.topic}, timeout=PATIENCE)
        assert len(await reader.texts()) == 50
        await letters.send("one more")
        assert await catch_up.wait({reader.consumer: letters.topic}, timeout=PATIENCE)
        assert len(await reader.texts()) == 51


async def test_it_gives_up_where_nobody_reads(letters: Post, pool: Pool, database: str) -> None:
    await letters.send("unread")
    async with asking(letters.settings, pool, database) as catch_up:
        assert not await catch_up.wait({"test.nobody": letters.topic}, timeout=1)


async def test_another_consumers_offsets_do_not_count(letters: Post, pool: Pool, database: str) -> None:
    await letters.send("read by one")
    reader = Reader(pool, letters)
    async with asking(letters.settings, pool, database) as catch_up, reader.reading():
        await reader.caught_up(1)
        assert not await catch_up.wait({reader.consumer: letters.topic, "test.nobody": letters.topic}, timeout=1)


async def test_it_gives_up_while_kafka_is_away(pool: Pool, database: str) -> None:
    settings = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1")
    async with asking(settings, pool, database) as catch_up:
        assert not await catch_up.wait({"test.nobody": "some-topic"}, timeout=1.5)


async def test_what_has_another_key_need_not_be_known(letters: Post, pool: Pool, database: str) -> None:
    """Two keys of different partitions, of which one is read up to its end."""
    here, there = "a", next(key for key in "bcdefgh" if partition_of(key.encode(), 3) != partition_of(b"a", 3))
    for key in (here, there):
        await letters.producer.send_and_wait(letters.topic, b"{}", key=key.encode())
    read = "INSERT INTO applied_offsets (consumer, topic, partition, next_offset) VALUES ('test.one', $1, $2, 1)"
    await pool.execute(read, letters.topic, partition_of(here.encode(), 3))
    async with asking(letters.settings, pool, database) as catch_up:
        assert await catch_up.wait({"test.one": letters.topic}, key=here)
        assert not await catch_up.wait({"test.one": letters.topic}, timeout=1, key=there)
        assert not await catch_up.wait({"test.one": letters.topic}, timeout=1)


async def test_what_has_to_be_applied_is_kept_and_waited_for_later(letters: Post, pool: Pool, database: str) -> None:
    await letters.send("before")
    reader = Reader(pool, letters)
    topics = {reader.consumer: letters.topic, "test.nobody": letters.topic}
    async with asking(letters.settings, pool, database) as catch_up:
        ends = await catch_up.ends([letters.topic], PATIENCE)
        assert sorted(ends.values()) == [1]
        assert not await catch_up.reach(topics, ends, timeout=1)
        del topics["test.nobody"]
        async with reader.reading():
            assert await catch_up.reach(topics, ends, PATIENCE)
        await letters.send("after")
        assert await catch_up.reach(topics, ends, PATIENCE), "what came later is not waited for"


async def test_ends_are_not_known_while_kafka_is_away(pool: Pool, database: str) -> None:
    settings = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1")
    async with asking(settings, pool, database) as catch_up:
        with pytest.raises(TimeoutError):
            await catch_up.ends(["some-topic"], timeout=1)
        assert not await catch_up.reach({"test.nobody": "some-topic"}, {"some-topic:0": 1}, timeout=1)
