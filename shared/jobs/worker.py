"""Workers: they lease jobs from the queue (queue.py), taken in turn by company.

One company's 100,000 rows never stand before another's twenty: a company has one job of a kind under way at a time, and
the next turn goes to the company that was served longest ago. A worker that dies loses its lease, and another one does
the job: so what a job does must be decided once however often it is done.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import structlog
from opentelemetry.trace import SpanKind
from prometheus_client import Counter, Gauge, Histogram

from shared.core.crash_points import reached
from shared.core.retry import TRANSIENT, Backoff
from shared.eventsourcing.events import Context
from shared.jobs.queue import WAITING, Job, Retry
from shared.observability.spans import failed, within
from shared.observability.tracing import current_traceparent
from shared.postgres.database import LOOK_ANYWAY, Listener, Pool, wait_for_either
from shared.postgres.wakeups import wake

log = structlog.get_logger(__name__)

LEASE_SECONDS = 10
POLL_SECONDS = 1.0
"""Between two looks for a job that may be done by now, while there are any."""
BACKOFF = Backoff(first=1.0, cap=15.0)
"""What has failed is tried again 15 seconds after its cause is mended, at the latest."""
STUCK_AFTER = 10
"""Attempts, by default: a minute and a half of retries. The job stays in line: it is done once its cause is mended."""
_MEASURED = 10.0

_done = Counter("usher_jobs_done_total", "Jobs done", ["kind"])
_failed = Counter("usher_jobs_failed_total", "Attempts at a job that failed and will be repeated", ["kind"])
_waiting = Gauge("usher_jobs_waiting", "Jobs that are not done yet, those under way included", ["kind"])
_oldest = Gauge("usher_jobs_oldest_seconds", "Age of the oldest job that is not done yet", ["kind"])
_stuck = Gauge("usher_jobs_stuck", "Jobs that have failed so often that they need somebody's attention", ["kind"])
_seconds = Histogram("usher_job_seconds", "Duration of one attempt at a job", ["kind"])


Handler = Callable[[Job], Awaitable[None]]
"""Does a job. It calls ``job.finish`` in its last transaction; a job that was not finished is deleted afterwards."""


class Worker:
    """Takes jobs of the kinds it has handlers for, ``slots`` at a time. A job that was begun more than ``stuck_after``
    times is said to be stuck, by an error in the log and a gauge."""

    def __init__(
        self,
        pool: Pool,
        handlers: Mapping[str, Handler],
        listener: Listener,
        slots: int = 2,
        stuck_after: int = STUCK_AFTER,
    ) -> None:
        self._pool = pool
        self._handlers = dict(handlers)
        for kind in handlers:
            for counter in (_done, _failed):
                counter.labels(kind)
        self._listener = listener
        self._slots = slots
        self._stuck_after = stuck_after
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Works until cancelled: then no job is begun any more, and those that it holds are finished. Cancelled once
        more it lets go of them at once, for others to take."""
        self._stopping.clear()
        working = asyncio.ensure_future(self._run())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            await working
            raise

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as slots:
            for _ in range(self._slots):
                slots.create_task(self._work())
            slots.create_task(self._measure())

    async def _measure(self) -> None:
        """Counts what is in line, stuck jobs among them: also those that took their worker with them each time and
        never said that they failed."""
        while not self._stopping.is_set():
            try:
                async with self._pool.acquire() as conn:
                    rows = await conn.fetch(_IN_LINE, list(self._handlers), self._stuck_after)
                for row in rows:
                    _waiting.labels(row["kind"]).set(row["waiting"])
                    _stuck.labels(row["kind"]).set(row["stuck"])
                    _oldest.labels(row["kind"]).set(row["oldest"])
            except TRANSIENT as error:
                log.warning("worker.not_measured", error=type(error).__name__)
            await wait_for_either(self._stopping, None, _MEASURED)

    async def _work(self) -> None:
        async with self._listener.wakeups(WAITING) as waiting:
            while not self._stopping.is_set():
                try:
                    job = await self._claim()
                    if job is None:
                        await wait_for_either(self._stopping, waiting, await self._rest())
                    elif self._stopping.is_set():  # it was told so while it claimed
                        await self._put_back(job, 0, None)
                    else:
                        reached("jobs.claimed")
                        await self._do(job)
                except TRANSIENT as error:
                    log.warning("worker.waits", error=type(error).__name__)
                    await wait_for_either(self._stopping, None, POLL_SECONDS)

    async def _rest(self) -> float:
        """Seconds until the next look: time brings on a job that is put off or held by somebody else, and no other."""
        async with self._pool.acquire() as conn:
            in_line = await conn.fetchval(_ANY, list(self._handlers))
        return POLL_SECONDS if in_line else LOOK_ANYWAY

    async def _claim(self) -> Job | None:
        async with self._pool.acquire() as conn, conn.transaction():
            # One claim at a time, so that two workers cannot both give the turn to the same company.
            await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('jobs.claim', 0))")
            row = await conn.fetchrow(_CLAIM, list(self._handlers), uuid4(), LEASE_SECONDS)
            return None if row is None else _job(row)

    async def _do(self, job: Job) -> None:
        bound = structlog.contextvars.bound_contextvars(correlation_id=job.context.correlation_id, job=job.kind)
        attributes = {"usher.correlation_id": job.context.correlation_id, "usher.job.attempt": job.attempts}
        span = within(job.context.traceparent, f"job {job.kind}", SpanKind.CONSUMER, attributes)
        with bound, _seconds.labels(job.kind).time(), span as under_way:
            job = replace(job, context=replace(job.context, traceparent=current_traceparent()))
            if job.attempts == self._stuck_after + 1:
                log.error("job.stuck", key=job.key, attempts=self._stuck_after)
            doing = asyncio.ensure_future(self._handlers[job.kind](job))
            beating = asyncio.ensure_future(self._keep_lease(job, doing))
            try:
                await doing
                reached("jobs.done")
                await self._close(job)
                log.info("job.done", key=job.key, attempts=job.attempts)
            except asyncio.CancelledError:
                if doing.cancelled() and not _being_cancelled():
                    failed(under_way, "LeaseLost")
                    log.warning("job.lease_lost", key=job.key)
                    return
                await asyncio.shield(self._let_go(job, doing))
                raise
            except Retry as again:
                under_way.set_attribute("usher.job.again_in_seconds", again.seconds)
                await self._put_back(job, again.seconds, None)
            except Exception as error:
                # Whatever a handler raises must leave the worker alive and the job in line.
                _failed.labels(job.kind).inc()
                failed(under_way, type(error).__name__)
                log.exception("job.failed", key=job.key, attempts=job.attempts)
                await self._put_back(job, BACKOFF.pause(job.attempts), f"{type(error).__name__}")
            finally:
                beating.cancel()
                doing.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await doing

    async def _close(self, job: Job) -> None:
        async with self._pool.acquire() as conn:
            await conn.execute("DELETE FROM jobs WHERE id = $1 AND lease = $2", job.id, job.lease)
            await wake(conn, WAITING)  # the company's next job may begin
        _done.labels(job.kind).inc()

    async def _let_go(self, job: Job, doing: asyncio.Future[None]) -> None:
        """Another worker need not wait until the lease has run out."""
        doing.cancel()
        await asyncio.wait([doing])
        with suppress(*TRANSIENT):
            await self._put_back(job, 0, None)
            log.warning("job.let_go", key=job.key, attempts=job.attempts)

    async def _put_back(self, job: Job, seconds: float, error: str | None) -> None:
        async with self._pool.acquire() as conn:
            await conn.execute(_PUT_BACK, job.id, job.lease, seconds, error)

    async def _keep_lease(self, job: Job, doing: asyncio.Future[None]) -> None:
        held_until = asyncio.get_running_loop().time() + LEASE_SECONDS
        while True:
            await asyncio.sleep(LEASE_SECONDS / 4)
            try:
                async with self._pool.acquire(timeout=LEASE_SECONDS / 4) as conn:
                    held = await conn.fetchval(_KEEP, job.id, job.lease, LEASE_SECONDS)
                held_until = asyncio.get_running_loop().time() + LEASE_SECONDS
            except TRANSIENT:
                held = asyncio.get_running_loop().time() < held_until
            if not held:
                doing.cancel()
                return


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _job(row: asyncpg.Record) -> Job:
    company_id = str(row["company_id"])
    context = Context(row["correlation_id"], row["causation_id"], row["traceparent"], company_id, row["created_at"])
    payload: dict[str, Any] = json.loads(row["payload"])
    return Job(row["id"], row["kind"], row["key"], company_id, payload, context, row["attempts"], row["lease"])


_CLAIM = """
WITH next AS (
    SELECT j.id FROM jobs j LEFT JOIN job_turns t USING (kind, company_id)
    WHERE j.kind = ANY ($1) AND j.run_at <= now() AND (j.lease_until IS NULL OR j.lease_until < now())
      AND NOT EXISTS (SELECT FROM jobs o WHERE o.kind = j.kind AND o.company_id = j.company_id AND o.id <> j.id
                      AND o.lease IS NOT NULL AND o.lease_until >= now())
    ORDER BY t.served_at NULLS FIRST, j.id LIMIT 1 FOR UPDATE OF j SKIP LOCKED
), claimed AS (
    UPDATE jobs SET lease = $2, lease_until = now() + make_interval(secs => $3), attempts = attempts + 1
    FROM next WHERE jobs.id = next.id RETURNING jobs.*
), turn AS (
    INSERT INTO job_turns (kind, company_id, served_at) SELECT kind, company_id, clock_timestamp() FROM claimed
    ON CONFLICT (kind, company_id) DO UPDATE SET served_at = excluded.served_at
)
SELECT * FROM claimed
"""

_ANY = "SELECT EXISTS (SELECT FROM jobs WHERE kind = ANY ($1))"

_IN_LINE = """
SELECT k.kind, count(j.id) AS waiting, count(j.id) FILTER (WHERE j.attempts > $2) AS stuck,
       coalesce(extract(epoch FROM now() - min(j.created_at)), 0)::float8 AS oldest
FROM unnest($1::text[]) AS k (kind) LEFT JOIN jobs j USING (kind) GROUP BY k.kind
"""

_KEEP = """
UPDATE jobs SET lease_until = now() + make_interval(secs => $3) WHERE id = $1 AND lease = $2 RETURNING true
"""

_PUT_BACK = """
UPDATE jobs SET lease = NULL, lease_until = NULL, run_at = now() + make_interval(secs => $3),
                last_error = coalesce($4, last_error)
WHERE id = $1 AND lease = $2
"""
