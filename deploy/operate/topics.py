"""./usher topics: the topics of the contracts, created where they are missing."""

from typing import Annotated

import typer

from deploy.operate.connections import DEFAULT_DATA, Data, kafka_settings
from deploy.operate.errors import CommandError

Replication = Annotated[int, typer.Option(min=1, help="On how many brokers each topic is kept.")]

Retention = Annotated[
    int | None,
    typer.Option(min=0, help="Days that a new topic keeps its events, 0 for ever; 90 unless told. The log keeps all."),
]


def topics(replication: Replication = 3, retention_days: Retention = None, data: Data = DEFAULT_DATA) -> None:
    """Create the topics that are missing: on USHER_KAFKA_BOOTSTRAP_SERVERS, else on the development stack's Kafka."""
    import asyncio

    from aiokafka.errors import KafkaError

    from deploy.operate.topic_creation import create_topics

    async def create() -> list[str]:
        return await create_topics(kafka_settings(data).kafka_client("usher-topics"), replication, retention_days)

    try:
        created = asyncio.run(create())
    except KafkaError as error:
        raise CommandError(
            f"Kafka cannot be asked ({type(error).__name__}). Does it run, and may we create?"
        ) from error
    print(f"Created {', '.join(created)}." if created else "All topics are there already.")
