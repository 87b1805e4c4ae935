"""Registering, changing, rotating and deleting webhooks; and switching one off that fails."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from email.headerregistry import Address
from typing import Literal, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from services.notification.application.mail_queue import Clock
from services.notification.application.unit_of_work import UnitOfWork
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.domain.mail.content import WebhookSwitchedOffMail
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.refusals import Refused
from services.notification.domain.stored_events import NotificationEvent, webhook_stream
from services.notification.domain.webhook.commands import (
    Change,
    Delete,
    Register,
    Rotate,
    SwitchOff,
    SwitchOn,
    WebhookCommand,
)
from services.notification.domain.webhook.decide import WEBHOOK
from services.notification.domain.webhook.events import Registrant
from services.notification.domain.webhook.state import Webhook
from services.notification.metrics import WEBHOOKS_SWITCHED_OFF
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query, secrets
from services.notification.read_models.webhooks.query import WebhookRow
from shared.core.ids import new_uuid7
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent

log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an owner says of a webhook."""

    url: str
    events: tuple[str, ...] | None
    description: str


@dataclass(frozen=True, slots=True)
class ManageWebhooks:
    """The use cases. An `owner` is a company, or None: the platform. `limit`: how many a company may have."""

    store: EventStore[NotificationEvent]
    secrets: WebhookSecrets
    mails: MailDecider
    sender: Address
    clock: Clock
    limit: int

    async def register(
        self, owner: UUID | None, wanted: Wanted, by: Registrant | None, context: Context
    ) -> tuple[WebhookRow, str]:
        """A new webhook, with its secret. Raises Refused."""
        id_ = new_uuid7()

        async def work(tx: Transaction[NotificationEvent]) -> tuple[WebhookRow, str]:
            await tx.lock(f"webhooks-{owner}")
            others = await query.count(tx.conn, owner)
            command = Register(wanted.url, wanted.events, wanted.description, by, others, self.limit)
            await tx.execute(WEBHOOK, webhook_stream(id_), command, context)
            await queue.open_queue(tx.conn, id_, owner)
            secret = await self.secrets.issue(tx.conn, id_, 1, owner)
            return await _shown(tx, owner, id_), secret

        return (await self.store.run(work)).result

    async def change(
        self, owner: UUID | None, id_: UUID, wanted: Callable[[Webhook], Wanted], on: bool | None, context: Context
    ) -> WebhookRow:
        """It is as wanted, and on or off where that is said. Raises Refused."""

        async def work(tx: Transaction[NotificationEvent]) -> WebhookRow:
            uow = UnitOfWork(tx, self.mails)
            version, state = await query.locked(tx.conn, owner, id_)
            webhook = uow.track(WEBHOOK, webhook_stream(id_), state, version)
            told = wanted(_known(state))
            webhook.decide(Change(told.url, told.events, told.description), context)
            if on is True and webhook.decide(SwitchOn(), context):
                await queue.refresh(tx.conn, id_)
            if on is False and webhook.decide(SwitchOff("switched_off"), context):
                await queue.give_up(tx.conn, id_, self.clock())
            await uow.flush()
            return await _shown(tx, owner, id_)

        return (await self.store.run(work)).result

    async def rotate(self, owner: UUID | None, id_: UUID, context: Context) -> str:
        """A new secret; that before is good for a while. Raises Refused."""

        async def work(tx: Transaction[NotificationEvent]) -> str:
            state = await self._decide(tx, owner, id_, Rotate(), context)
            return await self.secrets.issue(tx.conn, id_, state.secret, owner)

        return (await self.store.run(work)).result

    async def delete(self, owner: UUID | None, id_: UUID, context: Context) -> None:
        """It is no more, and nothing of what it was told is kept. Raises Refused."""

        async def work(tx: Transaction[NotificationEvent]) -> None:
            await self._decide(tx, owner, id_, Delete(), context)
            await secrets.forget(tx.conn, id_)
            await queue.close(tx.conn, id_)

        await self.store.run(work)

    async def give_up(self, id_: UUID, reason: Literal["failing", "gone"]) -> None:
        """Switches off one that has failed for long, or wants no more, and tells who registered it."""

        async def work(tx: Transaction[NotificationEvent]) -> bool:
            version, owner, state = await query.held(tx.conn, id_)
            uow, now = UnitOfWork(tx, self.mails), self.clock()
            company = None if owner is None else str(owner)
            context = Context(str(id_), None, current_traceparent(), company, now)
            webhook = uow.track(WEBHOOK, webhook_stream(id_), state, version)
            if not webhook.decide(SwitchOff(reason), context):
                return False
            await queue.give_up(tx.conn, id_, now)
            if isinstance(state, Webhook) and state.by is not None and owner is not None:
                content = WebhookSwitchedOffMail(id_, state.by.name, urlsplit(state.url).hostname or "", reason)
                mail = mail_id(f"{id_} {webhook.version}", state.by.email, content.kind)
                uow.queue(mail, state.by.email, message_id(mail, self.sender.domain), content, context)
            await uow.flush()
            return True

        if (await self.store.run(work)).result:
            WEBHOOKS_SWITCHED_OFF.labels(reason).inc()
            log.warning("webhook_switched_off", webhook=str(id_), reason=reason)

    async def _decide(
        self,
        tx: Transaction[NotificationEvent],
        owner: UUID | None,
        id_: UUID,
        command: WebhookCommand,
        context: Context,
    ) -> Webhook:
        uow = UnitOfWork(tx, self.mails)
        version, state = await query.locked(tx.conn, owner, id_)
        webhook = uow.track(WEBHOOK, webhook_stream(id_), state, version)
        webhook.decide(command, replace(context, company_id=None if owner is None else str(owner)))
        after = webhook.state
        await uow.flush()
        return after if isinstance(after, Webhook) else _known(state)


def _known(state: object) -> Webhook:
    if not isinstance(state, Webhook):
        raise Refused("webhook_not_found")
    return state


async def _shown(tx: Transaction[NotificationEvent], owner: UUID | None, id_: UUID) -> WebhookRow:
    [row] = await query.rows(tx.conn, owner, id_)
    return row
