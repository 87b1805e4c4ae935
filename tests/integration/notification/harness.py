"""Notification on a real Postgres without Kafka: its handlers are given events, its senders meet a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from typing import Any, TypeVar
from uuid import uuid4

from services.notification.application.complete_batches import BatchCompletion
from services.notification.application.event_handlers import EventHandlers
from services.notification.application.mail_queue import MailQueue
from services.notification.application.send_mails import MailConnection, Senders
from services.notification.application.smtp_client import MailServer, SmtpConnection
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.reminders import ReminderPolicy
from services.notification.domain.mail.retry_policy import RetryPolicy
from services.notification.domain.stored_events import TYPES, NotificationEvent
from services.notification.formats.bounces.return_addresses import ReturnAddresses
from services.notification.formats.mail.compose import Composer
from services.notification.integration_events import publish
from services.notification.read_models.batches.projection import BatchProgressProjection
from services.notification.read_models.companies.projection import CompaniesProjection
from services.notification.read_models.mails.projection import MailJobsProjection
from services.notification.read_models.reminders.projection import RemindersProjection
from services.notification.read_models.webhooks.projection import WebhooksProjection
from shared.core.signed_ids import Signer
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.messaging.inbox import Received
from shared.postgres.database import Listener, Pool
from tests.patience import PATIENCE
from usher_contracts import (
    BatchConfirmed,
    BatchProcessed,
    CompanyChanged,
    Event,
    InvitationResent,
    ObjectRef,
    Person,
    UserInvited,
    parse,
)

T = TypeVar("T")
SENDER = Address("Usher", "no-reply", "usher.example")
KEY = "a key that is long enough for it"
SIGNER = Signer.of("invitation", KEY)
RETURN_ADDRESSES = ReturnAddresses("bounces.usher.example", KEY)
MARTA = Person(email="marta@northwind.example", name="Marta")
PROJECTIONS = (
    MailJobsProjection(),
    BatchProgressProjection(),
    CompaniesProjection(),
    WebhooksProjection(),
    RemindersProjection(ReminderPolicy()),
)


class Clock:
    """The time, which can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Harness:
    """One process of notification, but for Kafka."""

    pool: Pool
    listener: Listener
    url: str
    clock: Clock = field(default_factory=Clock)
    policy: RetryPolicy = field(
        default_factory=lambda: RetryPolicy(timedelta(milliseconds=50), timedelta(milliseconds=200))
    )
    lease: timedelta = timedelta(seconds=30)
    group: int = 5
    max_wait: timedelta = timedelta(minutes=15)
    company_id: str = field(default_factory=lambda: str(uuid4()))

    def __post_init__(self) -> None:
        self.store: EventStore[NotificationEvent] = EventStore(self.pool, TYPES, publish, PROJECTIONS)
        self.decider = mail_decider(self.policy)
        self.handlers = EventHandlers(self.decider, SENDER, self.clock, timedelta(days=14))
        self.mail_queue = MailQueue(self.store, self.decider, self.clock, self.group, self.lease)
        self.completion = BatchCompletion(
            self.store, self.decider, self.mail_queue, self.listener, self.clock, SENDER, self.max_wait
        )

    async def hear(self, *events: Event) -> list[Received]:
        """Gives events to their handlers, each topic's together, as the inbox would."""
        received = [self._received(event) for event in events]
        for subscription in self.handlers.subscriptions():
            batch = [r for r in received if r.type in subscription.types]
            if batch:
                await self.store.run(lambda tx, s=subscription, b=batch: _handle(tx, s.handle, b))
        return received

    def _received(self, event: Event) -> Received:
        batch_id = getattr(event, "batch_id", None)
        return Received(
            id=str(uuid4()),
            type=event.type,
            topic=event.topic,
            partition=0,
            offset=0,
            subject="stream",
            company_id=event.company_id,
            sequence=1,
            time=self.clock(),
            correlation_id=batch_id or "request",
            traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
            event=event,
        )

    async def named(self, company_id: str | None = None, name: str = "Northwind Trading") -> None:
        """The company is known."""
        await self.hear(
            CompanyChanged(company_id=company_id or self.company_id, name=name, plan="plus", purchased_licenses=9)
        )

    def invited(self, name: str, batch_id: str | None = None, company_id: str | None = None) -> UserInvited:
        """Somebody was invited; an address is `name` at northwind."""
        return UserInvited(
            company_id=company_id or self.company_id,
            user_id=str(uuid4()),
            email=f"{name}@northwind.example",
            first_name=name.title(),
            last_name="Holm",
            status="waiting",
            invitation_id=str(uuid4()),
            invited_by=MARTA,
            batch_id=batch_id,
        )

    def again(self, invited: UserInvited) -> InvitationResent:
        """The same person gets a new link."""
        return InvitationResent(
            company_id=invited.company_id,
            user_id=invited.user_id,
            email=invited.email,
            by=MARTA,
            invitation_id=str(uuid4()),
            first_name=invited.first_name,
            last_name=invited.last_name,
            status="waiting",
        )

    def confirmed(self, batch_id: str) -> BatchConfirmed:
        """Marta has confirmed."""
        rows = ObjectRef(ref="rows", sha256="0" * 64)
        return BatchConfirmed(
            company_id=self.company_id, batch_id=batch_id, review=1, confirmed_by=MARTA, rows=rows, file_name="q3.xlsx"
        )

    def processed(self, batch_id: str, invited: int, changed: int = 0) -> BatchProcessed:
        """Licensing has decided."""
        return BatchProcessed(
            company_id=self.company_id, batch_id=batch_id, invited=invited, changed=changed, unchanged=0
        )

    def senders(self, connect: Callable[[], MailConnection], count: int = 2) -> Senders:
        """Senders that talk to what `connect` gives."""
        composer = Composer(SENDER, "https://usher.example", SIGNER, RETURN_ADDRESSES)
        return Senders(
            self.mail_queue,
            composer,
            connect,
            self.listener,
            self.clock,
            count=count,
            max_mail_time=timedelta(seconds=5),
        )

    @asynccontextmanager
    async def sending(self, port: int, count: int = 2, *, watched: bool = True) -> AsyncGenerator[None]:
        """Senders and, where `watched`, the completion, at work."""
        server = MailServer.from_url(f"smtp://127.0.0.1:{port}", SENDER, 2)
        runs = [self.senders(lambda: SmtpConnection(server), count).run()]
        runs += [self.completion.run()] if watched else []
        tasks = [asyncio.ensure_future(run) for run in runs]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ends), ends

    async def mails(self) -> list[tuple[str, str]]:
        """Each mail: its recipient's name and its state, as its row says, or the log for those that have none."""
        rows = await self.pool.fetch(_MAILS)
        return [(row["recipient"].partition("@")[0], row["state"]) for row in rows]

    async def states(self) -> dict[str, str]:
        """Each mail's state by its recipient's name."""
        return dict(await self.mails())

    async def told(self) -> list[Event]:
        """The contract events that notification has to say, in order."""
        async with self.pool.acquire() as conn:
            recorded = await self.store.read(conn, 0, 100_000)
        return [parse(m.type, m.data or b"") for r in recorded for m in publish(r)]

    async def causes(self) -> dict[str, str | None]:
        """Each contract event's type and what caused it."""
        async with self.pool.acquire() as conn:
            recorded = await self.store.read(conn, 0, 100_000)
        return {m.type: r.context.causation_id for r in recorded for m in publish(r)}


_MAILS = """
SELECT q.data ->> 'recipient' AS recipient, coalesce(m.state, substring(
    (SELECT type FROM events e WHERE e.stream = q.stream AND type NOT LIKE 'mail-invitation-%'
     ORDER BY version DESC LIMIT 1) FROM '^mail-(.*).v1$'
)) AS state
FROM events q LEFT JOIN mail_jobs m ON 'mail-' || m.id = q.stream WHERE q.type = 'mail-queued.v1'
"""


async def _handle(
    tx: Transaction[NotificationEvent],
    handle: Callable[[Transaction[NotificationEvent], Sequence[Received]], Awaitable[None]],
    batch: Sequence[Received],
) -> None:
    await handle(tx, batch)


async def until(condition: Callable[[], Awaitable[Any]], what: str, seconds: float = PATIENCE) -> None:
    """Waits until it is so. Raises AssertionError, which says what never came."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"it never came to pass: {what}")
        await asyncio.sleep(0.02)
