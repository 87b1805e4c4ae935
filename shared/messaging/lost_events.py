"""What Kafka holds of a service and its restored log does not: events that were published after the backup was made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.core.settings import KafkaSettings
from shared.messaging.cloudevents import SOURCE, Envelope, attributes, derived_id
from shared.messaging.consumed_record import Record
from shared.messaging.topic_reader import topic_reader
from shared.postgres.database import Connection

CLOCKS_APART = timedelta(hours=1)
"""How far a broker's or a service's clock may be behind Postgres'. The topics are read from the restored log's last
commit on, and from this much before."""


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


async def find_lost_events(
    conn: Connection,
    kafka: KafkaSettings,
    service: str,
    topics: Collection[str],
    clocks_apart: timedelta = CLOCKS_APART,
) -> list[LostEvent]:
    """The messages of `service` in its `topics` whose event its log does not have, in the order of their sequence.

    Changes nothing. Raises aiokafka's KafkaError where Kafka cannot be asked.
    """
    since: datetime | None = await conn.fetchval("SELECT max(committed_at) FROM commits")
    found: list[LostEvent] = []
    async with topic_reader(kafka, "usher-restore") as reader:
        async for records in reader.everything(topics, since and since - clocks_apart):
            found += await _not_in_log(conn, _published_by(service, records))
    return sorted(found, key=lambda event: (event.sequence, event.topic, event.offset))


def _published_by(service: str, records: Sequence[Record]) -> list[LostEvent]:
    """The service's own messages: lost until the log says otherwise. What has no envelope is nobody's."""
    found: list[LostEvent] = []
    for record in records:
        try:
            envelope = attributes(record.headers)
            sequence = int(envelope.sequence)
            UUID(envelope.id)
        except ValueError:
            continue
        if envelope.source == SOURCE.format(service=service):
            found.append(_lost_event(service, record, envelope, sequence))
    return found


def _lost_event(service: str, record: Record, envelope: Envelope, sequence: int) -> LostEvent:
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
