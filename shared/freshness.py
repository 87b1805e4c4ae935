"""Reading what others have said before now: wait until a consumer's effects include a topic's present end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from prometheus_client import Counter

from shared import applied
from shared.database import Listener, Pool, wait_for_wakeup
from shared.settings import KafkaSettings

POLL_SECONDS = 0.5
"""How often the offsets are read even if nobody said that they moved."""
RETRY_SECONDS = 0.5

_late = Counter("usher_freshness_timeouts_total", "Waits that ended before the consumer had caught up.", ["consumer"])

log = structlog.stdlib.get_logger(__name__)


class Freshness:
    """Use as a resource of the application: it keeps one client for asking Kafka, made when it is first needed."""

    def __init__(self, settings: KafkaSettings, service: str, pool: Pool, listener: Listener) -> None:
        self._options = settings.kafka_client(f"usher-{service}-freshness")
        self._pool = pool
        self._listener = listener
        self._client: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def __aenter__(self) -> "Freshness":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._forget_client()

    async def wait(self, topics: Mapping[str, str], timeout: float = 5.0) -> bool:
        """Whether the consumers have applied all that their topics held when this was called.

        topics: each consumer's full name ("validation.directory") with its topic. timeout: seconds; after them, or
        while Kafka cannot be asked, the answer is False. Nothing is raised for either.
        """
        try:
            async with asyncio.timeout(timeout):
                ends = await self._ends(set(topics.values()))
                async with self._listener.wakeups(applied.CHANNEL) as moved:
                    while await self._behind(topics, ends):
                        await wait_for_wakeup(moved, POLL_SECONDS)
            return True
        except TimeoutError:
            for consumer in topics:
                _late.labels(consumer).inc()
            log.warning("not_caught_up", consumers=sorted(topics), seconds=timeout)
            return False

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

    async def _ends(self, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        """Each partition's end, but of empty ones: there is nothing in them to wait for."""
        while True:
            try:
                async with self._asking:
                    return await self._ask(await self._connected(), topics)
            except (KafkaError, OSError) as error:
                log.warning("end_offsets_not_read", error=type(error).__name__)
                await self._forget_client()
                await asyncio.sleep(RETRY_SECONDS)

    async def _ask(self, client: AIOKafkaConsumer, topics: Iterable[str]) -> dict[tuple[str, int], int]:
        partitions = await self._partitions(client, topics)
        begins, ends = await asyncio.gather(
            _offsets(_asking(client).beginning_offsets, partitions), _offsets(_asking(client).end_offsets, partitions)
        )
        return {(p.topic, p.partition): end for p, end in ends.items() if end > begins[p]}

    async def _partitions(self, client: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
        # The consumer's own list of topics comes without their partitions until it reads them, which it never shall.
        metadata: Any = await client._client.fetch_all_metadata()  # pyright: ignore[reportPrivateUsage]
        return [TopicPartition(topic, n) for topic in topics for n in metadata.partitions_for_topic(topic) or ()]

    async def _connected(self) -> AIOKafkaConsumer:
        if self._client is None:
            client = AIOKafkaConsumer(**self._options, enable_auto_commit=False, request_timeout_ms=5000)
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            self._client = client
        return self._client

    async def _forget_client(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            try:
                await client.stop()
            except (KafkaError, OSError) as error:
                log.warning("client_not_stopped", error=type(error).__name__)


def _asking(client: AIOKafkaConsumer) -> Any:
    return client  # aiokafka's signatures say nothing of the types


async def _offsets(ask: Callable[..., Awaitable[Any]], of: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    return await ask(of) if of else {}


_APPLIED = "SELECT consumer, topic, partition, next_offset FROM applied_offsets WHERE consumer = ANY($1::text[])"
