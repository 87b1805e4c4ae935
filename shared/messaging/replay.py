"""Publishing a service's log once more, into a topic beside the live one: for who begins where that no longer does.

Messages are those that the relay has sent: same id, same `ce_sequence`, same key and so the same partition. What was
changed in the log meanwhile, where somebody was erased, is as it is now.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from shared.core.settings import KafkaSettings
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Recorded
from shared.messaging.broker import make_producer
from shared.messaging.cloudevents import encode
from shared.messaging.outbox_relay import CHUNK
from shared.messaging.packed_records import KafkaMessage
from shared.messaging.producer_batch import ProducerBatch
from shared.messaging.topic_reader import topic_reader
from shared.postgres.database import Connection

E = TypeVar("E")
_ACKNOWLEDGED_WITHIN = 60
"""Seconds that Kafka may take for a chunk."""


@dataclass(frozen=True, slots=True)
class Handover:
    """Where a reader of the replay goes over to the live topic. All with a `ce_sequence` up to `position` is in the
    replay, and in the live topic all that comes after it stands behind `offsets`, by partition."""

    position: int
    offsets: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay came to."""

    messages: int
    handover: Handover


@dataclass(frozen=True, slots=True)
class Selection:
    """Which events: of one company alone, and none that is older."""

    company_id: str | None = None
    since: datetime | None = None

    def holds(self, event: Recorded[Any]) -> bool:
        """Whether it is one of them."""
        context = event.context
        return self.company_id in (None, context.company_id) and (self.since is None or context.at >= self.since)


class Replay(Generic[E]):
    """One replay of a topic of a service's own log."""

    def __init__(self, service: str, store: EventStore[E], settings: KafkaSettings) -> None:
        self._service = service
        self._store = store
        self._settings = settings

    async def run(self, topic: str, into: str, wanted: Selection | None = None) -> Replayed:
        """Publishes what is in the log by now and belongs on `topic`, into a topic that is there, empty, with as many
        partitions. Raises KafkaError and TimeoutError: then the other topic has a part of it."""
        async with self._store.pool.acquire() as conn:
            handover = await self._handover(conn, topic)
            messages = await self._publish(conn, topic, into, wanted or Selection(), handover.position)
        return Replayed(messages, handover)

    async def _handover(self, conn: Connection, topic: str) -> Handover:
        """The offsets first: what is committed later than they were looked at is published behind them."""
        async with topic_reader(self._settings, "usher-replay") as reader:
            extents = await reader.extents([topic])
        position: int = await conn.fetchval("SELECT coalesce(max(first_position + count - 1), 0) FROM commits")
        return Handover(position, {place.partition: extent.end for place, extent in sorted(extents.items())})

    async def _publish(self, conn: Connection, topic: str, into: str, wanted: Selection, last: int) -> int:
        producer = make_producer(self._settings, self._service)
        await producer.start()
        count = 0
        try:
            events = await self._store.read(conn, 0, CHUNK)
            while events:
                records = ProducerBatch(producer)
                await records.add(self._messages(events, topic, into, wanted, last))
                acknowledgements = await records.send()
                # The next chunk is read while Kafka writes this one; a partition's batches stay in their order.
                events, _ = await asyncio.gather(
                    self._store.read(conn, events[-1].position or 0, CHUNK),
                    asyncio.wait_for(asyncio.gather(*acknowledgements), _ACKNOWLEDGED_WITHIN),
                )
                count += records.count
                if events and (events[0].position or 0) > last:
                    break
        finally:
            await producer.stop()
        return count

    def _messages(
        self, events: Sequence[Recorded[E]], topic: str, into: str, wanted: Selection, last: int
    ) -> list[KafkaMessage]:
        return [
            msgspec.structs.replace(message, topic=into)
            for event in events
            if (event.position or 0) <= last and wanted.holds(event)
            for message in encode(self._service, event, self._store.publish(event))
            if message.topic == topic
        ]
