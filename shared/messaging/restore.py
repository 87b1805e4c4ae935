"""Going on after a restore (docs/decisions/0013): the log's next position is above all that Kafka has seen, nobody
applies what the restored logs do not hold, and every consumer reads on from where the restored database stands."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from aiokafka import OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import CommitFailedError, UnknownMemberIdError

from shared.core.settings import KafkaSettings
from shared.eventsourcing.event_store import APPEND_LOCK
from shared.messaging import log_server
from shared.messaging.lost_events import LostEvent
from shared.messaging.topic_reader import topic_reader
from shared.postgres.database import Connection


class StillRunning(Exception):
    """A consumer group has members: a process of the service runs. The message is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Resumed:
    """What was done. next_position: that of the log's next event. set_back: consumers whose offsets were set.
    applied: lost events of other services that this service had applied before its own backup was made, by consumer."""

    next_position: int
    set_back: Sequence[str]
    applied: Mapping[str, Sequence[LostEvent]]


async def resume(conn: Connection, kafka: KafkaSettings, service: str, lost: Sequence[LostEvent]) -> Resumed:
    """Makes a restored service fit to start; doing it twice is the same as once.

    lost: what was found for every service, this one included. The service must not run. Raises StillRunning, before
    anything is changed, and aiokafka's KafkaError.
    """
    groups, offsets = await committed_offsets(kafka, service), await _offsets(conn)
    for group, places in groups.items():
        await _set_back(kafka, group, {place: offsets.get((group, place), 0) for place in places})
    async with conn.transaction():
        await _remember(conn, lost)
        own = [event.sequence for event in lost if event.service == service]
        next_position = await _advance(conn, max(own, default=0))
        applied = await _applied(conn, lost)
        await log_server.know(conn)
    return Resumed(next_position, sorted(groups), applied)


async def _advance(conn: Connection, seen: int) -> int:
    """The log's next position, above `seen`. The highest position that Kafka has seen is taken by a commit without
    events: what it names is on Kafka alone."""
    await conn.execute("SELECT pg_advisory_xact_lock($1)", APPEND_LOCK)
    following: int = await conn.fetchval("SELECT coalesce(max(first_position + count), 1) FROM commits")
    if following > seen:
        return following
    await conn.execute(
        "INSERT INTO commits (first_position, commit_id, count) VALUES ($1, nextval('commit_ids'), 1)", seen
    )
    return seen + 1


async def _remember(conn: Connection, lost: Sequence[LostEvent]) -> None:
    rows = [(UUID(event.id), json.dumps(asdict(event))) for event in lost]
    await conn.executemany("INSERT INTO orphans (event_id, message) VALUES ($1, $2) ON CONFLICT DO NOTHING", rows)


async def _applied(conn: Connection, lost: Sequence[LostEvent]) -> dict[str, list[LostEvent]]:
    by_id = {UUID(event.id): event for event in lost}
    rows = await conn.fetch(
        "SELECT consumer, event_id FROM inbox WHERE event_id = ANY($1::uuid[]) ORDER BY consumer", list(by_id)
    )
    found: dict[str, list[LostEvent]] = {}
    for row in rows:
        found.setdefault(row["consumer"], []).append(by_id[row["event_id"]])
    return found


async def _offsets(conn: Connection) -> dict[tuple[str, TopicPartition], int]:
    rows = await conn.fetch("SELECT consumer, topic, partition, next_offset FROM applied_offsets")
    return {(row["consumer"], TopicPartition(row["topic"], row["partition"])): row["next_offset"] for row in rows}


async def committed_offsets(kafka: KafkaSettings, service: str) -> dict[str, dict[TopicPartition, int]]:
    """The service's consumer groups that Kafka knows, with how far they have come in each partition. A group that Kafka
    has forgotten needs no setting back: it begins at the beginning, and its inbox knows what it has seen."""
    admin: Any = AIOKafkaAdminClient(**kafka.kafka_client("usher-restore"))
    await admin.start()
    try:
        names = sorted({name for name, *_ in await admin.list_consumer_groups() if name.startswith(f"{service}.")})
        found = {name: await admin.list_consumer_group_offsets(name) for name in names}
        return {name: {place: at.offset for place, at in places.items()} for name, places in found.items()}
    finally:
        await admin.close()


async def _set_back(kafka: KafkaSettings, group: str, offsets: Mapping[TopicPartition, int]) -> None:
    if not offsets:
        return
    async with topic_reader(kafka, "usher-restore", group=group) as member:
        try:
            await member.commit({place: OffsetAndMetadata(offset, "") for place, offset in offsets.items()})
        except (CommitFailedError, UnknownMemberIdError):
            raise StillRunning(
                f"{group} is being read, or was a moment ago. Stop every process of the service, wait until Kafka has "
                "noticed (half a minute), then do this again."
            ) from None
