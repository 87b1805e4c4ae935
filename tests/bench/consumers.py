"""Consumers with inbox and projection, each alone until it has caught up with a topic: `[EVENTS]`.

Three that a batch of invited users wakes: validation's directory of people, notification's queue of mails, licensing's
deliveries. Each is the service's own subscription on a database of its own, with an inbox and a group of its own; all
events are one company's, and so in one partition.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import uuid4

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition

import usher_contracts as contracts
from services.licensing import main as licensing
from services.licensing.application.event_handlers import SUBSCRIPTIONS as LICENSING
from services.notification import main as notification
from services.notification.application.event_handlers import EventHandlers
from services.notification.domain.mail.decide import mail_decider
from services.notification.settings import NotificationSettings
from services.validation import main as validation
from services.validation.application.event_handlers import PEOPLE
from services.validation.application.event_handlers import subscriptions as of_validation
from shared.core.settings import ServiceSettings
from shared.eventsourcing.event_store import EventStore
from shared.messaging.broker import make_broker, make_producer, subscribe
from shared.messaging.inbox import Subscription
from shared.postgres.database import SESSION_SETTINGS, Pool
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_least
from tests.bench.waiting import until
from tests.integration.records import invited, sent, wires
from tests.stack import TestStack

LOOKS = 0.02
"""Seconds between two looks."""
GOAL = at_least(12_000, "events/s")

Store = Callable[[Pool], EventStore[Any]]


async def fill(settings: ServiceSettings, owner: str, events: Iterator[contracts.Event]) -> None:
    """Sends events as their owner's relay does."""
    producer = make_producer(settings, owner)
    await producer.start()
    try:
        waiting = [
            await producer.send(topic, wire.value, wire.key, headers=wire.headers)
            for topic, wire in wires(owner, events)
        ]
        await asyncio.gather(*waiting)
    finally:
        await producer.stop()


@dataclass
class Clock:
    """Starts when a consumer reads its first event: joining a group takes what Kafka takes, and is not measured."""

    begun: float = 0

    def parse(self, ce_type: str, data: bytes) -> contracts.Event:
        """As the contracts do."""
        self.begun = self.begun or perf_counter()
        return contracts.parse(ce_type, data)


async def catch_up(
    pool: Pool, settings: ServiceSettings, store: EventStore[Any], subscription: Subscription[Any]
) -> float:
    """Events a second until the end of the topic is applied, by one subscriber."""
    clock = Clock()
    broker = make_broker(settings, "bench")
    inbox = subscribe(broker, store, f"bench-{uuid4().hex[:8]}", subscription, clock.parse)
    end = await _end(settings, subscription.topic)

    async def applied() -> bool:
        return await pool.fetchval(_APPLIED, inbox.consumer) >= end

    await broker.start()
    try:
        seconds = await until(applied, looks=LOOKS) - clock.begun
    finally:
        await broker.stop()
    assert not await pool.fetchval("SELECT count(*) FROM dead_letter")
    assert await pool.fetchval("SELECT count(*) FROM inbox") == end
    return end / seconds


_APPLIED = "SELECT coalesce(sum(next_offset), 0)::int FROM applied_offsets WHERE consumer = $1"


async def _end(settings: ServiceSettings, topic: str) -> int:
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=settings.kafka_bootstrap_servers)
    await consumer.start()
    try:
        metadata: Any = await consumer._client.fetch_all_metadata()
        places = [TopicPartition(topic, n) for n in metadata.partitions_for_topic(topic)]
        ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
        assert max(ends.values()) == sum(ends.values()), "one company's events stand in one partition"
        return sum(ends.values())
    finally:
        await consumer.stop()


def of_notification(stack: TestStack) -> Subscription[Any]:
    """The one that queues mails."""
    settings = NotificationSettings.model_validate(
        {"invitation_key": "a key that is long enough for it", "kafka_bootstrap_servers": stack.kafka_bootstrap}
    )
    handlers = EventHandlers(mail_decider(settings.retry_policy), settings.sender, _now, timedelta(days=14))
    return _named("invitations", handlers.subscriptions())


def _named(name: str, subscriptions: Sequence[Subscription[Any]]) -> Subscription[Any]:
    return next(each for each in subscriptions if each.name == name)


def _now() -> datetime:
    return datetime.now(UTC)


def readers(stack: TestStack) -> dict[str, tuple[Store, Subscription[Any]]]:
    """By service: its log, and the subscription that is measured."""
    return {
        "validation": (validation.event_store, _named(PEOPLE, of_validation())),
        "notification": (notification.event_store, of_notification(stack)),
        "licensing": (licensing.event_store, _named("deliveries", LICENSING)),
    }


async def rate(stack: TestStack, service: str, settings: ServiceSettings) -> float:
    """One run on a database of its own."""
    store, subscription = readers(stack)[service]
    url = stack.postgres_url(service)
    async with asyncpg.create_pool(url, min_size=2, max_size=4, server_settings=SESSION_SETTINGS) as pool:
        found = await catch_up(pool, settings, store(pool), subscription)
    stack.drop(url)
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """The topics are filled once; each run reads them anew into an empty database."""
    events = plan.size(30_000, 2_000)
    with bench_stack() as stack:
        settings = ServiceSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
        company = str(uuid4())
        as_a_service(fill(settings, "licensing", invited(company, events)))
        as_a_service(fill(settings, "notification", sent(company, events)))
        for service, (_, subscription) in readers(stack).items():
            found = [as_a_service(rate(stack, service, settings)) for _ in range(plan.times)]
            what = f"consumer with inbox and projection, {service}'s {subscription.name}"
            yield Figure(what, "events/s", found, "high", GOAL, about={"events": events})
