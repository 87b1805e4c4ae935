"""Reading what others have said before now: wait until a consumer's effects include a topic's present end."""

import asyncio
from collections import Counter as Counts
from collections.abc import Iterable, Mapping
from types import TracebackType

import structlog
from prometheus_client import Counter

from shared.core.retry import TRANSIENT
from shared.core.settings import KafkaSettings
from shared.messaging import consumer_offsets
from shared.messaging.producer_batch import partition_of
from shared.messaging.topic_reader import Offsets
from shared.postgres.database import Listener, Pool, wait_for_wakeup

POLL_SECONDS = 0.5
"""How often the offsets are read even if nobody said that they moved."""
RETRY_SECONDS = 0.5

Ends = Mapping[str, int]
"""Offsets by "topic:partition", as JSON keeps them."""

_late = Counter("usher_freshness_timeouts_total", "Waits that ended before the consumer had caught up.", ["consumer"])

log = structlog.stdlib.get_logger(__name__)


class CatchUpBarrier:
    """Use as a resource of the application: it keeps one client for asking Kafka, made when it is first needed."""

    def __init__(self, settings: KafkaSettings, service: str, pool: Pool, listener: Listener) -> None:
        self._offsets = Offsets(settings, f"usher-{service}-freshness")
        self._pool = pool
        self._listener = listener

    async def __aenter__(self) -> "CatchUpBarrier":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._offsets.close()

    def measure(self, consumers: Iterable[str]) -> None:
        """Waits for these are counted from the start: an increase is not seen of what is born at 1."""
        for consumer in consumers:
            _late.labels(consumer)

    async def wait(self, topics: Mapping[str, str], timeout: float = 5.0, key: str | None = None) -> bool:
        """Whether the consumers have applied all that their topics held when this was called.

        topics: each consumer's full name ("validation.directory") with its topic. key: only what has this key need be
        applied, whatever else there is to read in other partitions. timeout: seconds; after them, or while Kafka cannot
        be asked, the answer is False. Nothing is raised for either.
        """
        try:
            async with asyncio.timeout(timeout):
                await self._reach(topics, await self._ends(set(topics.values()), key))
            return True
        except TimeoutError:
            for consumer in topics:
                _late.labels(consumer).inc()
            log.warning("not_caught_up", consumers=sorted(topics), seconds=timeout)
            return False

    async def ends(self, topics: Iterable[str], timeout: float = 5.0) -> Ends:
        """How far these topics go, by "topic:partition": for what waits longer than a process lives. Raises
        TimeoutError while Kafka cannot be asked."""
        async with asyncio.timeout(timeout):
            found = await self._ends(topics, None)
        return {f"{topic}:{partition}": end for (topic, partition), end in found.items()}

    async def reach(self, topics: Mapping[str, str], ends: Ends, timeout: float = 5.0) -> bool:
        """Whether the consumers have applied what stands before these ends, as far as there is still something. Nobody
        who reads waits for it, so it is not counted where it is late."""
        try:
            async with asyncio.timeout(timeout):
                present = await self._ends(set(topics.values()), None)
                wanted = {place: min(end, ends.get("{}:{}".format(*place), 0)) for place, end in present.items()}
                await self._reach(topics, wanted)
            return True
        except TimeoutError:
            return False

    async def _reach(self, topics: Mapping[str, str], ends: Mapping[tuple[str, int], int]) -> None:
        async with self._listener.wakeups(consumer_offsets.CHANNEL) as moved:
            while await self._behind(topics, ends):
                await wait_for_wakeup(moved, POLL_SECONDS)

    async def _behind(self, topics: Mapping[str, str], ends: Mapping[tuple[str, int], int]) -> bool:
        async with self._pool.acquire() as conn:
            rows = await conn.fetch(_APPLIED, list(topics))
        reached = {(row["consumer"], row["topic"], row["partition"]): row["next_offset"] for row in rows}
        return any(
            reached.get((consumer, topic, partition), 0) < end
            for consumer, topic in topics.items()
            for (of_topic, partition), end in ends.items()
            if of_topic == topic
        )

    async def _ends(self, topics: Iterable[str], key: str | None) -> dict[tuple[str, int], int]:
        """The end of each partition that counts, but of empty ones: there is nothing in them to wait for."""
        while True:
            try:
                found = await self._offsets.of(topics)
                partitions = Counts(topic for topic, _ in found)
                return {
                    (topic, partition): extent.end
                    for (topic, partition), extent in found.items()
                    if extent.end > extent.begin
                    and (key is None or partition == partition_of(key.encode(), partitions[topic]))
                }
            except TRANSIENT:
                await asyncio.sleep(RETRY_SECONDS)


_APPLIED = "SELECT consumer, topic, partition, next_offset FROM applied_offsets WHERE consumer = ANY($1::text[])"
