"""What is measured of a service as a whole, on real Kafka and Postgres."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client import REGISTRY

from shared.core.settings import ServiceSettings
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.unit_of_work import Append
from shared.messaging.lag import ConsumerLag
from shared.postgres.database import Pool
from tests.integration.shared.letters import TABLE, Post, Reader, post
from tests.integration.shared.notes import TYPES, Noted, context, publish
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


@pytest.fixture
async def letters(stack: TestStack, pool: Pool) -> AsyncIterator[Post]:
    await pool.execute(TABLE)
    async with post(stack.kafka_bootstrap, partitions=3) as opened:
        yield opened


async def unpublished(pool: Pool) -> float:
    """Seconds, as measured now; Kafka is not asked for it."""
    await ConsumerLag(ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1"), "test", pool, {}).once()
    found = REGISTRY.get_sample_value("usher_relay_oldest_unpublished_seconds")
    assert found is not None
    return found


async def publish_to(pool: Pool, position: int) -> None:
    await pool.execute(
        "INSERT INTO checkpoints VALUES ('relay', $1) ON CONFLICT (reader) DO UPDATE SET position = $1", position
    )


async def test_the_oldest_event_that_is_not_published_is_found_and_its_age_told(pool: Pool) -> None:
    assert await unpublished(pool) == 0, "an empty log"
    store = EventStore(pool, TYPES, publish)
    for name in ("first", "second"):
        events = [Append(f"{name}{n}", 0, [Noted("x")], context()) for n in range(3)]
        await store.run(lambda tx, events=events: tx.append_all(events))
    await pool.execute("UPDATE commits SET committed_at = now() - interval '1 hour' WHERE first_position = 1")
    assert await unpublished(pool) >= 3600, "nothing is published"
    await publish_to(pool, 2)
    assert await unpublished(pool) >= 3600, "a commit is published in part"
    await publish_to(pool, 3)
    assert 0 < await unpublished(pool) < 3600, "the second commit waits"
    await publish_to(pool, 6)
    assert await unpublished(pool) == 0


async def test_what_a_restore_puts_in_waits_for_nobody(pool: Pool) -> None:
    put_in = "INSERT INTO commits (first_position, commit_id, count, committed_at) VALUES (900, 1, 1, $1)"
    await pool.execute(put_in, datetime.now(UTC) - timedelta(hours=1))
    assert await unpublished(pool) == 0


async def test_lag_is_what_the_consumer_has_not_applied(letters: Post, pool: Pool) -> None:
    reader = Reader(pool, letters)
    measures = ConsumerLag(letters.settings, "test", pool, {reader.consumer: letters.topic})

    async def lag() -> float | None:
        await measures.once()
        labels = {"consumer": reader.consumer, "topic": letters.topic}
        return REGISTRY.get_sample_value("usher_consumer_lag_records", labels)

    for n in range(5):
        await letters.send(f"{n}")
    assert await lag() == 5
    async with reader.reading():
        await reader.caught_up(5)
    assert await lag() == 0
    await letters.send("one more")
    assert await lag() == 1
    await measures.close()
