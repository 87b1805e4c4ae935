"""The queue of each webhook in `webhook_deliveries`, and in `webhook_queues` whose turn it is.

One process at a time delivers to a webhook: it holds the lease of its queue. So the order within a line is its own
matter, and no delivery is marked as being under way: what was not recorded when it died is delivered once more.
Whoever writes both takes the row of the queue first, and then deliveries: so nobody waits for each other.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

WAITING = "webhook_waiting"
"""The channel on which a new delivery wakes those who deliver."""
State = Literal["waiting", "delivered", "dead"]


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event for a webhook. `owner`: the webhook's company; `line`: see the table."""

    webhook: UUID
    owner: UUID | None
    event_id: UUID
    type: str
    line: str
    body: str


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose turn it is."""

    place: int
    event_id: UUID
    type: str
    line: str
    body: str
    attempts: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt: `run_at` is when there is another one, of a delivery that still waits."""

    place: int
    event_id: UUID
    state: State
    attempts: int
    run_at: datetime
    ended_at: datetime | None
    status: int | None
    answer: str | None
    error: str | None
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Health:
    """How a webhook does: attempts in a row that failed, since when, and until when it is spared."""

    failures: int = 0
    failing_since: datetime | None = None
    rest_until: datetime | None = None
    slow: bool = False
    delivered_at: datetime | None = None


async def open_queue(conn: Connection, webhook: UUID, owner: UUID | None) -> None:
    """A webhook has a queue from now on."""
    await conn.execute("INSERT INTO webhook_queues (webhook_id, company_id) VALUES ($1, $2)", webhook, owner)


async def refresh(conn: Connection, webhook: UUID) -> None:
    """A webhook that is switched on is taken for healthy."""
    sql = "UPDATE webhook_queues SET failures = 0, failing_since = NULL, rest_until = NULL WHERE webhook_id = $1"
    await conn.execute(sql, webhook)


async def close(conn: Connection, webhook: UUID) -> None:
    """A webhook has none any more, and nothing of what was delivered is kept."""
    for table in ("webhook_queues", "webhook_deliveries", "webhook_replays"):
        await conn.execute(f"DELETE FROM {table} WHERE webhook_id = $1", webhook)


async def give_up(conn: Connection, webhook: UUID, now: datetime) -> None:
    """What waits is dead: the webhook is switched off."""
    await conn.execute("UPDATE webhook_queues SET due_at = NULL WHERE webhook_id = $1", webhook)
    sql = "UPDATE webhook_deliveries SET state = 'dead', ended_at = $2 WHERE webhook_id = $1 AND state = 'waiting'"
    await conn.execute(sql, webhook, now)
    await conn.execute("DELETE FROM webhook_replays WHERE webhook_id = $1", webhook)


async def put(conn: Connection, deliveries: Sequence[NewDelivery], now: datetime, *, again: bool = False) -> int:
    """Records them, in this order, each once a webhook and event. again: one that has come to an end is delivered once
    more, behind all that waits. Returns how many wait now that did not before."""
    if not deliveries:
        return 0
    await hold(conn, {d.webhook for d in deliveries})
    rows = [(d.webhook, d.owner, d.event_id, d.type, d.line, d.body) for d in deliveries]
    sql = _PUT.format(conflict=_AGAIN if again else "NOTHING")
    count: int = await conn.fetchval(sql, *(list(column) for column in zip(*rows, strict=True)), now)
    await wake(conn, WAITING)
    return count


async def put_ended(conn: Connection, delivery: NewDelivery, result: Result) -> None:
    """Records one that was attempted before it was recorded, and is not tried again."""
    d, r = delivery, result
    await conn.execute(
        _PUT_ENDED,
        *(d.webhook, d.owner, d.event_id, d.type, d.line, d.body, r.state, r.ended_at, r.status, r.answer, r.error),
        r.seconds,
    )


async def put_again(conn: Connection, webhook: UUID, events: Collection[UUID] | None, now: datetime) -> int:
    """Delivers once more what has come to an end: these, or all that are dead. Returns how many those are."""
    await hold(conn, {webhook})
    which = "state = 'dead'" if events is None else "state <> 'waiting'"
    count = await conn.fetchval(_PUT_AGAIN.format(which=which), webhook, None if events is None else list(events), now)
    await wake(conn, WAITING)
    return count or 0


async def hold(conn: Connection, webhooks: Collection[UUID]) -> None:
    """Keeps lanes from letting go of these until the transaction ends: a lane that does sees what is put, or whoever
    puts it sees that the lane has let go. In an order, so that no two wait for each other."""
    await conn.execute(_HOLD, list(webhooks))


async def claim(
    conn: Connection, lease: UUID, until: datetime, now: datetime, *, healthy: int, others: int
) -> list[UUID]:
    """Webhooks whose turn it is, longest due first, under this lease: so many of those that do well, and of others."""
    found: list[UUID] = []
    for limit, which in ((healthy, "NOT {}"), (others, "{}")):
        if limit > 0:
            sql = _CLAIM.format(which=which.format("(q.failures > 0 OR q.slow)"))
            found += [row["webhook_id"] for row in await conn.fetch(sql, lease, until, now, limit)]
    return found


async def next_due(conn: Connection, now: datetime) -> float | None:
    """Seconds until some webhook's turn, as of now; None where nothing waits."""
    at: datetime | None = await conn.fetchval(_NEXT, now)
    return None if at is None else max(0.0, (at - now).total_seconds())


async def due(conn: Connection, webhook: UUID, now: datetime, limit: int) -> list[Due]:
    """A webhook's deliveries whose turn it is, in order: none of a line in which an earlier one is put off."""
    return [Due(*row) for row in await conn.fetch(_DUE, webhook, now, limit)]


async def record(conn: Connection, webhook: UUID, results: Sequence[Result]) -> None:
    """What became of deliveries, but for those that were put again meanwhile or given up."""
    if results:
        rows = [
            (r.place, r.event_id, r.state, r.attempts, r.run_at, r.ended_at, r.status, r.answer, r.error, r.seconds)
            for r in results
        ]
        await conn.execute(_RECORD, webhook, *(list(column) for column in zip(*rows, strict=True)))


async def health(conn: Connection, webhook: UUID) -> Health | None:
    """How a webhook does, held until the transaction ends; None where it was deleted."""
    row = await conn.fetchrow(_HEALTH, webhook)
    return None if row is None else Health(*row)


async def keep(conn: Connection, webhook: UUID, lease: UUID, health: Health, until: datetime) -> bool:
    """How a webhook does now; whether the lease, which lasts until then, is still ours."""
    h = health
    return bool(
        await conn.fetchval(
            _KEEP, webhook, lease, h.failures, h.failing_since, h.rest_until, h.slow, h.delivered_at, until
        )
    )


async def release(conn: Connection, webhook: UUID, lease: UUID, now: datetime) -> None:
    """Lets go of a webhook, which is due when the next of its deliveries is."""
    # In a statement of its own: the next one sees what was recorded until the row was ours.
    if await conn.fetchval("SELECT lease FROM webhook_queues WHERE webhook_id = $1 FOR UPDATE", webhook) == lease:
        await conn.execute(_RELEASE, webhook, now)


@dataclass(frozen=True, slots=True)
class Measure:
    """All webhooks together: deliveries that wait, how long the oldest has, those that are dead, and webhooks that
    fail."""

    waiting: int
    oldest_seconds: float
    dead: int
    failing: int


async def measure(conn: Connection, now: datetime) -> Measure:
    """How it goes."""
    row = await conn.fetchrow(_MEASURE, now)
    assert row is not None
    return Measure(*row)


async def sweep(conn: Connection, delivered_before: datetime, dead_before: datetime, limit: int) -> int:
    """Forgets what has come to an end long enough ago. Returns how many rows."""
    status = await conn.execute(_SWEEP, delivered_before, dead_before, limit)
    return int(status.split()[-1])


_HOLD = "SELECT FROM webhook_queues WHERE webhook_id = ANY ($1::uuid[]) ORDER BY webhook_id FOR NO KEY UPDATE"
_MARK_DUE = """
    UPDATE webhook_queues q SET due_at = greatest({now}, q.rest_until)
    FROM (SELECT DISTINCT webhook_id FROM new) n
    WHERE q.webhook_id = n.webhook_id AND (q.due_at IS NULL OR q.due_at > greatest({now}, q.rest_until))
    RETURNING q.webhook_id
"""
_PUT = f"""
WITH new AS (
    INSERT INTO webhook_deliveries AS d (webhook_id, company_id, event_id, type, line, body, run_at)
    SELECT webhook_id, company_id, event_id, type, line, body, $7
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
         AS t (webhook_id, company_id, event_id, type, line, body, n)
    ORDER BY n ON CONFLICT (webhook_id, event_id) DO {{conflict}} RETURNING webhook_id
), due AS ({_MARK_DUE.format(now="$7")})
SELECT count(*) FROM new
"""
_ANEW = """state = 'waiting', attempts = 0, run_at = {now}, ended_at = NULL,
    place = nextval(pg_get_serial_sequence('webhook_deliveries', 'place'))"""
_AGAIN = f"UPDATE SET {_ANEW.format(now='$7')} WHERE d.state <> 'waiting'"
_PUT_AGAIN = f"""
WITH which AS (
    SELECT event_id FROM webhook_deliveries
    WHERE webhook_id = $1 AND {{which}} AND ($2::uuid[] IS NULL OR event_id = ANY ($2)) ORDER BY place
), new AS (
    UPDATE webhook_deliveries d SET {_ANEW.format(now="$3")}
    FROM which WHERE d.webhook_id = $1 AND d.event_id = which.event_id RETURNING d.webhook_id
), due AS ({_MARK_DUE.format(now="$3")})
SELECT count(*) FROM new
"""
_PUT_ENDED = """
INSERT INTO webhook_deliveries (webhook_id, company_id, event_id, type, line, body, state, attempts, ended_at, status,
                                answer, error, seconds)
VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10, $11, $12)
"""
_CLAIM = """
UPDATE webhook_queues SET lease = $1, lease_until = $2 WHERE webhook_id IN (
    SELECT q.webhook_id FROM webhook_queues q
    WHERE q.due_at <= $3 AND (q.lease_until IS NULL OR q.lease_until <= $3) AND {which}
    ORDER BY q.due_at LIMIT $4 FOR UPDATE SKIP LOCKED
) RETURNING webhook_id
"""
_NEXT = """
SELECT min(greatest(due_at, CASE WHEN lease_until > $1 THEN lease_until END)) FROM webhook_queues
WHERE due_at IS NOT NULL
"""
_FREE_OF = """
    d.webhook_id = {webhook} AND d.state = 'waiting' AND d.run_at <= {now} AND NOT EXISTS (
        SELECT FROM webhook_deliveries p WHERE p.webhook_id = {webhook} AND p.line = d.line AND p.state = 'waiting'
        AND p.attempts > 0 AND p.run_at > {now}
    )
"""
_FREE = _FREE_OF.format(webhook="$1", now="$2")
_DUE = f"""
SELECT d.place, d.event_id, d.type, d.line, d.body, d.attempts, d.recorded_at
FROM webhook_deliveries d WHERE {_FREE} ORDER BY d.place LIMIT $3
"""
_RECORD = """
UPDATE webhook_deliveries d
SET state = t.state, attempts = t.attempts, run_at = t.run_at, ended_at = t.ended_at, status = t.status,
    answer = t.answer, error = t.error, seconds = t.seconds
FROM unnest($2::bigint[], $3::uuid[], $4::text[], $5::int[], $6::timestamptz[], $7::timestamptz[], $8::int[],
            $9::text[], $10::text[], $11::float8[])
     AS t (place, event_id, state, attempts, run_at, ended_at, status, answer, error, seconds)
WHERE d.webhook_id = $1 AND d.event_id = t.event_id AND d.place = t.place AND d.state = 'waiting'
"""
_HEALTH = """
SELECT failures, failing_since, rest_until, slow, delivered_at FROM webhook_queues WHERE webhook_id = $1 FOR UPDATE
"""
_KEEP = """
UPDATE webhook_queues
SET failures = $3, failing_since = $4, rest_until = $5, slow = $6, delivered_at = $7,
    lease_until = CASE WHEN lease = $2 THEN $8 ELSE lease_until END
WHERE webhook_id = $1 RETURNING lease IS NOT DISTINCT FROM $2
"""
# Also what was put by another clock, or since ours was looked at, is later than now.
_RELEASE = f"""
UPDATE webhook_queues q SET lease = NULL, lease_until = NULL, due_at = CASE
    WHEN EXISTS (SELECT FROM webhook_deliveries d WHERE {_FREE}) THEN greatest($2, q.rest_until)
    ELSE (SELECT greatest(min(d.run_at), q.rest_until) FROM webhook_deliveries d
          WHERE d.webhook_id = $1 AND d.state = 'waiting' AND d.run_at > $2)
END
WHERE q.webhook_id = $1
"""
_MEASURE = f"""
SELECT (SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'),
       coalesce((SELECT extract(epoch FROM $1 - min(oldest.run_at)) FROM webhook_queues q CROSS JOIN LATERAL (
                     SELECT d.run_at FROM webhook_deliveries d WHERE {_FREE_OF.format(webhook="q.webhook_id", now="$1")}
                     ORDER BY d.place LIMIT 1
                 ) oldest WHERE q.failures = 0 AND q.due_at IS NOT NULL), 0)::float8,
       (SELECT count(*) FROM webhook_deliveries WHERE state = 'dead'),
       (SELECT count(*) FROM webhook_queues WHERE failures > 0 AND due_at IS NOT NULL)
"""
_SWEEP = """
DELETE FROM webhook_deliveries WHERE ctid = ANY (ARRAY(
    SELECT ctid FROM webhook_deliveries
    WHERE (state = 'delivered' AND ended_at < $1) OR (state = 'dead' AND ended_at < $2) LIMIT $3
))
"""
