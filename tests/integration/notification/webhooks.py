"""Webhooks on a real Postgres without Kafka: events are recorded as the inbox would, and delivered to a receiver."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson

from services.notification.application.webhooks.address_guard import AddressGuard, SystemLookup
from services.notification.application.webhooks.delivery_lanes import Lanes
from services.notification.application.webhooks.manage_webhooks import ManageWebhooks, Wanted
from services.notification.application.webhooks.record_deliveries import RecordDeliveries
from services.notification.application.webhooks.send_again import SendAgain
from services.notification.application.webhooks.tidy_deliveries import TidyDeliveries
from services.notification.application.webhooks.try_webhook import TryWebhook
from services.notification.application.webhooks.webhook_client import WebhookClients
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.domain.webhook.events import Registrant
from services.notification.domain.webhook.retry_schedule import PAUSES, RetrySchedule
from services.notification.domain.webhook.state import Webhook as State
from services.notification.read_models.deliveries import query as deliveries
from services.notification.read_models.deliveries.query import DeliveryRow
from services.notification.read_models.deliveries.queue import WAITING
from services.notification.read_models.webhooks import query
from services.notification.read_models.webhooks.query import WebhookRow
from services.notification.settings import networks_of
from shared.core.ids import new_uuid7
from shared.core.sealing import Box
from shared.erasure.person import AddressDigests
from shared.eventsourcing.events import Context
from shared.messaging.inbox import Received
from tests.integration.notification.harness import SENDER, Harness, until

MARTA = Registrant("marta@northwind.example", "Marta")
KEY = "a key that is long enough for everybody"
DIGESTS = AddressDigests("a key of the test's own, long enough for it")
USERS = "usher.users.v1"
SOMEBODY_WAITS = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%webhook%'
)
"""
"""Whether a session of this database waits for a lock."""


@dataclass
class Webhooks:
    """The parts of a process that have to do with webhooks, and what a test says of them."""

    harness: Harness
    schedule: RetrySchedule = field(default_factory=lambda: RetrySchedule(PAUSES, rest=0.2))
    key: str = KEY
    previous: str | None = None
    connections: int = 4
    sequence: int = 0

    def __post_init__(self) -> None:
        h = self.harness
        self.secrets = WebhookSecrets(Box(b"test", self.key, self.previous), h.clock, timedelta(hours=24))
        self.clients = WebhookClients(
            AddressGuard(networks_of("127.0.0.1"), SystemLookup()), ssl.create_default_context()
        )
        self.manage = ManageWebhooks(h.store, self.secrets, h.decider, SENDER, h.clock, 20)
        self.send_again = SendAgain(h.pool, h.clock)
        self.try_webhook = TryWebhook(h.pool, self.clients, self.secrets, h.clock)
        self.tidy = TidyDeliveries(h.pool, self.secrets, h.clock, timedelta(days=7))
        self.record = RecordDeliveries(h.clock, DIGESTS)

    @property
    def company(self) -> UUID:
        """The company that the test is about."""
        return UUID(self.harness.company_id)

    def context(self, company: UUID | None) -> Context:
        """What a request brings."""
        trace = f"00-{'1' * 32}-{'2' * 16}-01"
        return Context("request", None, trace, None if company is None else str(company), self.harness.clock())

    async def register(
        self, url: str, *events: str, platform: bool = False, company: UUID | None = None
    ) -> tuple[UUID, str]:
        """A webhook of the company's, or the platform's; its id and secret."""
        owner = None if platform else company or self.company
        wanted = Wanted(url, events or None, "")
        row, secret = await self.manage.register(owner, wanted, None if platform else MARTA, self.context(owner))
        return row.id, secret

    async def happen(self, *users: str, company: UUID | None = None, type_: str = "usher.UserChanged.v1") -> list[str]:
        """An event about each of these users; the events' ids."""
        told = [self.received(user, company or self.company, type_) for user in users]
        await self.hear(told)
        return [each.id for each in told]

    async def hear(self, told: Sequence[Received]) -> None:
        """Records them, as the inbox does."""
        await self.harness.store.run(lambda tx: self.record.record(tx, told))

    def received(self, user: str, company: UUID, type_: str = "usher.UserChanged.v1") -> Received:
        """An event as it is read from Kafka."""
        self.sequence += 1
        data: dict[str, Any] = {"company_id": str(company), "user_id": user, "number": self.sequence}
        return Received(
            id=str(new_uuid7()),
            type=type_,
            topic=USERS,
            partition=0,
            offset=self.sequence,
            subject=f"user-{user}",
            company_id=str(company),
            sequence=self.sequence,
            time=self.harness.clock(),
            correlation_id=str(uuid4()),
            traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
            event=data,
            source="/usher/licensing",
            value=orjson.dumps(data),
        )

    def lanes(self) -> Lanes:
        """What delivers."""
        h = self.harness
        return Lanes(
            h.pool, h.listener, self.clients, self.secrets, self.manage, self.schedule, h.clock, self.connections
        )

    @asynccontextmanager
    async def delivering(self, processes: int = 1) -> AsyncGenerator[None]:
        """Processes that deliver."""
        tasks = [asyncio.ensure_future(self.lanes().run()) for _ in range(processes)]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends

    async def later(self, **time: float) -> None:
        """Time passes."""
        self.harness.clock.ahead += timedelta(**time)
        await self.harness.pool.execute("SELECT pg_notify($1, '')", WAITING)

    async def shown(self, webhook: UUID, owner: UUID | None = None) -> WebhookRow:
        """A webhook as it is shown."""
        async with self.harness.pool.acquire() as conn:
            [row] = await query.rows(conn, owner or self.company, webhook)
        return row

    async def listed(self, webhook: UUID) -> list[DeliveryRow]:
        """Its deliveries, the oldest first."""
        async with self.harness.pool.acquire() as conn:
            rows = await deliveries.newest(conn, webhook, None, None, 10_000)
        return rows[::-1]

    async def states(self, webhook: UUID) -> list[str]:
        """Their states."""
        return [row.state for row in await self.listed(webhook)]

    def with_key(self, key: str, previous: str | None) -> Webhooks:
        """The same, of a process with another key."""
        return replace(self, key=key, previous=previous)


async def all_delivered(webhooks: Webhooks, webhook: UUID, count: int) -> None:
    """Waits until a webhook has so many deliveries, and each has arrived."""

    async def done() -> bool:
        return await webhooks.states(webhook) == ["delivered"] * count

    await until(done, f"{count} deliveries")


def as_it_is(state: State) -> Wanted:
    return Wanted(state.url, state.events, state.description)
