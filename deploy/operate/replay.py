"""./usher replay TOPIC --into NAME: a topic's whole history once more, from the log of the service that owns it."""

import asyncio
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from deploy.operate.connections import DEFAULT_DATA, Data, database_url, kafka_settings, quiet
from deploy.operate.errors import CommandError

if TYPE_CHECKING:
    from shared.messaging.replay import Replayed, Selection
    from usher_contracts.topics import Topic

Into = Annotated[str, typer.Option("--into", metavar="NAME", help="The topic that gets it; made where it is missing.")]
Company = Annotated[UUID | None, typer.Option("--company", metavar="ID", help="Only of this company.")]
Since = Annotated[datetime | None, typer.Option("--since", help="Only what happened since then, UTC unless said.")]


def replay(
    topic: Annotated[str, typer.Argument(help="The topic of the contracts; a wrong one lists those that there are.")],
    into: Into,
    company: Company = None,
    since: Since = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Publish a topic's whole history once more, into a topic beside it: USHER_DATABASE_URL's log, else the stack's."""
    from aiokafka.errors import KafkaError

    from shared.messaging.replay import Selection

    quiet()
    of = _topic(topic)
    _beside(into)
    at = since and (since if since.tzinfo else since.replace(tzinfo=UTC))
    try:
        done = asyncio.run(_replayed(of, into, Selection(company and str(company), at), data))
    except (KafkaError, TimeoutError) as error:
        raise CommandError(
            f"Kafka did not take it ({type(error).__name__}). Delete the topic {into}, and begin again."
        ) from error
    print(f"{into} has {done.messages:,} messages of {topic}, up to ce_sequence {done.handover.position}.")
    places = ", ".join(f"{partition}:{offset}" for partition, offset in done.handover.offsets.items())
    print(f"Go over to {topic} at partition:offset {places}, and ignore what has no higher ce_sequence there.")


def _topic(name: str) -> "Topic":
    from usher_contracts.topics import TOPICS

    found = {topic.name: topic for topic in TOPICS}
    if name not in found:
        raise CommandError(f"There is no topic {name!r} in the contracts. The topics are: {', '.join(found)}.")
    return found[name]


def _beside(name: str) -> None:
    """Raises CommandError where readers would take history for news. A live topic may have nothing in it yet."""
    from usher_contracts.topics import TOPICS

    if any(topic.name == name for topic in TOPICS):
        raise CommandError(f"{name} is a topic that services publish to. Name another one, for the history alone.")


async def _replayed(topic: "Topic", into: str, wanted: "Selection", data: Path) -> "Replayed":
    """Raises CommandError."""
    import asyncpg

    from deploy.operate.topic_creation import create_beside
    from shared.messaging.replay import Replay

    settings = kafka_settings(data)
    await create_beside(settings, topic, into)
    async with asyncpg.create_pool(database_url(topic.owner, data), min_size=0, max_size=1) as pool:
        main = import_module(f"services.{topic.owner}.main")
        return await Replay(topic.owner, main.event_store(pool), settings).run(topic.name, into, wanted)
