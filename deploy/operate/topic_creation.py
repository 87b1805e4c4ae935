"""Creates the topics before any service starts: nothing creates one by writing to it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.operate.errors import CommandError
from shared.core.settings import KafkaClientOptions, KafkaSettings
from shared.messaging.topic_reader import topic_reader
from usher_contracts.topics import TOPICS, Topic


async def create_topics(kafka: KafkaClientOptions, replication: int, retention_days: int | None = None) -> list[str]:
    """The contract's topics, with their partitions, where they are missing: `replication` copies of each, and events
    kept for so many days, 0 for ever, or as the contract says. Returns the names of those that were missing. Raises
    CommandError, and KafkaError where Kafka cannot be reached."""
    admin = AIOKafkaAdminClient(**kafka)
    try:
        await admin.start()
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if retention_days is not None:
            missing = [replace(topic, retention_days=retention_days) for topic in missing]
        await _create(admin, [_new(topic, replication) for topic in missing])
        return [topic.name for topic in missing]
    finally:
        await admin.close()


async def create_beside(settings: KafkaSettings, topic: Topic, name: str) -> None:
    """A topic of that name as `topic` is, with as many partitions and copies: so each key has the same partition.
    Raises CommandError where there is one with other partitions or with something in it, and KafkaError."""
    admin = AIOKafkaAdminClient(**settings.kafka_client("usher-topics"))
    try:
        await admin.start()
        (found,) = await admin.describe_topics([topic.name])
        live: list[dict[str, Any]] = found["partitions"]
        if not live:
            raise CommandError(f"Kafka has no topic {topic.name}.")
        async with topic_reader(settings, "usher-topics") as reader:
            there = await reader.extents([name])
        if any(extent.end for extent in there.values()):
            raise CommandError(f"There is something in the topic {name} already. Delete it, or name another one.")
        if there and len(there) != len(live):
            raise CommandError(f"The topic {name} has {len(there)} partitions where {topic.name} has {len(live)}.")
        if not there:
            await _create(admin, [_new(replace(topic, name=name, partitions=len(live)), len(live[0]["replicas"]))])
    finally:
        await admin.close()


async def _create(admin: AIOKafkaAdminClient, topics: Sequence[NewTopic]) -> None:
    """Raises CommandError. Who was quicker has made the same."""
    if not topics:
        return
    answer = await admin.create_topics(list(topics))
    for name, code, *said in cast("list[tuple[str, int, str]]", cast(Any, answer).topic_errors):
        error: type[Exception] = for_code(code)
        if code and error is not TopicAlreadyExistsError:
            raise CommandError(f"Kafka did not create the topic {name}: {said[0] if said else error.__name__}")


def _new(topic: Topic, replication: int) -> NewTopic:
    # With three copies an acknowledged event is on two brokers at least, and one may be away (docs/operators.md).
    safe = {"min.insync.replicas": "2"} if replication > 2 else {}
    return NewTopic(topic.name, topic.partitions, replication, topic_configs={**topic.config, **safe})
