"""Reading `webhook_deliveries`, as they are shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.notification.read_models.deliveries.queue import State
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery as it is shown. `status`, `answer`, `error`, `seconds`: of the last attempt."""

    place: int
    event_id: UUID
    type: str
    state: State
    attempts: int
    recorded_at: datetime
    run_at: datetime
    ended_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None
    seconds: float | None


async def newest(
    conn: Connection, webhook: UUID, state: State | None, before: int | None, limit: int
) -> list[DeliveryRow]:
    """A webhook's deliveries, the newest first; those before a place."""
    wanted = "" if state is None else "AND state = $4"
    sql = f"""
        SELECT {_COLUMNS} FROM webhook_deliveries
        WHERE webhook_id = $1 AND ($2::bigint IS NULL OR place < $2) {wanted} ORDER BY place DESC LIMIT $3
    """
    arguments = (webhook, before, limit) if state is None else (webhook, before, limit, state)
    return [DeliveryRow(*row) for row in await conn.fetch(sql, *arguments)]


async def one(conn: Connection, webhook: UUID, event_id: UUID) -> tuple[DeliveryRow, str] | None:
    """One of them, with its body."""
    sql = f"SELECT {_COLUMNS}, body FROM webhook_deliveries WHERE webhook_id = $1 AND event_id = $2"
    row = await conn.fetchrow(sql, webhook, event_id)
    if row is None:
        return None
    *columns, body = row
    return DeliveryRow(*columns), body


_COLUMNS = """
place, event_id, type, state, attempts, recorded_at, run_at, ended_at, status, answer, error, seconds
"""
