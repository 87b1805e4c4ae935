"""What is told to webhooks: every public event, but for the directory's states, recorded once for each webhook that
wants it. Nothing is delivered here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson

import usher_contracts as contracts
from services.notification.application.mail_queue import Clock
from services.notification.domain.stored_events import NotificationEvent
from services.notification.formats.webhook.structured_event import structured
from services.notification.read_models.deliveries import queue
from services.notification.read_models.deliveries.queue import NewDelivery
from services.notification.read_models.webhooks import query
from services.notification.read_models.webhooks.query import Interest
from shared.core.ids import FastUUID
from shared.erasure.forgotten import known
from shared.erasure.person import AddressDigests
from shared.eventsourcing.event_store import Transaction
from shared.messaging.inbox import Received, Subscription
from usher_contracts.topics import DIRECTORY, ERASURES, TOPICS

DELIVERABLE = tuple(event for event in contracts.EVENTS if event.topic not in (DIRECTORY, ERASURES))
"""The events that a webhook can be told. The directory is state, and made for who keeps a copy of it."""
DELIVERABLE_TYPES = frozenset(event.type for event in DELIVERABLE)


@dataclass(frozen=True, slots=True)
class RecordDeliveries:
    """The handlers."""

    clock: Clock
    digests: AddressDigests

    def subscriptions(self) -> Sequence[Subscription[NotificationEvent]]:
        """One a topic, each a consumer group of its own: a webhook is told nothing later since mails wait for
        something, and the other way round."""
        return [
            Subscription(
                f"webhooks-{topic.name.split('.')[1]}", topic.name, types_of(topic.name), self.record, json_object
            )
            for topic in TOPICS
            if topic.name not in (DIRECTORY, ERASURES)
        ]

    async def record(self, tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
        """Records a delivery for each webhook that wants it, without those who were forgotten before it was read."""
        companies = {r.company_id for r in received}
        interests = await query.interested(tx.conn, companies)
        if interests:
            forgotten = await known(tx.conn, self.digests, companies)
            clean = [forgotten.without(r, json_object) for r in received]
            await queue.put(tx.conn, deliveries(clean, interests), self.clock())


def types_of(topic: str) -> frozenset[str]:
    """The types of a topic's events."""
    return frozenset(event.type for event in DELIVERABLE if event.topic == topic)


def deliveries(received: Sequence[Received], interests: Sequence[Interest]) -> list[NewDelivery]:
    """What each is told of these, in their order."""
    found: list[NewDelivery] = []
    for r in received:
        wanting = [each for each in interests if each.wants(r.company_id, r.type)]
        if wanting:
            event_id, line, body = FastUUID(r.id), line_of(r.subject, r.event), body_of(r)
            found += [NewDelivery(each.id, each.company_id, event_id, r.type, line, body) for each in wanting]
    return found


def json_object(_: str, value: bytes) -> Mapping[str, Any]:
    """An event's data, as it is: it is handed on byte by byte, so no model is made of it. Raises ValueError."""
    data = orjson.loads(value)
    if not isinstance(data, dict):
        raise ValueError("the value is not a JSON object")
    return cast("Mapping[str, Any]", data)


def line_of(subject: str, data: Mapping[str, Any]) -> str:
    """What goes out one after the other: all that is about one user, else all of one stream (of a batch, of a company's
    licenses)."""
    user = data.get("user_id")
    return f"user-{user}" if isinstance(user, str) else subject


def body_of(r: Received) -> str:
    """The event as it is sent."""
    return structured(
        id_=r.id,
        source=r.source,
        type_=r.type,
        time=r.time,
        subject=r.subject,
        company_id=r.company_id,
        sequence=r.sequence,
        correlation_id=r.correlation_id,
        data=r.value,
    )
