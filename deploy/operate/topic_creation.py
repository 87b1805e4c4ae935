"""Creates the topics before any service starts: nothing creates one by writing to it."""

from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.operate.errors import CommandError
from shared.core.settings import KafkaClientOptions
from usher_contracts.topics import TOPICS, Topic


async def create_topics(kafka: KafkaClientOptions, replication: int) -> list[str]:
    """The contract's topics, with their partitions and retention, where they are missing: `replication` copies of each.
    Returns the names of those that were missing. Raises CommandError, and KafkaError where Kafka cannot be reached."""
    admin = AIOKafkaAdminClient(**kafka)
    try:
        await admin.start()
        present = set(await admin.list_topics())
        missing = [topic for topic in TOPICS if topic.name not in present]
        if not missing:
            return []
        answer = await admin.create_topics([_new(topic, replication) for topic in missing])
        for name, code, *said in cast("list[tuple[str, int, str]]", cast(Any, answer).topic_errors):
            error: type[Exception] = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise CommandError(f"Kafka did not create the topic {name}: {said[0] if said else error.__name__}")
        return [topic.name for topic in missing]
    finally:
        await admin.close()


def _new(topic: Topic, replication: int) -> NewTopic:
    # With three copies an acknowledged event is on two brokers at least, and one may be away (docs/operators.md).
    safe = {"min.insync.replicas": "2"} if replication > 2 else {}
    return NewTopic(topic.name, topic.partitions, replication, topic_configs={**topic.config, **safe})
