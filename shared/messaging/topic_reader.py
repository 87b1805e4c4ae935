"""Asking Kafka how far its topics go: one kept client a process, made when it is first needed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.core.retry import TRANSIENT
from shared.core.settings import KafkaSettings

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Extent:
    """What a partition holds: the offset of its first record, and the one that its next record gets."""

    begin: int
    end: int


class Offsets:
    """The client. Whoever uses it ends it with `close`."""

    def __init__(self, settings: KafkaSettings, client_id: str) -> None:
        self._options = settings.kafka_client(client_id)
        self._client: AIOKafkaConsumer | None = None
        self._asking = asyncio.Lock()

    async def of(self, topics: Iterable[str]) -> Mapping[tuple[str, int], Extent]:
        """Each (topic, partition). Raises KafkaError or OSError while Kafka cannot be asked; another call may."""
        try:
            async with self._asking:
                return await _ask(await self._connected(), topics)
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
            client = AIOKafkaConsumer(**self._options, enable_auto_commit=False, request_timeout_ms=5000)
            try:
                await client.start()
            except BaseException:
                await client.stop()
                raise
            self._client = client
        return self._client


async def _ask(client: AIOKafkaConsumer, topics: Iterable[str]) -> dict[tuple[str, int], Extent]:
    untyped: Any = client  # aiokafka's signatures say nothing of the types
    partitions = await _partitions(client, topics)
    begins, ends = await asyncio.gather(
        _offsets(untyped.beginning_offsets, partitions), _offsets(untyped.end_offsets, partitions)
    )
    return {(p.topic, p.partition): Extent(begins[p], end) for p, end in ends.items()}


async def _partitions(client: AIOKafkaConsumer, topics: Iterable[str]) -> list[TopicPartition]:
    # The consumer's own list of topics comes without their partitions until it reads them, which it never shall.
    metadata: Any = await client._client.fetch_all_metadata()  # pyright: ignore[reportPrivateUsage]
    return [TopicPartition(topic, n) for topic in topics for n in metadata.partitions_for_topic(topic) or ()]


async def _offsets(ask: Callable[..., Awaitable[Any]], of: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
    return await ask(of) if of else {}
