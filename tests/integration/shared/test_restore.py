"""A restored log goes on above what Kafka has seen, however far that is, and its readers pass over the gap."""

from uuid import uuid4

import pytest

from shared.core.settings import KafkaSettings
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.messaging.lost_events import LostEvent
from shared.messaging.restore import resume
from shared.postgres.database import Pool
from tests.integration.shared.notes import TYPES, Noted, Notes, context, publish
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


def orphan(sequence: int) -> LostEvent:
    return LostEvent(
        str(uuid4()), "nobody", "t", 0, 7, "k", "usher.Noted.v1", "one", sequence, None, "2026-11-23T09:00:00+00:00"
    )


async def note(store: EventStore[Noted], stream: str) -> int | None:
    async def work(tx: Transaction[Noted]) -> None:
        await tx.append(stream, 0, [Noted("a"), Noted("b")], context())

    return (await store.run(work)).position


async def positions(store: EventStore[Noted], after: int, limit: int = 100) -> list[int | None]:
    async with store.pool.acquire() as conn:
        return [event.position for event in await store.read(conn, after, limit)]


async def test_readers_pass_over_what_a_restore_left_out(pool: Pool, database: str, stack: TestStack) -> None:
    store = EventStore(pool, TYPES, publish, [Notes()])
    kafka = KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
    await note(store, "one")
    async with pool.acquire() as conn:
        done = [await resume(conn, kafka, "nobody", [orphan(n), orphan(3)]) for n in (40_000, 40_000, 90_000)]
    assert [each.next_position for each in done] == [40_001, 40_001, 90_001]
    assert await positions(store, 2) == [], "nothing has been appended yet"
    assert await note(store, "two") == 90_002
    assert await positions(store, 0) == [1, 2]
    assert await positions(store, 2) == [90_001, 90_002]
    assert await positions(store, 2, limit=1) == [90_001]
    assert await positions(store, 90_002) == []
    assert await Rebuild(store, Notes()).run(database) == 90_002
    assert not any((await Rebuild(store, Notes()).differences(database)).values())


async def test_a_log_that_kafka_is_not_ahead_of_has_no_gap(pool: Pool, stack: TestStack) -> None:
    store = EventStore(pool, TYPES, publish, [Notes()])
    await note(store, "one")
    async with pool.acquire() as conn:
        done = await resume(conn, KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap), "nobody", [orphan(2)])
    assert (done.next_position, done.set_back, done.applied) == (3, [], {})
    assert await note(store, "two") == 4
