"""A topic's history once more, on real Kafka: whole, in order, and with a seam that loses nothing."""

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from shared.core.settings import KafkaSettings
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.consumed_record import Received
from shared.messaging.outbox_relay import Published
from shared.messaging.rebuild_from_topics import CannotRebuild, Feed, ReadModel, RebuildFromTopics
from shared.messaging.replay import Replay, Selection
from shared.messaging.topic_reader import topic_reader
from shared.postgres.database import Connection, Pool
from tests.integration.shared.notes import TYPES, Noted, context
from tests.integration.shared.test_relay import relaying
from tests.patience import PATIENCE
from tests.stack import TestStack

pytestmark = pytest.mark.anyio
TYPE = "notes.Noted.v1"
OTHER = "00000000-0000-4000-8000-000000000002"


@pytest.fixture
async def admin(stack: TestStack) -> AsyncGenerator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=stack.kafka_bootstrap)
    await client.start()
    yield client
    await client.close()


@pytest.fixture
async def topics(admin: AIOKafkaAdminClient) -> tuple[str, str]:
    """A live topic and one for its replay, of three partitions each."""
    live = f"notes-{uuid4().hex[:8]}"
    await admin.create_topics([NewTopic(name, 3, 1) for name in (live, f"{live}-again")])
    return live, f"{live}-again"


@pytest.fixture
def settings(stack: TestStack) -> KafkaSettings:
    return KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)


def noted(pool: Pool, topic: str) -> EventStore[Noted]:
    def publish(recorded: Recorded[Noted]) -> list[Outgoing]:
        return [
            Outgoing(topic, recorded.stream, TYPE, json.dumps({"text": recorded.event.text}).encode()),
            Outgoing(f"{topic}-of-others", recorded.stream, TYPE, b"{}"),
        ]

    return EventStore(pool, TYPES, publish)


async def note(store: EventStore[Noted], stream: str, text: str, said: Context | None = None) -> int:
    async def work(tx: Transaction[Noted]) -> None:
        await tx.append(stream, len(await tx.load(stream)), [Noted(text)], said or context())

    return (await store.run(work)).position or 0


class Message(NamedTuple):
    """What a reader sees of one."""

    sequence: int
    partition: int
    id: str
    key: str
    value: str


async def messages(settings: KafkaSettings, topic: str, offsets: dict[int, int] | None = None) -> list[Message]:
    """Everything on a topic, from these offsets on, by sequence."""
    found: list[Message] = []
    async with topic_reader(settings, "test") as reader:
        extents = await reader.extents([topic])
        begins = {place: (offsets or {}).get(place.partition, extent.begin) for place, extent in extents.items()}
        async for records in reader.records(begins, {place: extent.end for place, extent in extents.items()}):
            for record in records:
                said = {name: (value or b"").decode() for name, value in record.headers}
                found.append(
                    Message(
                        int(said["ce_sequence"]),
                        record.partition,
                        said["ce_id"],
                        (record.key or b"").decode(),
                        (record.value or b"").decode(),
                    )
                )
    return sorted(found)


@dataclass(frozen=True)
class History:
    """A log, its live topic and the one that its replay goes into."""

    stack: TestStack
    admin: AIOKafkaAdminClient
    database: str
    pool: Pool
    settings: KafkaSettings
    live: str
    again: str

    @property
    def store(self) -> EventStore[Noted]:
        return noted(self.pool, self.live)

    async def publish(self) -> None:
        """Sixty notes in twenty streams are on Kafka."""
        await self.admin.create_topics([NewTopic(f"{self.live}-of-others", 1, 1)])
        last = 0
        for n in range(60):
            last = await note(self.store, f"stream-{n % 20}", f"note {n}")
        async with relaying(self.stack, self.database, self.store) as listener:
            assert await Published(self.pool, listener).wait(last, timeout=PATIENCE)


@pytest.fixture
def history(
    stack: TestStack,
    admin: AIOKafkaAdminClient,
    database: str,
    pool: Pool,
    topics: tuple[str, str],
    settings: KafkaSettings,
) -> History:
    return History(stack, admin, database, pool, settings, *topics)


async def test_it_says_word_for_word_what_was_said(history: History) -> None:
    live, again, store, settings = history.live, history.again, history.store, history.settings
    await history.publish()
    done = await Replay("notes", store, settings).run(live, again)
    said = await messages(settings, live)
    assert len(said) == done.messages == done.handover.position == 60
    assert await messages(settings, again) == said
    assert {each.partition for each in said} == {0, 1, 2}


async def test_who_goes_over_to_the_live_topic_misses_nothing_and_hears_nothing_twice(history: History) -> None:
    live, again, store, settings = history.live, history.again, history.store, history.settings
    await history.publish()
    stop = asyncio.Event()

    async def go_on() -> int:
        position, n = 0, 0
        while not stop.is_set() or n < 30:
            position, n = await note(store, f"stream-{n % 5}", f"later {n}"), n + 1
        return position

    async with relaying(history.stack, history.database, store) as listener:
        writing = asyncio.create_task(go_on())
        done = await Replay("notes", store, settings).run(live, again)
        stop.set()
        last = await writing
        assert await Published(history.pool, listener).wait(last, timeout=PATIENCE)
    first = await messages(settings, again)
    rest = await messages(settings, live, dict(done.handover.offsets))
    heard = [each.sequence for each in first] + [e.sequence for e in rest if e.sequence > done.handover.position]
    assert heard == list(range(1, last + 1)) and last > done.handover.position


async def test_of_one_company_or_since_a_day(history: History) -> None:
    live, again, store, settings = history.live, history.again, history.store, history.settings
    long_ago = Context("request", None, context().traceparent, OTHER, datetime.now(UTC) - timedelta(days=100))
    await note(store, "old", "of another company, long ago", long_ago)
    await note(store, "new", "of another company", context(OTHER))
    await note(store, "own", "of ours")
    replay = Replay("notes", store, settings)
    found = await replay.run(live, again, Selection(OTHER, datetime.now(UTC) - timedelta(days=90)))
    assert (found.messages, found.handover.position) == (1, 3)
    assert [each.key for each in await messages(settings, again)] == ["new"]


async def test_what_the_topic_no_longer_has_is_rebuilt_from_its_replay(history: History) -> None:
    live, again, store, settings = history.live, history.again, history.store, history.settings
    await history.publish()
    async with topic_reader(settings, "test") as reader:
        extents = await reader.extents([live])
    await history.pool.executemany(
        "INSERT INTO applied_offsets (consumer, topic, partition, next_offset) VALUES ('counts', $1, $2, $3)",
        [(live, place.partition, extent.end) for place, extent in extents.items()],
    )
    await history.pool.execute("INSERT INTO notes SELECT stream, count(*) FROM events GROUP BY stream")

    async def count(conn: Connection, received: Sequence[Received]) -> None:
        sql = "INSERT INTO notes VALUES ($1, 1) ON CONFLICT (stream) DO UPDATE SET count = notes.count + 1"
        await conn.executemany(sql, [(each.subject,) for each in received])

    def parse(_: str, value: bytes) -> Any:
        return json.loads(value)

    model = ReadModel("notes", ("notes",), [Feed("counts", live, frozenset({TYPE}), count)])
    whole = RebuildFromTopics(model, parse, settings)
    assert await whole.differences(history.database) == {"notes": 0}

    # A partition goes on in the middle, one has nothing any more, one is as it was.
    middle, gone = (TopicPartition(live, number) for number in (0, 1))
    half = extents[middle].end // 2
    assert half > 0 and extents[gone].end > 0
    await history.admin.delete_records({middle: RecordsToDelete(half), gone: RecordsToDelete(extents[gone].end)})
    with pytest.raises(CannotRebuild, match=f"no longer goes back to its beginning.*usher replay {live} --into"):
        await whole.differences(history.database)
    await Replay("notes", store, settings).run(live, again)
    assert await RebuildFromTopics(model, parse, settings, {live: again}).differences(history.database) == {"notes": 0}

    await history.pool.execute("UPDATE notes SET count = 99 WHERE stream = 'stream-3'")
    await RebuildFromTopics(model, parse, settings, {live: again}).run(history.database)
    rows = await history.pool.fetch("SELECT stream, count FROM notes")
    assert {row["stream"]: row["count"] for row in rows} == {f"stream-{n}": 3 for n in range(20)}
