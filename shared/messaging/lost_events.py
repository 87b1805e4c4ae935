"""What Kafka holds of a service and its restored log does not: events that were published after the backup was made."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.core.settings import KafkaSettings
from shared.messaging.cloudevents import SOURCE, Envelope, attributes, derived_id
from shared.messaging.consumed_record import Record
from shared.postgres.database import Connection

CLOCKS_APART = timedelta(hours=1)
"""How far a broker's or a service's clock may be behind Postgres'. The topics are read from the restored log's last
commit on, and from this much before."""
_POLL_MS, _LARGEST_POLL = 500, 2_000


@dataclass(frozen=True, slots=True)
class LostEvent:
    """One such message: where it stands, and what its envelope says."""

    id: str
    service: str
    topic: str
    partition: int
    offset: int
    key: str
    type: str
    stream: str
    sequence: int
    company_id: str | None
    time: str


async def find_orphans(
    conn: Connection, kafka: KafkaSettings, service: str, topics: Collection[str]
) -> list[LostEvent]:
    """The messages of `service` in its `topics` whose event its log does not have, in the order of their sequence.

    Changes nothing. Raises aiokafka's KafkaError where Kafka cannot be asked.
    """
    since: datetime | None = await conn.fetchval("SELECT max(committed_at) FROM commits")
    found: list[LostEvent] = []
    async with reading(kafka) as reader:
        places = await partitions(reader, topics)
        async for records in _records(reader, places, since and since - CLOCKS_APART):
            found += await _not_in_log(conn, _published_by(service, records))
    return sorted(found, key=lambda orphan: (orphan.sequence, orphan.topic, orphan.offset))


@asynccontextmanager
async def reading(kafka: KafkaSettings, group: str | None = None) -> AsyncGenerator[Any]:
    """A consumer that is told where to read; with a group it can set that group's offsets. Any, since aiokafka's
    signatures say nothing of the types."""
    options = kafka.kafka_client("usher-restore")
    reader = AIOKafkaConsumer(**options, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest")
    await reader.start()
    try:
        yield reader
    finally:
        await reader.stop()


async def partitions(reader: Any, topics: Collection[str]) -> list[TopicPartition]:
    """All partitions of these topics."""
    # The consumer's own list comes without the partitions of topics that it does not read.
    metadata: Any = await reader._client.fetch_all_metadata()
    return [TopicPartition(topic, n) for topic in topics for n in sorted(metadata.partitions_for_topic(topic) or ())]


async def _records(
    reader: Any, places: Sequence[TopicPartition], since: datetime | None
) -> AsyncGenerator[Sequence[Record]]:
    """What stands in these partitions now, from `since` on; everything where that is None."""
    ends: dict[TopicPartition, int] = await reader.end_offsets(places)
    begins: dict[TopicPartition, int] = await reader.beginning_offsets(places)
    if since is not None:
        asked = dict.fromkeys(places, int(since.timestamp() * 1000))
        later = await reader.offsets_for_times(asked)
        begins = {place: found.offset if (found := later[place]) else ends[place] for place in places}
    open_ = {place for place in places if begins[place] < ends[place]}
    reader.assign(list(open_))
    for place in open_:
        reader.seek(place, begins[place])
    while open_:
        polled: dict[TopicPartition, list[Record]] = await reader.getmany(
            timeout_ms=_POLL_MS, max_records=_LARGEST_POLL
        )
        for place, records in polled.items():
            yield [record for record in records if record.offset < ends[place]]
        open_ = {place for place in open_ if await reader.position(place) < ends[place]}


def _published_by(service: str, records: Sequence[Record]) -> list[LostEvent]:
    """The service's own messages, as orphans until the log says otherwise. What has no envelope is nobody's."""
    found: list[LostEvent] = []
    for record in records:
        try:
            envelope = attributes(record.headers)
            sequence = int(envelope.sequence)
            UUID(envelope.id)
        except ValueError:
            continue
        if envelope.source == SOURCE.format(service=service):
            found.append(_orphan(service, record, envelope, sequence))
    return found


def _orphan(service: str, record: Record, envelope: Envelope, sequence: int) -> LostEvent:
    return LostEvent(
        id=envelope.id,
        service=service,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=(record.key or b"").decode("utf-8", "replace"),
        type=envelope.type,
        stream=envelope.subject,
        sequence=sequence,
        company_id=envelope.companyid,
        time=envelope.time.isoformat(),
    )


async def _not_in_log(conn: Connection, published: Sequence[LostEvent]) -> list[LostEvent]:
    """Those whose position holds no event, or another one: by id, since a position can have been given twice."""
    rows = await conn.fetch(_AT, sorted({each.sequence for each in published}))
    logged: dict[int, UUID] = {row["position"]: row["id"] for row in rows}
    return [each for each in published if not _is(logged.get(each.sequence), each)]


def _is(event_id: UUID | None, message: LostEvent) -> bool:
    return event_id is not None and UUID(message.id) in (event_id, derived_id(event_id, message.topic))


_AT = """
SELECT position, e.id
FROM unnest($1::bigint[]) AS position
CROSS JOIN LATERAL (
    SELECT first_position, commit_id FROM commits WHERE first_position <= position
    ORDER BY first_position DESC LIMIT 1
) c
JOIN events e ON e.commit_id = c.commit_id AND e.index = position - c.first_position
"""
