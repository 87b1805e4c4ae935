"""A replay: what happened since a moment is delivered once more, read from the topics themselves, without those who
were forgotten meanwhile.

It is read a piece at a time, and on only while few deliveries wait: neither the process's memory nor the queue grows by
how much there is to replay. How far it has come stands in `webhook_replays`, in the transaction of what was recorded.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from aiokafka import TopicPartition

from services.notification.application.mail_queue import Clock
from services.notification.application.webhooks.record_deliveries import (
    DELIVERABLE_TYPES,
    deliveries,
    json_object,
)
from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.state import Webhook
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query, replays
from services.notification.read_models.webhooks.query import Interest
from services.notification.read_models.webhooks.replays import Span
from shared.core.crash_points import reached
from shared.core.settings import KafkaSettings
from shared.erasure.forgotten import known
from shared.erasure.person import AddressDigests
from shared.eventsourcing.events import Context
from shared.jobs import queue as jobs
from shared.jobs.queue import Job, Retry
from shared.messaging.consumed_record import Received, Record, read
from shared.messaging.producer_batch import partition_of
from shared.messaging.topic_reader import EndNotReached, TopicReader, topic_reader
from shared.postgres.database import Pool
from usher_contracts.topics import DIRECTORY, ERASURES, TOPICS

KIND = "webhook-replay"
MOST_WAITING = 5_000
"""Deliveries of one webhook that may wait before a replay reads on."""
_LOOK_SECONDS, _LOOKS = 0.2, 25
_AGAIN_SECONDS = 5.0

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ReplayEvents:
    """The use case, and the job that does it."""

    pool: Pool
    settings: KafkaSettings
    clock: Clock
    digests: AddressDigests

    async def ask(self, owner: UUID | None, id_: UUID, since: datetime, context: Context) -> None:
        """A replay of what happened since then. Raises Refused."""
        async with self.pool.acquire() as conn, conn.transaction():
            _, state = await query.locked(conn, owner, id_)
            if not isinstance(state, Webhook):
                raise Refused("webhook_not_found")
            if state.off is not None:
                raise Refused("webhook_off")
            if not await replays.begin(conn, id_, owner, since, context.at):
                raise Refused("webhook_replay_running")
            # In the place of the company, whose jobs are done one after the other: a webhook holds up no other.
            await jobs.put(conn, KIND, f"{id_}:{context.at.isoformat()}", str(id_), {"webhook": str(id_)}, context)

    async def __call__(self, job: Job) -> None:
        """The job's handler. Raises Retry where the webhook has enough to do."""
        id_ = UUID(job.payload["webhook"])
        async with self.pool.acquire() as conn:
            asked = await replays.under_way(conn, id_)
        if asked is None:
            return  # deleted or switched off meanwhile
        async with topic_reader(self.settings, "usher-notification-replay", reset="earliest") as reader:
            spans = asked.spans or await self._spans(reader, asked.owner, asked.since)
            await self._read(reader, id_, asked.since, spans)
        async with self.pool.acquire() as conn, conn.transaction():
            await replays.end(conn, id_)
            await job.finish(conn)
        log.info("webhook_replayed", webhook=str(id_))

    async def _spans(self, reader: TopicReader, owner: UUID | None, since: datetime) -> dict[TopicPartition, Span]:
        """What there is to read: of one company the partition that it is in, a topic each."""
        extents = await reader.extents(topic.name for topic in TOPICS if topic.name not in (DIRECTORY, ERASURES))
        if owner is not None:
            partitions = Counter(place.topic for place in extents)
            key = str(owner).encode()
            extents = {p: e for p, e in extents.items() if p.partition == partition_of(key, partitions[p.topic])}
        begins = await reader.since(since, extents)
        return {p: Span(begins[p], extent.end) for p, extent in extents.items() if begins[p] < extent.end}

    async def _read(self, reader: TopicReader, id_: UUID, since: datetime, spans: dict[TopicPartition, Span]) -> None:
        begins = {place: span.next for place, span in spans.items() if span.next < span.end}
        try:
            async for records in reader.records(begins, {place: spans[place].end for place in begins}):
                if records:
                    place = TopicPartition(records[0].topic, records[0].partition)
                    spans[place] = Span(records[-1].offset + 1, spans[place].end)
                    await self._record(id_, since, records, spans)
                    reached("webhook.replayed")
                    await self._wait(id_)
        except EndNotReached:
            log.warning("webhook_replay_cut_short", webhook=str(id_))  # retention has taken what is missing

    async def _record(
        self, id_: UUID, since: datetime, records: Sequence[Record], spans: Mapping[TopicPartition, Span]
    ) -> None:
        received = [r for record in records if (r := _received(record)) is not None and r.time >= since]
        async with self.pool.acquire() as conn, conn.transaction():
            _, owner, state = await query.held(conn, id_)
            if not isinstance(state, Webhook) or state.off is not None:
                raise Retry(_AGAIN_SECONDS)  # and then there is no such replay any more
            forgotten = await known(conn, self.digests, {r.company_id for r in received})
            clean = [forgotten.without(r, json_object) for r in received]
            events = None if state.events is None else frozenset(state.events)
            found = deliveries(clean, [Interest(id_, owner, events)])
            lost = await replays.taken_back(conn, [each.event_id for each in found])
            kept = [each for each in found if each.event_id not in lost]
            await queue.put(conn, kept, self.clock(), again=True)
            await replays.advance(conn, id_, spans, len(kept))

    async def _wait(self, id_: UUID) -> None:
        for _ in range(_LOOKS):
            async with self.pool.acquire() as conn:
                if not await replays.has_enough(conn, id_, MOST_WAITING):
                    return
            await asyncio.sleep(_LOOK_SECONDS)
        raise Retry(_AGAIN_SECONDS)


def _received(record: Record) -> Received | None:
    arrival: Any = read(record, DELIVERABLE_TYPES, json_object)
    return None if arrival is None else arrival.received
