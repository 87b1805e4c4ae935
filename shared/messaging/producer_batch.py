"""A batch of messages on its way to Kafka, packed by partition before anything is sent.

The producer's own `send` makes a future and looks the partition up for each message, some 40 µs; the record builder
alone takes 4, and all of a partition's messages are acknowledged at once (docs/decisions/0016).
"""

import asyncio
from dataclasses import dataclass, field

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.structs import RecordMetadata
from murmurhash2 import murmurhash2

from shared.messaging.cloudevents import KafkaMessage

_SEED = 0x9747B28C

Place = tuple[str, int]
"""A topic and a partition of it."""


@dataclass
class ProducerBatch:
    """Messages in the order in which they were added. Those of one partition leave in that order; nothing leaves
    before `send`. `count`: how many messages it has."""

    producer: AIOKafkaProducer
    count: int = 0
    _packed: dict[Place, list[BatchBuilder]] = field(default_factory=dict[Place, list[BatchBuilder]])
    _partitions: dict[str, list[int]] = field(default_factory=dict[str, list[int]])
    _places: dict[tuple[str, bytes], Place] = field(default_factory=dict[tuple[str, bytes], Place])

    async def add(self, topic: str, message: KafkaMessage) -> None:
        """Packs one message. Raises KafkaError where the topic's partitions cannot be known, or the message is larger
        than a producer may send."""
        place = self._places.get((topic, message.key)) or await self._place(topic, message.key)
        builders = self._packed.setdefault(place, [])
        if not (builders and _fits(builders[-1], message)):
            builders.append(self.producer.create_batch())
            if not _fits(builders[-1], message):
                raise MessageSizeTooLargeError(f"a message for {topic} is larger than a whole batch")
        self.count += 1

    async def send(self) -> list["asyncio.Future[RecordMetadata]"]:
        """Hands all of it to the producer; each of the answers is done when Kafka has acknowledged its part."""
        return [
            await self.producer.send_batch(builder, topic, partition=partition)
            for (topic, partition), builders in self._packed.items()
            for builder in builders
        ]

    async def _place(self, topic: str, key: bytes) -> Place:
        if topic not in self._partitions:
            self._partitions[topic] = sorted(await self.producer.partitions_for(topic))
        partitions = self._partitions[topic]
        place = self._places[topic, key] = topic, partitions[partition_of(key, len(partitions))]
        return place


def partition_of(key: bytes, partitions: int) -> int:
    """Where Kafka's own producers put a key: aiokafka's partitioner, whose hash in Python takes 13 µs a key."""
    return (murmurhash2(key, _SEED) & 0x7FFFFFFF) % partitions


def _fits(builder: BatchBuilder, message: KafkaMessage) -> bool:
    return builder.append(timestamp=None, key=message.key, value=message.value, headers=message.headers) is not None
