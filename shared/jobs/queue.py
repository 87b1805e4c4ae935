"""The queue of leased jobs: recorded in the transaction of what asks for them, done by workers (worker.py)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from shared.eventsourcing.events import Context
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

WAITING = "jobs_waiting"
"""Channel on which a new job wakes the workers."""


class LeaseLost(Exception):
    """The lease ran out and somebody else has the job now: what was done here must not be committed."""


class Retry(Exception):
    """Raised by a handler that has to wait for something: the job comes back after ``seconds``."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"again in {seconds} s")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Job:
    """A job under lease. ``attempts`` counts this one too; ``context.at`` is when it was put."""

    id: int
    kind: str
    key: str
    company_id: str
    payload: Mapping[str, Any]
    context: Context
    attempts: int
    lease: UUID

    async def finish(self, conn: Connection) -> None:
        """Deletes the job in the transaction of its effects. Raises LeaseLost where it is no longer ours."""
        sql = "DELETE FROM jobs WHERE id = $1 AND lease = $2 RETURNING id"
        if await conn.fetchval(sql, self.id, self.lease) is None:
            raise LeaseLost(f"{self.kind} {self.key}")


async def put(
    conn: Connection,
    kind: str,
    key: str,
    company_id: str,
    payload: Mapping[str, Any],
    context: Context,
    run_at: datetime | None = None,
) -> None:
    """Records a job in the caller's transaction; ``payload`` must be JSON. Once by ``kind`` and ``key``."""
    await conn.execute(
        _PUT,
        kind,
        key,
        company_id,
        json.dumps(payload),
        context.correlation_id,
        context.causation_id,
        context.traceparent,
        run_at or datetime.now(UTC),
    )
    await wake(conn, WAITING)


_PUT = """
INSERT INTO jobs (kind, key, company_id, payload, correlation_id, causation_id, traceparent, run_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (kind, key) DO NOTHING
"""
