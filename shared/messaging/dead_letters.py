"""Records that could not be applied: kept as they came, listed, retried, dropped.

Of a consumer's stream the first row is the dead letter, all later ones are parked behind it. A retry is only asked for
here (`retry_at`); the service does it, since only it has the handlers (see shared/messaging/dead_letter_retry.py).
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from prometheus_client import Gauge

from shared.messaging.consumed_record import Arrival, Record
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

CHANNEL = "dead_letters"
"""Notified when a retry is asked for, or was done."""

DEAD_LETTERS = Gauge("usher_dead_letters", "Records that could not be applied.", ["consumer"])
PARKED = Gauge("usher_dead_letters_parked", "Records that wait behind one that could not be applied.", ["consumer"])


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One that could not be applied, as `./usher dlq SERVICE list` shows it. parked: how many wait behind it."""

    id: int
    consumer: str
    topic: str
    partition: int
    offset: int
    key: str | None
    type: str | None
    error: str | None
    parked: int


async def put(conn: Connection, consumer: str, arrivals: Sequence[Arrival]) -> None:
    """Keep these, in their order: those with an error as dead letters, those without parked behind their stream's."""
    rows = [
        (
            consumer,
            a.stream,
            a.record.topic,
            a.record.partition,
            a.record.offset,
            a.record.key,
            a.record.value,
            _dump_headers(a.record.headers),
            a.type,
            a.error,
        )
        for a in arrivals
    ]
    if rows:
        await conn.executemany(_PUT, rows)


async def held_streams(conn: Connection, consumer: str, streams: Iterable[str]) -> set[str]:
    """Those of the streams that have a dead letter. They are locked against a retry until the transaction ends."""
    asked = list(streams)
    found = [row["stream"] for row in await conn.fetch(_HELD, consumer, asked)]
    if not found:
        return set()
    for stream in sorted(found):
        await lock(conn, consumer, stream)
    # A retry that held the lock may have drained them meanwhile.
    return {row["stream"] for row in await conn.fetch(_HELD, consumer, found)}


async def lock(conn: Connection, consumer: str, stream: str) -> None:
    """Hold a consumer's stream until the transaction ends: arrivals wait for a retry's step, and a retry for theirs."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"dead letter {consumer} {stream}")


async def listed(conn: Connection) -> list[DeadLetter]:
    """All dead letters of the service, oldest first."""
    return [
        DeadLetter(
            id=row["id"],
            consumer=row["consumer"],
            topic=row["topic"],
            partition=row["partition"],
            offset=row["offset"],
            key=None if row["key"] is None else bytes(row["key"]).decode("utf-8", "backslashreplace"),
            type=row["type"],
            error=row["error"],
            parked=row["parked"],
        )
        for row in await conn.fetch(_LIST)
    ]


async def retry(conn: Connection, ids: Sequence[int] | None) -> list[int]:
    """Ask the service to apply these again, all with None, and then what is parked behind each, in order.

    Returns the ids that were dead letters. `waiting` tells what the service has not tried yet.
    """
    async with conn.transaction():
        asked = [row["id"] for row in await conn.fetch(_RETRY, ids)]
        await wake(conn, CHANNEL)
    return asked


async def waiting(conn: Connection, ids: Sequence[int]) -> list[int]:
    """Those of the ids whose retry was asked for and is not done."""
    rows = await conn.fetch("SELECT id FROM dead_letter WHERE id = ANY($1) AND retry_at IS NOT NULL", list(ids))
    return [row["id"] for row in rows]


async def drop(conn: Connection, ids: Sequence[int] | None) -> list[int]:
    """Forget these dead letters, all with None; what is parked behind them is applied next. Returns their ids."""
    dropped: list[int] = []
    async with conn.transaction():
        for letter in await listed(conn):
            if ids is None or letter.id in ids:
                dropped += await _drop_one(conn, letter)
        await wake(conn, CHANNEL)
    return dropped


async def _drop_one(conn: Connection, letter: DeadLetter) -> list[int]:
    stream = await conn.fetchval("SELECT stream FROM dead_letter WHERE id = $1", letter.id)
    if stream is not None:
        await lock(conn, letter.consumer, stream)
    gone = await conn.fetchval("DELETE FROM dead_letter WHERE id = $1 RETURNING id", letter.id)
    if stream is not None:
        await conn.execute(_NEXT_OF_STREAM, letter.consumer, stream)
    return [] if gone is None else [gone]


async def measure(conn: Connection, consumers: Iterable[str]) -> None:
    """Set the gauges that are alerted on."""
    letters = await listed(conn)
    for consumer in consumers:
        mine = [letter for letter in letters if letter.consumer == consumer]
        DEAD_LETTERS.labels(consumer).set(len(mine))
        PARKED.labels(consumer).set(sum(letter.parked for letter in mine))


def record_of(row: Any) -> Record:
    """The Kafka record that a row of the table keeps."""
    key, value = row["key"], row["value"]
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        timestamp=0,
        timestamp_type=0,
        key=None if key is None else bytes(key),
        value=None if value is None else bytes(value),
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=_load_headers(row["headers"]),
    )


def _dump_headers(headers: Iterable[tuple[str, bytes | None]]) -> bytes:
    return orjson.dumps([(k, None if v is None else base64.b64encode(v).decode()) for k, v in headers])


def _load_headers(data: bytes) -> tuple[tuple[str, Any], ...]:
    return tuple((k, v if v is None else base64.b64decode(v)) for k, v in orjson.loads(data))


_PUT = """
INSERT INTO dead_letter (consumer, stream, topic, partition, "offset", key, value, headers, type, error)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (consumer, topic, partition, "offset") DO NOTHING
"""

_HELD = "SELECT DISTINCT stream FROM dead_letter WHERE consumer = $1 AND stream = ANY($2::text[])"

_LIST = """
SELECT * FROM (
    SELECT *, row_number() OVER place AS place, count(*) OVER (PARTITION BY consumer, coalesce(stream, id::text)) - 1
           AS parked
    FROM dead_letter WINDOW place AS (PARTITION BY consumer, coalesce(stream, id::text) ORDER BY id)
) AS placed
WHERE place = 1 ORDER BY id
"""

_RETRY = """
UPDATE dead_letter SET retry_at = now()
WHERE ($1::bigint[] IS NULL OR id = ANY($1::bigint[]))
  AND (stream IS NULL OR NOT EXISTS (SELECT FROM dead_letter AS earlier WHERE earlier.consumer = dead_letter.consumer
                                     AND earlier.stream = dead_letter.stream AND earlier.id < dead_letter.id))
RETURNING id
"""

_NEXT_OF_STREAM = """
UPDATE dead_letter SET retry_at = now()
WHERE id = (SELECT min(id) FROM dead_letter WHERE consumer = $1 AND stream = $2)
"""
