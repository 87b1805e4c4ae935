"""Reading `batch_progress`: which batches may be finished, and how far one is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from shared.eventsourcing.events import Context
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """A batch that was decided: how many invitations it has, and how many have come to which end."""

    expected: int
    sent: int
    failed: int
    withdrawn: int
    processed_at: datetime
    context: Context

    @property
    def ended(self) -> int:
        """Invitations that have come to an end."""
        return self.sent + self.failed + self.withdrawn


async def candidates(conn: Connection, waited_since: datetime, limit: int = 50) -> list[UUID]:
    """Batches whose invitations have all come to an end, or that were decided before `waited_since`."""
    sql = """
        SELECT batch_id FROM batch_progress
        WHERE NOT finished AND confirmed AND expected IS NOT NULL
          AND (sent + failed + withdrawn >= expected OR processed_at <= $1)
        ORDER BY processed_at LIMIT $2
    """
    return [row["batch_id"] for row in await conn.fetch(sql, waited_since, limit)]


async def progress(conn: Connection, batch_id: UUID) -> BatchProgress | None:
    """How far a decided batch is, locked; None when it is finished already."""
    sql = """
        SELECT * FROM batch_progress WHERE batch_id = $1 AND NOT finished AND expected IS NOT NULL FOR UPDATE
    """
    row = await conn.fetchrow(sql, batch_id)
    if row is None:
        return None
    context = Context(
        row["correlation_id"], row["causation_id"], row["traceparent"], str(row["company_id"]), row["processed_at"]
    )
    return BatchProgress(row["expected"], row["sent"], row["failed"], row["withdrawn"], row["processed_at"], context)
