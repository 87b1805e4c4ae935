"""A reader of one topic, as a service has it, and a writer that sends it anything, also what no service would."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from faststream.kafka import KafkaBroker
from pydantic import BaseModel
from uuid_utils.compat import uuid7

from shared.core.settings import ServiceSettings
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Outgoing, Recorded
from shared.messaging.broker import make_broker, make_producer, subscribe
from shared.messaging.cloudevents import encode
from shared.messaging.inbox import Inbox, Received, Subscription
from shared.postgres.database import Pool
from tests.integration.shared.notes import TYPES, Noted, context, publish
from tests.patience import PATIENCE

LETTER = "letters.Sent.v1"
TABLE = "CREATE TABLE applied_letters (n serial PRIMARY KEY, id uuid NOT NULL, text text NOT NULL)"
Headers = list[tuple[str, bytes | None]]


class Letter(BaseModel):
    """The contract of this test's topic."""

    text: str


def parse(_: str, data: bytes) -> Letter:
    return Letter.model_validate_json(data)


@dataclass
class Post:
    """Writes to a topic of its own."""

    topic: str
    settings: ServiceSettings
    producer: Any
    sequence: int = 0

    async def send(self, text: str, stream: str = "s", **overrides: Any) -> UUID:
        """Sends a letter as a relay would; `value`, `headers` (added) and `without` (a header's name) make it odd."""
        self.sequence += 1
        id_ = overrides.get("id", uuid7())
        recorded = Recorded(id_, stream, 1, Noted(text), context(), self.sequence)
        message = Outgoing(self.topic, "key", overrides.get("type", LETTER), json.dumps({"text": text}).encode())
        (wire,) = encode("post", recorded, [message])
        headers: Headers = [h for h in wire.headers if h[0] != overrides.get("without")]
        headers += overrides.get("headers", [])
        await self.raw(overrides.get("value", wire.value), headers)
        return id_

    async def raw(self, value: bytes | None, headers: Headers, partition: int = 0) -> None:
        """Sends bytes."""
        await self.producer.send_and_wait(self.topic, value, key=b"key", partition=partition, headers=headers)


@asynccontextmanager
async def post(bootstrap: str, partitions: int = 1) -> AsyncGenerator[Post]:
    """A topic that nobody else uses."""
    settings = ServiceSettings(kafka_bootstrap_servers=bootstrap, shutdown_seconds=2)
    topic = f"letters-{uuid4().hex[:8]}"
    admin: Any = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, partitions, 1)])
    await admin.close()
    producer: Any = make_producer(settings, "post")
    await producer.start()
    try:
        yield Post(topic, settings, producer)
    finally:
        await producer.stop()


@dataclass
class Reader:
    """A service that reads the letters, writes them down, and fails where a test says so."""

    pool: Pool
    post: Post
    fail: Callable[[Received], Exception | None] = lambda _: None
    pauses: Sequence[float] = (0.0, 0.05)
    calls: list[list[str]] = field(default_factory=list[list[str]])

    def __post_init__(self) -> None:
        self.store = EventStore(self.pool, TYPES, publish)

    async def handle(self, tx: Transaction[Noted], received: Sequence[Received]) -> None:
        self.calls.append([r.event.text for r in received])
        for r in received:
            await tx.conn.execute("INSERT INTO applied_letters (id, text) VALUES ($1, $2)", UUID(r.id), r.event.text)
            history = await tx.load(r.subject)
            await tx.append(r.subject, len(history), [Noted(r.event.text)], context())
            if (error := self.fail(r)) is not None:
                raise error

    def subscribe(self, broker: KafkaBroker) -> Inbox[Noted]:
        subscription = Subscription("letters", self.post.topic, frozenset({LETTER}), self.handle)
        return subscribe(broker, self.store, self.post.topic, subscription, parse, self.pauses)

    @property
    def consumer(self) -> str:
        return f"{self.post.topic}.letters"

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Inbox[Noted]]:
        """Reads while the block runs."""
        broker = make_broker(self.post.settings, "reader")
        inbox = self.subscribe(broker)
        await broker.start()
        try:
            yield inbox
        finally:
            await broker.stop()

    async def texts(self) -> list[str]:
        """What was applied, in order."""
        rows = await self.pool.fetch("SELECT text FROM applied_letters ORDER BY n")
        return [row["text"] for row in rows]

    async def caught_up(self, offset: int, partition: int = 0) -> None:
        """Waits until everything before that offset is dealt with."""
        query = "SELECT next_offset FROM applied_offsets WHERE consumer = $1 AND topic = $2 AND partition = $3"
        await until(self._reached(query, offset, partition))

    def _reached(self, query: str, offset: int, partition: int) -> Callable[[], Awaitable[bool]]:
        async def reached() -> bool:
            return (await self.pool.fetchval(query, self.consumer, self.post.topic, partition) or 0) >= offset

        return reached


async def until(condition: Callable[[], Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Waits for what must come true; TimeoutError if it does not."""
    async with asyncio.timeout(seconds):
        while True:
            if await condition():
                return
            await asyncio.sleep(0.05)


async def reset_offsets(reader: Reader, offset: int = 0) -> None:
    """What an operator does who sets a group back."""
    consumer: Any = AIOKafkaConsumer(
        bootstrap_servers=reader.post.settings.kafka_bootstrap_servers,
        group_id=reader.consumer,
        enable_auto_commit=False,
    )
    await consumer.start()
    try:
        place = TopicPartition(reader.post.topic, 0)
        consumer.assign([place])
        await consumer.commit({place: offset})
    finally:
        await consumer.stop()
