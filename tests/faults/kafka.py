"""What can come over Kafka that no service of ours would send: poison, old messages, offsets that went back."""

import asyncio
import random
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID, uuid4

import uuid_utils.compat as uuids
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition

from shared.messaging import dead_letters
from shared.postgres.database import connect
from tests.faults.harness import Harness
from usher_contracts.topics import TOPICS, USERS

POISON = "/poison"
_SESSION_SECONDS = 12
"""How long a stopped consumer stays in its group, and a little more."""

Headers = list[tuple[str, bytes | None]]
Record = ConsumerRecord[bytes, bytes]
_REPLAYED = [topic for topic in TOPICS if not topic.compacted]
"""A compacted topic's last record counts: whoever writes an old one there has changed it."""


def _envelope(type_: str, **other: bytes | None) -> Headers:
    found: dict[str, bytes | None] = {
        "ce_specversion": b"1.0",
        "ce_id": str(uuids.uuid7()).encode(),
        "ce_source": POISON.encode(),
        "ce_type": type_.encode(),
        "ce_time": b"2026-01-01T00:00:00Z",
        "ce_subject": f"poison-{uuid4()}".encode(),
        "ce_sequence": b"1",
        "ce_companyid": str(UUID(int=1)).encode(),
        "ce_correlationid": b"poison",
        "content-type": b"application/json",
    }
    return list((found | other).items())


def _poisons() -> Sequence[tuple[bytes | None, Headers]]:
    """Values and headers, one of each kind that issue 4 names."""
    invited, batch = "usher.UserInvited.v1", "usher.BatchConfirmed.v1"
    return [
        (b"\x00\xff garbage \xfe", []),
        (b"\x00\xff garbage \xfe", _envelope(invited)),
        (b"", _envelope(invited)),
        (None, _envelope(batch)),
        (b"{}", _envelope(invited, ce_subject=None)),
        (b"{}", _envelope(batch, ce_id=b"\xff\xfe\x00")),
        (b"{}", _envelope("usher.NobodyKnows.v9")),
        (b'{"user_id": 7, "company_id": []}', _envelope(invited)),
        (b'{"batch_id": null}', _envelope("usher.BatchProcessed.v1")),
        (b"{}", _envelope(invited, reply_to=b"usher.users.v1")),
        (b"[" * 5000, _envelope("usher.BatchValidated.v1")),
        (b"{}", [("ce_type", b"\xc3\x28"), ("traceparent", None), ("correlation_id", b"\xff")]),
    ]


async def poison(harness: Harness, rng: random.Random) -> None:
    """One of each kind into every topic, between what the services send."""
    producer = AIOKafkaProducer(bootstrap_servers=harness.stack.kafka_bootstrap)
    await producer.start()
    try:
        for topic in TOPICS:
            for value, headers in _poisons():
                place = rng.randrange(topic.partitions)
                await producer.send(topic.name, value, rng.randbytes(4), headers=headers, partition=place)
    finally:
        await producer.stop()


async def unreadable(harness: Harness, company: str, stream: str) -> None:
    """An event of that stream whose data is not what its type says, in the company's place on usher.users.v1."""
    headers = _envelope("usher.UserChanged.v1", ce_subject=stream.encode(), ce_companyid=company.encode())
    producer = AIOKafkaProducer(bootstrap_servers=harness.stack.kafka_bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(USERS, b'{"changes": 7}', company.encode(), headers=headers)
    finally:
        await producer.stop()


async def forget_poison(harness: Harness) -> None:
    """Drops the dead letters that poison has left, as an operator would."""
    for service in ("upload", "licensing", "validation", "notification"):
        connection = await connect(harness.stack.database_url(service), "usher faults")
        try:
            rows = await connection.fetch("SELECT id, headers FROM dead_letter ORDER BY id")
            await dead_letters.drop(connection, [row["id"] for row in rows])
        finally:
            await connection.close()


async def replay(harness: Harness, rng: random.Random) -> None:
    """Sends every record that is on the topics once more, partition by partition, in any order."""
    consumer = AIOKafkaConsumer(bootstrap_servers=harness.stack.kafka_bootstrap, enable_auto_commit=False)
    producer = AIOKafkaProducer(bootstrap_servers=harness.stack.kafka_bootstrap)
    await consumer.start()
    await producer.start()
    try:
        places = [TopicPartition(topic.name, n) for topic in _REPLAYED for n in range(topic.partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        records = [record for place in places for record in await _all(consumer, place, ends[place])]
        rng.shuffle(records)
        for record in records:
            await producer.send(
                record.topic, record.value, record.key, headers=list(record.headers), partition=record.partition
            )
    finally:
        await producer.stop()
        await consumer.stop()


async def _all(consumer: AIOKafkaConsumer, place: TopicPartition, end: int) -> list[Record]:
    found: list[Record] = []
    while len(found) < end:
        for records in (await consumer.getmany(place, timeout_ms=500)).values():
            found += records
    return found[:end]


async def reset_offsets(harness: Harness, service: str) -> None:
    """Sets the offsets of all the service's consumers to 0, once its stopped process has been put out of the groups."""
    await asyncio.sleep(_SESSION_SECONDS)
    connection = await connect(harness.stack.database_url(service), "usher faults")
    rows = await connection.fetch("SELECT DISTINCT consumer, topic, partition FROM applied_offsets")
    await connection.close()
    groups: dict[str, list[TopicPartition]] = defaultdict(list)
    for row in rows:
        groups[row["consumer"]].append(TopicPartition(row["topic"], row["partition"]))
    for group, places in groups.items():
        await _to_zero(harness.stack.kafka_bootstrap, group, places)


async def _to_zero(bootstrap: str, group: str, places: list[TopicPartition]) -> None:
    # Not subscribed: it commits for the group without becoming one of its members, which an empty group allows.
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, group_id=group, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(places)
        await consumer.commit(dict.fromkeys(places, 0))
    finally:
        await consumer.stop()
