"""The table `webhook_replays`: what is being replayed, and how far each has come."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from aiokafka import TopicPartition

from shared.postgres.database import Connection


class Span(NamedTuple):
    """What is to be read of a partition: the offset that is next, and where it ends."""

    next: int
    end: int


@dataclass(frozen=True, slots=True)
class Asked:
    """A replay. `spans` is empty before it has begun."""

    owner: UUID | None
    since: datetime
    spans: dict[TopicPartition, Span]


async def begin(conn: Connection, webhook: UUID, owner: UUID | None, since: datetime, at: datetime) -> bool:
    """Whether it is one: there may be one under way."""
    return bool(await conn.fetchval(_BEGIN, webhook, owner, since, at))


async def under_way(conn: Connection, webhook: UUID) -> Asked | None:
    """The webhook's replay, if there is one."""
    row = await conn.fetchrow("SELECT company_id, since, places FROM webhook_replays WHERE webhook_id = $1", webhook)
    if row is None:
        return None
    places: dict[str, list[int]] = json.loads(row["places"])
    return Asked(row["company_id"], row["since"], {_place(name): Span(*span) for name, span in places.items()})


async def advance(conn: Connection, webhook: UUID, spans: Mapping[TopicPartition, Span], recorded: int) -> None:
    """How far it has come, and how many deliveries were recorded by that step."""
    places = json.dumps({f"{place.topic}:{place.partition}": list(span) for place, span in spans.items()})
    sql = "UPDATE webhook_replays SET places = $2, recorded = recorded + $3 WHERE webhook_id = $1"
    await conn.execute(sql, webhook, places, recorded)


async def end(conn: Connection, webhook: UUID) -> None:
    """It has come to its end."""
    await conn.execute("DELETE FROM webhook_replays WHERE webhook_id = $1", webhook)


async def has_enough(conn: Connection, webhook: UUID, most: int) -> bool:
    """Whether more deliveries than that wait."""
    return bool(await conn.fetchval(_ENOUGH, webhook, most))


async def taken_back(conn: Connection, events: Sequence[UUID]) -> set[UUID]:
    """Those of these events that their owner's log has lost in a restore: they never happened."""
    rows = await conn.fetch("SELECT event_id FROM orphans WHERE event_id = ANY ($1)", list(events)) if events else ()
    return {row["event_id"] for row in rows}


def _place(name: str) -> TopicPartition:
    topic, _, partition = name.rpartition(":")
    return TopicPartition(topic, int(partition))


_BEGIN = """
INSERT INTO webhook_replays (webhook_id, company_id, since, asked_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING RETURNING true
"""
_ENOUGH = """
SELECT EXISTS (SELECT FROM webhook_deliveries WHERE webhook_id = $1 AND state = 'waiting' OFFSET $2)
"""
