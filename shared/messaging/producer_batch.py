"""A batch of messages on its way to Kafka, packed by partition before anything is sent.

The producer's own `send` makes a future and looks the partition up for each message, some 40 µs; all of a partition's
messages are acknowledged at once (docs/decisions/0016).
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.structs import RecordMetadata
from murmurhash2 import murmurhash2

from shared.messaging.packed_records import KafkaMessage, PackedRecords

LARGEST_BATCH = 1 << 19
"""Bytes of one partition's part; brokers take 1 MiB unless told otherwise."""
_SEED = 0x9747B28C


@dataclass
class ProducerBatch:
    """Messages in the order in which they were added. Those of one partition leave in that order; nothing leaves
    before `send`. `count`: how many messages it has."""

    producer: AIOKafkaProducer
    count: int = 0
    _topics: dict[str, list[list[KafkaMessage]]] = field(default_factory=dict[str, list[list[KafkaMessage]]])
    """By topic and partition."""

    async def add(self, messages: Iterable[KafkaMessage]) -> None:
        """Packs messages. Raises KafkaError where a topic's partitions cannot be known."""
        for message in messages:
            partitions = self._topics.get(message.topic) or await self._partitions(message.topic)
            partitions[partition_of(message.key, len(partitions))].append(message)
            self.count += 1

    async def send(self) -> list["asyncio.Future[RecordMetadata]"]:
        """Hands all of it to the producer; each of the answers is done when Kafka has acknowledged its part. Raises
        KafkaError where a message is larger than a batch may be."""
        return [
            await self.producer.send_batch(records, topic, partition=partition)
            for topic, partitions in self._topics.items()
            for partition, messages in enumerate(partitions)
            for records in _packed(topic, messages)
        ]

    async def _partitions(self, topic: str) -> list[list[KafkaMessage]]:
        found = self._topics[topic] = [[] for _ in await self.producer.partitions_for(topic)]
        return found


def _packed(topic: str, messages: Sequence[KafkaMessage]) -> Iterator[PackedRecords]:
    """In as few parts as there can be."""
    begin, size = 0, 0
    for end, message in enumerate(messages):
        more = message.size
        if more > LARGEST_BATCH:
            raise MessageSizeTooLargeError(f"a message for {topic} is larger than a whole batch")
        if size + more > LARGEST_BATCH:
            yield PackedRecords(messages[begin:end], size)
            begin, size = end, 0
        size += more
    if messages:
        yield PackedRecords(messages[begin:], size)


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own producers put a key: aiokafka's partitioner, whose hash in Python takes 13 µs a key."""
    return (murmurhash2(key, _SEED) & 0x7FFFFFFF) % partitions
