"""When what happened to a batch, as its traces tell afterwards: Kafka's records and the services' tables."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition

from tests.bench.admin import Admin
from usher_contracts import topics

TOPICS = (topics.BATCHES, topics.VALIDATIONS, topics.LICENSES, topics.USERS, topics.DIRECTORY, topics.INVITATIONS)


@dataclass(frozen=True)
class Span:
    """From the first to the last of its kind, by the wall clock; and how many they were, where that was counted."""

    begin: float
    end: float
    count: int = 0


def on_kafka(admin: Admin) -> Mapping[str, Span]:
    """By event's name, when the company's records were sent (their timestamps are the sender's)."""
    found: dict[str, Span] = {}
    company = admin.company.encode()
    for record in asyncio.run(_records(admin.stack.endpoints["kafka"]["bootstrap"])):
        headers: dict[str, bytes] = dict(record.headers)
        if headers.get("ce_companyid") == company:
            name, at = headers["ce_type"].decode().split(".")[1], record.timestamp / 1000
            before = found.get(name, Span(at, at))
            found[name] = Span(min(before.begin, at), max(before.end, at), before.count + 1)
    return found


async def _records(bootstrap: str) -> list[Any]:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        metadata: Any = await consumer._client.fetch_all_metadata()
        places = [TopicPartition(topic, n) for topic in TOPICS for n in metadata.partitions_for_topic(topic)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        left = sum((await consumer.end_offsets(places)).values())
        found: list[Any] = []
        while len(found) < left:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
        return found
    finally:
        await consumer.stop()


def in_tables(admin: Admin, since: float) -> Mapping[str, Span]:
    """What only the services' own tables know; of consumers what they did since then."""
    company = admin.company
    return {
        "committed": _span(admin, "licensing", _COMMITTED, company),
        "directory": _span(admin, "validation", _INBOX, "validation.directory-people", since),
        "queued": _span(admin, "notification", _MAILS.format("mail-queued"), company),
        "sent": _span(admin, "notification", _MAILS.format("mail-sent"), company),
        "delivered": _span(admin, "licensing", _INBOX, "licensing.deliveries", since),
    }


def _span(admin: Admin, service: str, sql: str, *values: str | float) -> Span:
    with psycopg.connect(admin.stack.endpoints["postgres"][service]) as connection:
        row = connection.execute(sql.encode(), values).fetchone()
    assert row and row[0] is not None, (service, sql)
    return Span(float(row[0]), float(row[1]))


# The batch's own commit is the company's largest.
_COMMITTED = """
SELECT extract(epoch FROM min(e.at)), extract(epoch FROM min(c.committed_at))
FROM (SELECT commit_id, count(*), min(at) AS at FROM events WHERE company_id = %s GROUP BY 1 ORDER BY 2 DESC LIMIT 1) e
JOIN commits c USING (commit_id)
"""
_INBOX = """
SELECT extract(epoch FROM min(received_at)), extract(epoch FROM max(received_at)) FROM inbox
WHERE consumer = %s AND received_at >= to_timestamp(%s)
"""
_MAILS = """
SELECT extract(epoch FROM min(at)), extract(epoch FROM max(at)) FROM events WHERE company_id = %s AND type LIKE '{}%%'
"""
