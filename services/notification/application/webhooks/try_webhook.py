"""A test: one made-up event, delivered at once, and told what was answered."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import orjson

from services.notification.application.mail_queue import Clock
from services.notification.application.webhooks.deliver import result_of
from services.notification.application.webhooks.webhook_client import WebhookClients
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.formats.webhook.structured_event import structured
from services.notification.read_models.deliveries import queue
from services.notification.read_models.deliveries.queue import Due, NewDelivery
from services.notification.read_models.webhooks import query
from shared.core.ids import new_uuid7
from shared.eventsourcing.events import Context
from shared.postgres.database import Pool

TEST_TYPE = "usher.WebhookTest.v1"
_NEVER_AGAIN = RetrySchedule(pauses=())
_LINE = "test"


@dataclass(frozen=True, slots=True)
class TryWebhook:
    """The use case."""

    pool: Pool
    clients: WebhookClients
    secrets: WebhookSecrets
    clock: Clock

    async def run(self, owner: UUID | None, id_: UUID, context: Context) -> UUID:
        """Delivers a test, also to one that is switched off; it is not repeated, and stands among the deliveries.
        Returns its event's id. Raises Refused."""
        async with self.pool.acquire() as conn:
            if not await query.rows(conn, owner, id_):
                raise Refused("webhook_not_found")
            target = await self.secrets.target(conn, id_, even_off=True)
        if target is None:
            raise Refused("webhook_not_found")
        event_id, now = new_uuid7(), self.clock()
        body = _body(event_id, owner, id_, context)
        async with self.clients.client(target.url, target.secrets, 1) as client:
            attempt = await client.post(str(event_id), body)
        due = Due(0, event_id, TEST_TYPE, _LINE, body, 0, now)
        async with self.pool.acquire() as conn, conn.transaction():
            delivery = NewDelivery(id_, owner, event_id, TEST_TYPE, _LINE, body)
            await queue.put_ended(conn, delivery, result_of(due, attempt, _NEVER_AGAIN, self.clock()))
        return event_id


def _body(event_id: UUID, owner: UUID | None, id_: UUID, context: Context) -> str:
    company = None if owner is None else str(owner)
    return structured(
        id_=str(event_id),
        source="/usher/notification",
        type_=TEST_TYPE,
        time=context.at,
        subject=f"webhook-{id_}",
        company_id=company,
        sequence=None,
        correlation_id=context.correlation_id,
        data=orjson.dumps({"company_id": company, "webhook_id": str(id_)}),
    )
