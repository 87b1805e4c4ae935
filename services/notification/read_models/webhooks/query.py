"""Reading `webhooks`: as a state to decide on, as what is shown, and as who is told an event."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from services.notification.domain.webhook.events import Reason, Registrant
from services.notification.domain.webhook.state import NoWebhook, Webhook, WebhookState
from shared.postgres.database import Connection

REGISTRANT = msgspec.json.Decoder(Registrant)


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay that is under way: from when on, and how many events it has found so far."""

    since: datetime
    recorded: int


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """A webhook as it is shown. `waiting`, `dead`: how many deliveries are so."""

    id: UUID
    version: int
    company_id: UUID | None
    webhook: Webhook
    created_at: datetime
    waiting: int
    dead: int
    failing_since: datetime | None
    delivered_at: datetime | None
    replay: Replay | None


@dataclass(frozen=True, slots=True)
class Interest:
    """Who is to be told events: `events` are the types that it wants, None for all; `company_id` None: of all."""

    id: UUID
    company_id: UUID | None
    events: frozenset[str] | None

    def wants(self, company_id: str, type_: str) -> bool:
        """Whether it is told what happens in this company and is of this type."""
        theirs = self.company_id is None or str(self.company_id) == company_id
        return theirs and (self.events is None or type_ in self.events)


async def rows(conn: Connection, owner: UUID | None, id_: UUID | None = None) -> list[WebhookRow]:
    """The webhooks of a company, or the platform's; `id_`: that one alone."""
    return [_row(row) for row in await conn.fetch(_ROWS, owner, id_)]


async def locked(conn: Connection, owner: UUID | None, id_: UUID) -> tuple[int, WebhookState]:
    """The version and state of one of an owner's webhooks, held until the transaction ends."""
    sql = "SELECT * FROM webhooks WHERE id = $2 AND company_id IS NOT DISTINCT FROM $1 FOR UPDATE"
    row = await conn.fetchrow(sql, owner, id_)
    return (0, NoWebhook()) if row is None else (row["version"], state_of(row))


async def held(conn: Connection, id_: UUID) -> tuple[int, UUID | None, WebhookState]:
    """As `locked`, whoever the owner is, who is answered too."""
    row = await conn.fetchrow("SELECT * FROM webhooks WHERE id = $1 FOR UPDATE", id_)
    return (0, None, NoWebhook()) if row is None else (row["version"], row["company_id"], state_of(row))


async def seen(conn: Connection, id_: UUID) -> WebhookState:
    """The state of a webhook as of now."""
    row = await conn.fetchrow("SELECT * FROM webhooks WHERE id = $1", id_)
    return NoWebhook() if row is None else state_of(row)


async def count(conn: Connection, owner: UUID | None) -> int:
    """How many webhooks an owner has."""
    return await conn.fetchval("SELECT count(*) FROM webhooks WHERE company_id IS NOT DISTINCT FROM $1", owner)


async def interested(conn: Connection, companies: Collection[str]) -> list[Interest]:
    """Who is on and to be told what happens in these companies; they stay on until the transaction ends."""
    found = await conn.fetch(_INTERESTED, [UUID(company) for company in companies])
    return [Interest(r["id"], r["company_id"], None if r["events"] is None else frozenset(r["events"])) for r in found]


def state_of(row: Any) -> Webhook:
    """A row of `webhooks` as a state."""
    events, by, off = row["events"], row["by"], row["off"]
    reason: Reason | None = off
    return Webhook(
        url=row["url"],
        events=None if events is None else tuple(events),
        description=row["description"],
        by=None if by is None else REGISTRANT.decode(by),
        off=reason,
        secret=row["secret"],
    )


def _row(row: Any) -> WebhookRow:
    return WebhookRow(
        id=row["id"],
        version=row["version"],
        company_id=row["company_id"],
        webhook=state_of(row),
        created_at=row["created_at"],
        waiting=row["waiting"],
        dead=row["dead"],
        failing_since=row["failing_since"],
        delivered_at=row["delivered_at"],
        replay=None if row["since"] is None else Replay(row["since"], row["recorded"]),
    )


_ROWS = """
SELECT w.*, q.failing_since, q.delivered_at, r.since, r.recorded,
       (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'waiting') AS waiting,
       (SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = w.id AND d.state = 'dead') AS dead
FROM webhooks w LEFT JOIN webhook_queues q ON q.webhook_id = w.id LEFT JOIN webhook_replays r ON r.webhook_id = w.id
WHERE w.company_id IS NOT DISTINCT FROM $1 AND ($2::uuid IS NULL OR w.id = $2) ORDER BY w.created_at, w.id
"""
# Two index scans: an OR of both would read the table. Held until what is recorded for them is committed: who switches
# one off gives up all that waits for it, and nothing comes in between.
_INTERESTED = """
SELECT * FROM (
    SELECT id, company_id, events FROM webhooks WHERE company_id = ANY ($1) AND off IS NULL FOR SHARE
) theirs UNION ALL SELECT * FROM (
    SELECT id, company_id, events FROM webhooks WHERE company_id IS NULL AND off IS NULL FOR SHARE
) platforms
"""
