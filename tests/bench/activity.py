"""Activity of a company of 100,000, its log of a million events: each filter at the query; the follower: `[EVENTS]`.

Two fifths of the events are batches of 10,000 invitations, the others commands on one user each by twenty admins. Each
filter is asked as the service's own role under row security; the slowest one's 95th percentile is the figure. A
confirmation waits for nothing of it: what it costs is what the follower takes, by itself, behind the log.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import UUID

import asyncpg

from services.licensing.domain.stored_events import TYPES
from services.licensing.domain.user.events import Change, UserChanged, UserInvited
from services.licensing.domain.user.state import Actor
from services.licensing.main import FOLLOWING, event_store
from services.licensing.read_models.activity import query
from services.licensing.read_models.activity.lines import who_is
from services.licensing.read_models.activity.query import ActivityFilter
from shared.core.settings import ServiceSettings
from shared.eventsourcing.log_follower import LogFollower
from shared.postgres.database import SESSION_SETTINGS, Listener
from shared.postgres.row_security import within
from shared.service import open_pool
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_most, p95
from tests.stack import TestStack
from tests.unit.licensing import people as p

MS = 60
USERS, OF_A_BATCH, ADMINS = 100_000, 10_000, 20
PAGE = 50
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


async def fill(url: str, events: int) -> None:
    """Puts the log there as commits would."""
    batches = max(1, events * 2 // 5 // OF_A_BATCH)
    size = min(OF_A_BATCH, events * 2 // 5)
    _, invited = TYPES.dump(UserInvited(p.WAITING, p.BATCH))
    _, changed = TYPES.dump(
        UserChanged(p.ACTIVE, (Change("title", "AE", "Lead"),), Actor("ADMIN@acme.example", "A"), None)
    )
    conn = await asyncpg.connect(url, server_settings={**SESSION_SETTINGS, "statement_timeout": "0"})
    try:
        await conn.execute(_BATCHES, p.COMPANY, batches, size, invited, str(p.ANN), str(p.BATCH), BEGUN)
        await conn.execute(
            _COMMANDS,
            p.COMPANY,
            batches,
            batches * size,
            events,
            changed,
            str(p.ANN),
            ADMINS,
            min(USERS, batches * size),
            BEGUN,
        )
        await conn.execute("SELECT setval('commit_ids', 10000000)")
        for table in ("events", "commits"):
            await conn.execute(f"VACUUM ANALYZE {table}")
    finally:
        await conn.close()


def user(n: int) -> UUID:
    """One of the users."""
    return UUID(f"00000000-0000-4000-8000-{n:012x}")


FILTERS: Mapping[str, ActivityFilter] = {
    "everything": ActivityFilter(),
    "who": ActivityFilter(who=who_is(p.COMPANY, "admin7@acme.example")),
    "what": ActivityFilter(what=("invited",)),
    "what, several": ActivityFilter(what=("invited", "refused", "deactivated")),
    "who and what": ActivityFilter(who=who_is(p.COMPANY, "admin7@acme.example"), what=("changed",)),
    "who and what, of which there is none": ActivityFilter(
        who=who_is(p.COMPANY, "admin7@acme.example"), what=("invited",)
    ),
    "user": ActivityFilter(user_id=user(3)),
    "batch": ActivityFilter(batch_id=UUID("00000000-0000-4000-9000-000000000001")),
    "days": ActivityFilter(start=BEGUN + timedelta(days=2), end=BEGUN + timedelta(days=3)),
    "refused": ActivityFilter(what=("refused",)),
}


async def looks(stack: TestStack, url: str, times: int) -> Mapping[str, list[float]]:
    """Milliseconds of each look: the first page, and the one behind it."""
    settings = ServiceSettings.model_validate({"database_url": stack.as_service(url, "licensing")})
    found: dict[str, list[float]] = {name: [] for name in FILTERS}
    async with open_pool(settings, "bench") as pool:
        with within(p.COMPANY):
            for _ in range(times + 1):
                for name, wanted in FILTERS.items():
                    async with pool.acquire() as conn:
                        cursor = None
                        for _ in range(2):
                            begun = perf_counter()
                            page = await query.page(conn, p.COMPANY, wanted, PAGE, cursor)
                            found[name].append((perf_counter() - begun) * 1000)
                            if (cursor := page.next_cursor) is None:
                                break
    return {name: runs[1:] for name, runs in found.items()}


async def follow(url: str) -> float:
    """Seconds until the follower has read the whole log."""
    async with asyncpg.create_pool(url, min_size=1, max_size=2, server_settings=SESSION_SETTINGS) as pool:
        begun = perf_counter()
        await LogFollower(event_store(pool), FOLLOWING[0], Listener(url)).catch_up()
        taken = perf_counter() - begun
        await pool.execute("ANALYZE activity")
        return taken


def measure(plan: Plan) -> Iterator[Figure]:
    """One company."""
    events = plan.size(1_000_000, 3_000)
    with bench_stack() as stack:
        url = stack.postgres_url("licensing")
        as_a_service(fill(url, events))
        seconds = as_a_service(follow(url))
        found = as_a_service(looks(stack, url, 3 if plan.smoke else max(plan.times, 20)))
        stack.drop(url)
    of_each = sorted(((p95(runs), name) for name, runs in found.items()), reverse=True)
    about = {"p95_ms": {name: round(ms, 1) for ms, name in of_each}, "slowest": of_each[0][1]}
    what = f"activity of {events:,} events at the query, the slowest filter's 95th percentile"
    yield Figure(what, "ms", [of_each[0][0]], goal=at_most(MS, "ms"), about=about)
    yield Figure("activity, the follower", "events/s", [events / seconds])


_BATCHES = """
WITH made AS (
    INSERT INTO events (stream, version, commit_id, index, id, type, data, company_id, correlation_id, causation_id,
                        traceparent, at, origin)
    SELECT 'user-' || u, 1, b, n, gen_random_uuid(), 'user-invited.v1',
           replace(replace($4, $5, u), $6, batch)::json, $1, batch, 'cause', '',
           $7::timestamptz + b * interval '1 hour', 'file'
    FROM generate_series(1, $2::int) b, generate_series(0, $3::int - 1) n,
         LATERAL (SELECT '00000000-0000-4000-8000-' || lpad(to_hex((b - 1) * $3::int + n), 12, '0') AS u,
                         '00000000-0000-4000-9000-' || lpad(to_hex(b), 12, '0') AS batch) ids
)
INSERT INTO commits (first_position, commit_id, count) SELECT (b - 1) * $3::int + 1, b, $3::int
FROM generate_series(1, $2::int) b
"""
_COMMANDS = """
WITH made AS (
    INSERT INTO events (stream, version, commit_id, index, id, type, data, company_id, correlation_id, traceparent, at,
                        origin)
    SELECT 'user-' || u, 2 + n / $8::int, $2::int + n + 1, 0, gen_random_uuid(), 'user-changed.v1',
           replace(replace($5, $6, u), 'ADMIN', 'admin' || n % $7::int)::json, $1, 'request ' || n, '',
           $9::timestamptz + n * interval '20 seconds', 'form'
    FROM generate_series(0, $4::int - $3::int - 1) n,
         LATERAL (SELECT '00000000-0000-4000-8000-' || lpad(to_hex(n % $8::int), 12, '0') AS u) ids
)
INSERT INTO commits (first_position, commit_id, count) SELECT $3::int + n + 1, $2::int + n + 1, 1
FROM generate_series(0, $4::int - $3::int - 1) n
"""
