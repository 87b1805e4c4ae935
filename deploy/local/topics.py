"""Creates the topics before any service starts: nothing creates one by writing to it."""

from typing import Any, cast

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from deploy.local.options import StackError
from usher_contracts.topics import TOPICS


async def create_topics(bootstrap: str) -> None:
    """The contract's topics, with their partitions and retention, where they are missing; one broker, so one replica.
    Raises StackError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        present = set(await admin.list_topics())
        missing = [
            NewTopic(topic.name, num_partitions=topic.partitions, replication_factor=1, topic_configs=topic.config)
            for topic in TOPICS
            if topic.name not in present
        ]
        if not missing:
            return
        answer = await admin.create_topics(missing)
        for name, code, *_ in cast("list[tuple[str, int, str]]", cast(Any, answer).topic_errors):
            error: type[Exception] = for_code(code)
            if code and error is not TopicAlreadyExistsError:
                raise StackError(f"Kafka did not create the topic {name}: {error.__name__}.")
    finally:
        await admin.close()
