"""Reading topics by hand, outside of consumer groups: which partitions there are, how far they go, their records."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.core.retry import TRANSIENT
from shared.core.settings import KafkaSettings
from shared.messaging.client_timeouts import CLIENT_TIMEOUTS
from shared.messaging.consumed_record import Record

PartitionOffsets = Mapping[TopicPartition, int]
"""The next offset of each partition."""
_POLL_MS, _LARGEST_POLL, _SILENCE = 500, 2_000, 20
"""`_SILENCE`: polls without a record after which Kafka is taken not to have what was asked for."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds: the offset of its first record, and the one that its next record gets."""

    begin: int
    end: int


class EndNotReached(Exception):
    """A partition has fewer records than were asked for."""


class TopicReader:
    """A consumer that is told where to read. See `topic_reader`."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer: Any = consumer  # whose signatures say nothing of the types

    async def extents(self, topics: Iterable[str]) -> dict[TopicPartition, Extent]:
        """How far each partition of these topics goes now."""
        # The consumer's own list of topics comes without the partitions of those that it does not read.
        metadata: Any = await self._consumer._client.fetch_all_metadata()
        numbers = {topic: sorted(metadata.partitions_for_topic(topic) or ()) for topic in topics}
        found = [TopicPartition(topic, number) for topic in numbers for number in numbers[topic]]
        if not found:
            return {}
        first: Awaitable[PartitionOffsets] = self._consumer.beginning_offsets(found)
        following: Awaitable[PartitionOffsets] = self._consumer.end_offsets(found)
        begins, ends = await asyncio.gather(first, following)
        return {place: Extent(begins[place], ends[place]) for place in found}

    async def since(self, time: datetime, extents: Mapping[TopicPartition, Extent]) -> PartitionOffsets:
        """Where the first record of each partition stands that is not older than `time`; else the partition's end."""
        if not extents:
            return {}
        asked = dict.fromkeys(extents, int(time.timestamp() * 1000))
        later: Mapping[TopicPartition, Any] = await self._consumer.offsets_for_times(asked)
        return {place: later[place].offset if later[place] else extent.end for place, extent in extents.items()}

    async def records(self, begins: PartitionOffsets, ends: PartitionOffsets) -> AsyncGenerator[Sequence[Record]]:
        """What stands in these partitions from where each begins until where it ends, a poll of one partition at a
        time. Raises EndNotReached where Kafka gives nothing more before that."""
        left = {place for place, end in ends.items() if begins[place] < end}
        self._consumer.assign(list(left))
        for place in left:
            self._consumer.seek(place, begins[place])
        silent = 0
        while left:
            polled: Mapping[TopicPartition, Sequence[Record]] = await self._consumer.getmany(
                timeout_ms=_POLL_MS, max_records=_LARGEST_POLL
            )
            for place, records in polled.items():
                yield [record for record in records if record.offset < ends[place]]
            left = {place for place in left if await self._consumer.position(place) < ends[place]}
            silent = 0 if polled else silent + 1
            if left and silent > _SILENCE:
                raise EndNotReached(", ".join(sorted({place.topic for place in left})))

    async def everything(
        self, topics: Iterable[str], since: datetime | None = None
    ) -> AsyncGenerator[Sequence[Record]]:
        """What stands in these topics now, as `records` gives it; since: without what is older."""
        extents = await self.extents(topics)
        begins: PartitionOffsets = {place: extent.begin for place, extent in extents.items()}
        if since is not None:
            begins = await self.since(since, extents)
        async for records in self.records(begins, {place: extent.end for place, extent in extents.items()}):
            yield records

    async def commit(self, offsets: Mapping[TopicPartition, Any]) -> None:
        """Sets the offsets of the group that the reader was made for. Raises aiokafka's CommitFailedError or
        UnknownMemberIdError where somebody else reads for it."""
        self._consumer.assign(list(offsets))
        await self._consumer.commit(offsets)


@asynccontextmanager
async def topic_reader(
    settings: KafkaSettings, client_id: str, *, group: str | None = None, reset: str = "earliest"
) -> AsyncGenerator[TopicReader]:
    """A reader for as long as the block lasts. group: whose offsets it may set. reset: where it goes on when what it is
    to read has been deleted meanwhile; "none" raises then."""
    options = settings.kafka_client(client_id)
    consumer = AIOKafkaConsumer(**options, group_id=group, enable_auto_commit=False, auto_offset_reset=reset)
    await consumer.start()
    try:
        yield TopicReader(consumer)
    finally:
        await consumer.stop()


class Offsets:
    """Asks how far topics go: one kept client a process, made when it is first needed. Whoever uses it ends it with
    `close`."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._options = settings.kafka_client(client_id)
        self._client: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def of(self, topics: Iterable[str]) -> Mapping[tuple[str, int], Extent]:
        """Each (topic, partition). Raises one of TRANSIENT while Kafka cannot be asked; another call may."""
        try:
            async with self._asking:
                found = await TopicReader(await self._connected()).extents(topics)
                return {(place.topic, place.partition): extent for place, extent in found.items()}
        except TRANSIENT as error:
            log.warning("end_offsets_not_read", error=type(error).__name__)
            await self.close()
            raise

    async def close(self) -> None:
        """Ends the client, if there is one."""
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.stop()
            except TRANSIENT as error:
                log.warning("client_not_stopped", error=type(error).__name__)

    async def _connected(self) -> AIOKafkaConsumer:
        if self._client is None:
            client = AIOKafkaConsumer(**self._options, **CLIENT_TIMEOUTS, enable_auto_commit=False)
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            self._client = client
        return self._client
