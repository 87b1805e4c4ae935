"""The relay on real Kafka: everything that was committed, in order, whoever leads."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata

from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Outgoing, Recorded
from shared.messaging import producer_batch
from shared.messaging.outbox_relay import Published, Relay
from shared.postgres.database import Listener, Pool
from tests.integration.shared.notes import TYPES, Noted, context
from tests.patience import PATIENCE
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def topic(stack: TestStack) -> AsyncGenerator[str]:
    name = f"notes-{uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(name, 1, 1)])
    yield name
    await admin.close()


def noted(pool: Pool, topic: str) -> EventStore[Noted]:
    def publish(recorded: Recorded[Noted]) -> list[Outgoing]:
        return [Outgoing(topic, recorded.stream, "notes.Noted.v1", recorded.event.text.encode())]

    return EventStore(pool, TYPES, publish)


async def note(store: EventStore[Noted], *texts: str) -> int:
    async def work(tx: Transaction[Noted]) -> None:
        await tx.append("notes", len(await tx.load("notes")), [Noted(t) for t in texts], context())

    return (await store.run(work)).position or 0


@asynccontextmanager
async def relaying(
    stack: TestStack, database: str, store: EventStore[Noted], producers: list[AIOKafkaProducer] | None = None
) -> AsyncGenerator[Listener]:
    def producer() -> AIOKafkaProducer:
        made = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap, acks="all", enable_idempotence=True)
        (producers if producers is not None else []).append(made)
        return made

    listener = Listener(database)
    relay = Relay("notes", database, store, producer, listener)
    tasks = [asyncio.create_task(listener.run()), asyncio.create_task(relay.run())]
    try:
        yield listener
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def messages(stack: TestStack, topic: str) -> list[tuple[str, str]]:
    """Sequence and text of everything on the topic, in its order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        end = (await consumer.end_offsets([partition]))[partition]
        found: list[tuple[str, str]] = []
        while await consumer.position(partition) < end:
            for record in (await consumer.getmany(timeout_ms=500)).get(partition, []):
                headers = {name: value.decode() for name, value in record.headers}
                found.append((headers["ce_sequence"], (record.value or b"").decode()))
        return found
    finally:
        await consumer.stop()


def first_deliveries(found: list[tuple[str, str]]) -> list[int]:
    return list(dict.fromkeys(int(sequence) for sequence, _ in found))


async def test_what_is_committed_is_published_in_order(stack: TestStack, database: str, pool: Pool, topic: str) -> None:
    store = noted(pool, topic)
    await note(store, *map(str, range(1_200)))
    async with relaying(stack, database, store) as listener:
        position = await note(store, "last")
        assert await Published(pool, listener).wait(position, timeout=PATIENCE)
    assert await messages(stack, topic) == [(str(n + 1), str(n)) for n in range(1_200)] + [("1201", "last")]


async def test_one_leads_and_another_takes_over(stack: TestStack, database: str, pool: Pool, topic: str) -> None:
    store = noted(pool, topic)
    async with relaying(stack, database, store) as listener, relaying(stack, database, store):
        await Published(pool, listener).wait(await note(store, *"abc"), timeout=PATIENCE)
        await pool.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
            "WHERE locktype = 'advisory' AND granted AND application_name = 'usher relay'"
        )
        for text in "defghij":
            await Published(pool, listener).wait(await note(store, text), timeout=PATIENCE)
    found = await messages(stack, topic)
    assert first_deliveries(found) == list(range(1, 11))


async def test_a_producer_that_fails_is_thrown_away_and_its_chunk_sent_again(
    stack: TestStack, database: str, pool: Pool, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second part of a chunk that needs several is never sent. The checkpoint must not pass it."""
    store = noted(pool, topic)
    await note(store, *(str(n) * 5_000 for n in range(10)))
    sent, send = 0, AIOKafkaProducer.send_batch

    async def fails_once(self: AIOKafkaProducer, *args: Any, **named: Any) -> asyncio.Future[RecordMetadata]:
        nonlocal sent
        sent += 1
        if sent == 2:
            failed: asyncio.Future[RecordMetadata] = asyncio.get_running_loop().create_future()
            failed.set_exception(TimeoutError())
            return failed
        return await send(self, *args, **named)

    monkeypatch.setattr(AIOKafkaProducer, "send_batch", fails_once)
    monkeypatch.setattr(producer_batch, "LARGEST_BATCH", 16_384)
    producers: list[AIOKafkaProducer] = []
    async with relaying(stack, database, store, producers) as listener:
        assert await Published(pool, listener).wait(10, timeout=PATIENCE)
    found = await messages(stack, topic)
    assert len(producers) == 2
    assert set(first_deliveries(found)) == set(range(1, 11))
    checkpoint = await pool.fetchval("SELECT position FROM checkpoints WHERE reader = 'relay'")
    assert checkpoint == 10


async def test_an_answer_does_not_wait_for_ever(pool: Pool, database: str, topic: str) -> None:
    position = await note(noted(pool, topic), "nobody relays")
    assert await Published(pool, Listener(database)).wait(position, timeout=0.3) is False


async def test_behind_a_long_backlog_an_answer_waits_for_as_long_as_it_gets_shorter(
    pool: Pool, database: str, topic: str
) -> None:
    """Here the checkpoint moves by hand, and stops moving before the end."""
    position = await note(noted(pool, topic), *"abcdefgh")
    async with asyncio.TaskGroup() as group:
        waits = group.create_task(Published(pool, Listener(database)).wait(position, timeout=3.0, longest=60))
        for published in range(1, position + 1):
            await asyncio.sleep(0.5)  # four seconds in all, more than it waits where nothing moves
            assert not waits.done()
            await pool.execute(_CHECKPOINT, published)
    assert waits.result() is True
    assert await Published(pool, Listener(database)).wait(position + 1, timeout=0.3, longest=60) is False


_CHECKPOINT = """
INSERT INTO checkpoints VALUES ('relay', $1) ON CONFLICT (reader) DO UPDATE SET position = excluded.position
"""
