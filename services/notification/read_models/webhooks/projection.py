"""The table `webhooks`: each row says what its stream adds up to. Who is on has a queue (read_models/deliveries)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

import msgspec

from services.notification.domain.stored_events import NotificationEvent, webhook_of
from services.notification.domain.webhook.events import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection

_ALL = (
    *(WebhookRegistered, WebhookChanged, WebhookSecretRotated),
    *(WebhookSwitchedOff, WebhookSwitchedOn, WebhookDeleted),
)
_Webhook: TypeAlias = Recorded[WebhookEvent]


class WebhooksProjection:
    """The inline projection of webhooks. Few, so one statement an event."""

    name = "webhooks"
    tables = ("webhooks",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        """Brings each row to where its last event leaves it."""
        for recorded in events:
            if isinstance(recorded.event, _ALL):
                await _apply(conn, cast("_Webhook", recorded))


async def _apply(conn: Connection, r: _Webhook) -> None:
    id_, version = webhook_of(r.stream), r.version
    match r.event:
        case WebhookRegistered(url, events, description, by):
            by_whom = None if by is None else msgspec.json.encode(by).decode()
            wanted = None if events is None else list(events)
            at, company = r.context.at, r.context.company_id
            await conn.execute(_REGISTER, id_, version, company, url, wanted, description, by_whom, at)
        case WebhookChanged(url, events, description):
            wanted = None if events is None else list(events)
            await conn.execute(_CHANGE, id_, version, url, wanted, description)
        case WebhookSecretRotated(number):
            await conn.execute("UPDATE webhooks SET version = $2, secret = $3 WHERE id = $1", id_, version, number)
        case WebhookSwitchedOff(reason):
            await conn.execute("UPDATE webhooks SET version = $2, off = $3 WHERE id = $1", id_, version, reason)
        case WebhookSwitchedOn():
            await conn.execute("UPDATE webhooks SET version = $2, off = NULL WHERE id = $1", id_, version)
        case WebhookDeleted():
            await conn.execute("DELETE FROM webhooks WHERE id = $1", id_)


_REGISTER = """
INSERT INTO webhooks (id, version, company_id, url, events, description, by, secret, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)
"""
_CHANGE = "UPDATE webhooks SET version = $2, url = $3, events = $4, description = $5 WHERE id = $1"
