"""What follows from webhooks' events that were rewritten without a person: their rows say what these say now."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from services.notification.domain.stored_events import NotificationEvent, webhook_of
from services.notification.domain.webhook.events import WebhookChanged, WebhookRegistered
from shared.erasure.person import Person
from shared.erasure.stored_events import Rewritten
from shared.postgres.database import Connection


async def follow(conn: Connection, _: Person, rewritten: Sequence[Rewritten[NotificationEvent]]) -> None:
    """Who registered it, and an address in its URL or description."""
    for each in rewritten:
        match each.before, each.after:
            case WebhookRegistered(), WebhookRegistered(by=by):
                registrant = None if by is None else msgspec.json.encode(by).decode()
                await conn.execute("UPDATE webhooks SET by = $2 WHERE id = $1", webhook_of(each.stream), registrant)
            case _:
                pass
        match each.before, each.after:
            case (WebhookRegistered() | WebhookChanged()) as was, (WebhookRegistered() | WebhookChanged()) as now:
                arguments = was.url, now.url, was.description, now.description
                await conn.execute(_TEXTS, webhook_of(each.stream), *arguments)
            case _:
                pass


_TEXTS = """
UPDATE webhooks SET url = CASE WHEN url = $2 THEN $3 ELSE url END,
                    description = CASE WHEN description = $4 THEN $5 ELSE description END
WHERE id = $1
"""
