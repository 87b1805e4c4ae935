"""How far each consumer has come: written with the effects, so whoever sees an offset here sees the effects too."""

from collections.abc import Mapping, Sequence

from shared.messaging.consumed_record import Record
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

CHANNEL = "applied_offsets"
"""Notified with the consumer's name when its offsets advance."""


async def advance(conn: Connection, consumer: str, records: Sequence[Record]) -> None:
    """Note these records as dealt with, whatever became of them. An offset never goes back."""
    ends: dict[tuple[str, int], int] = {}
    for record in records:
        place = (record.topic, record.partition)
        ends[place] = max(ends.get(place, 0), record.offset + 1)
    rows = sorted((topic, partition, end) for (topic, partition), end in ends.items())
    topics, partitions, offsets = zip(*rows, strict=True)
    await conn.execute(_ADVANCE, consumer, topics, partitions, offsets)
    await wake(conn, CHANNEL, [consumer])


async def offsets(conn: Connection, consumer: str) -> Mapping[tuple[str, int], int]:
    """The next offset of each (topic, partition) that the consumer has read."""
    rows = await conn.fetch("SELECT topic, partition, next_offset FROM applied_offsets WHERE consumer = $1", consumer)
    return {(row["topic"], row["partition"]): row["next_offset"] for row in rows}


_ADVANCE = """
INSERT INTO applied_offsets AS a (consumer, topic, partition, next_offset)
SELECT $1, * FROM unnest($2::text[], $3::int[], $4::bigint[]) WHERE (SELECT usher_on_known_server())
ON CONFLICT (consumer, topic, partition)
DO UPDATE SET next_offset = greatest(a.next_offset, excluded.next_offset)
"""
