"""Who waits for records gets each as it comes, though Kafka may keep a request open for longer than a test lasts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.errors import ConsumerStoppedError, KafkaConnectionError

from shared.messaging.broker import make_broker
from shared.messaging.waiting_consumer import WaitingConsumer
from tests.integration.shared.letters import Post, post
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

OPEN_MS = 600_000
"""How long Kafka may keep a request open."""
SECONDS = 90.0
"""In which what must come comes, on any machine."""
OPENED = 0.5
"""Seconds in which a consumer that has nothing to hand out opens a request."""


class Readers:
    """Consumers of one group on a topic of two partitions."""

    def __init__(self, letters: Post, entered: AsyncExitStack) -> None:
        self.letters = letters
        self._entered = entered

    async def join(self, *, heartbeat_ms: int = 300, request_ms: int = OPEN_MS + 60_000) -> Any:
        """One more of them."""
        consumer: Any = WaitingConsumer(
            bootstrap_servers=self.letters.settings.kafka_bootstrap_servers,
            group_id=self.letters.topic,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            heartbeat_interval_ms=heartbeat_ms,
            fetch_max_wait_ms=OPEN_MS,
            request_timeout_ms=request_ms,
            consumer_timeout_ms=OPEN_MS,  # pyright: ignore[reportCallIssue]  # nor does it look around; aiokafka's types lack it
        )
        consumer.subscribe([self.letters.topic])
        await consumer.start()
        self._entered.push_async_callback(consumer.stop)
        return consumer

    async def send(self, *values: bytes, partition: int = 0) -> None:
        """One record after the other."""
        for value in values:
            await self.letters.raw(value, [], partition)

    def place(self, partition: int = 0) -> TopicPartition:
        """In the topic."""
        return TopicPartition(self.letters.topic, partition)


@pytest.fixture
async def readers(stack: TestStack) -> AsyncIterator[Readers]:
    async with post(stack.kafka_bootstrap, partitions=2) as letters, AsyncExitStack() as entered:
        yield Readers(letters, entered)


async def values(consumer: Any, most: int | None = None) -> list[bytes | None]:
    """What one poll gives."""
    polled = await asyncio.wait_for(consumer.getmany(timeout_ms=0, max_records=most), SECONDS)
    return [record.value for records in polled.values() for record in records]


async def until(consumer: Any, value: bytes) -> None:
    """Polls until one gives this."""
    while value not in await values(consumer):
        pass


async def test_a_poll_lasts_until_there_is_a_record(readers: Readers) -> None:
    consumer = await readers.join()
    polling = asyncio.ensure_future(values(consumer))
    await asyncio.sleep(OPENED)
    await readers.send(b"a")
    assert await polling == [b"a"]


async def test_a_partition_does_not_wait_for_another_that_has_nothing(readers: Readers) -> None:
    await readers.send(b"a", b"b")
    consumer = await readers.join()
    assert await values(consumer, most=1) == [b"a"]
    # As long as a batch may take to be worked on: nobody asks for the other partition alone meanwhile.
    await asyncio.sleep(OPENED)
    assert await values(consumer) == [b"b"]
    await readers.send(b"c")
    assert await values(consumer) == [b"c"]


async def test_what_is_given_back_comes_again_at_once(readers: Readers) -> None:
    await readers.send(b"a")
    consumer = await readers.join()
    assert await values(consumer) == [b"a"]
    await asyncio.sleep(OPENED)
    consumer.seek(readers.place(), 0)
    assert await values(consumer) == [b"a"]


async def test_what_is_given_back_while_kafka_is_away_comes_again_when_it_is_back(
    readers: Readers, monkeypatch: pytest.MonkeyPatch
) -> None:
    await readers.send(b"a")
    consumer = await readers.join()
    assert await values(consumer) == [b"a"]
    with monkeypatch.context() as away:

        async def refused(*_: Any, **__: Any) -> None:
            raise KafkaConnectionError

        away.setattr(consumer._client, "send", refused)
        for _ in range(20):  # most of them in the pause that aiokafka makes after an error
            consumer.seek(readers.place(), 0)
            await asyncio.sleep(0.03)
    assert await values(consumer) == [b"a"]


async def test_whoever_shares_with_another_goes_on_at_once(readers: Readers) -> None:
    await readers.send(b"a")
    first = await readers.join()
    assert await values(first) == [b"a"]
    await asyncio.sleep(OPENED)
    second = await readers.join()
    await readers.send(b"b", partition=0)
    await readers.send(b"b", partition=1)
    # Nothing is committed here: who has the first partition now may begin it anew.
    await asyncio.gather(until(first, b"b"), until(second, b"b"))
    assert len(first.assignment()) == len(second.assignment()) == 1


async def test_one_that_is_stopped_waits_no_longer(readers: Readers) -> None:
    consumer = await readers.join()
    polling = asyncio.ensure_future(values(consumer))
    await asyncio.sleep(OPENED)
    await consumer.stop()
    with pytest.raises(ConsumerStoppedError):
        await polling


async def test_subscribers_of_a_service_wait(stack: TestStack) -> None:
    async with post(stack.kafka_bootstrap) as letters:
        broker = make_broker(letters.settings, "reader")

        async def take(records: Any) -> None:
            del records

        broker.subscriber(letters.topic, group_id=letters.topic, batch=True)(take)
        await broker.start()
        try:
            assert [type(subscriber.consumer) for subscriber in subscribers(broker)] == [WaitingConsumer]
        finally:
            await broker.stop()


def subscribers(broker: Any) -> list[Any]:
    """FastStream's type of them does not know Kafka's consumer."""
    return list(broker.subscribers)


async def test_who_joins_waits_for_the_others_heartbeat_and_begins_once(
    readers: Readers, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):  # the second one's join is answered when the first has come back
        await readers.join(heartbeat_ms=4_000, request_ms=1_000)
    assert [record.message for record in caplog.records if "JoinGroupRequest" in record.message] == []
