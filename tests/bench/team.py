"""My Team of 100,000 users: every filter, sort, group, page and level of the hierarchy, and seats: `[USERS]`.

Each over HTTP, with sign-in and JSON, and at the query, as the service's own role under row security. Of each view its
own 95th percentile; that of the slowest one is the figure, and the ten slowest are named.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg

from services.licensing.api.filter_body import Filter
from services.licensing.read_models.seats import query as seats
from services.licensing.read_models.team import groups, query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.hierarchy import with_reports
from services.licensing.read_models.team.projection import TeamProjection
from services.licensing.read_models.team.sorting import order_of
from shared.core.settings import ServiceSettings
from shared.postgres.database import SESSION_SETTINGS, Pool
from shared.postgres.row_security import within
from shared.service import open_pool
from tests.bench.admin import Admin
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_most, p95
from tests.bench.team_views import FIELD, View, members, views
from tests.stack import TestStack

PAGE = 100
DEEP = 25
"""Pages of 1,000 until the one that is looked at."""
TEAM_MS, SEATS_MS = 60, 10
LEAST_LOOKS = 20
"""At each view: of fewer the 95th percentile is but the slowest."""
POOLS = 20
"""Methodologies of which users have seats, each one of two."""
_CHUNK = 5_000

Look = Callable[[View], Awaitable[float]]


async def fill(url: str, company: UUID, users: int) -> None:
    """Puts them there by the projection; their mails were delivered, but for each seventh."""
    async with asyncpg.create_pool(url, min_size=1, max_size=1, server_settings=SESSION_SETTINGS) as pool:
        events = list(members(company, users))
        async with pool.acquire() as conn:
            for start in range(0, users, _CHUNK):
                await TeamProjection().apply(conn, events[start : start + _CHUNK])
            await conn.execute(_DELIVERED, company)
            for table in ("users", "deliveries"):
                await conn.execute(f"VACUUM ANALYZE {table}")


_DELIVERED = """
INSERT INTO deliveries (invitation_id, company_id, state, at)
SELECT invitation_id, company_id, CASE n % 7 WHEN 0 THEN 'failed' ELSE 'sent' END, now()
FROM (SELECT *, row_number() OVER () AS n FROM users WHERE company_id = $1 AND invitation_id IS NOT NULL) u
WHERE n % 7 < 6
"""


async def seat(url: str, company: UUID) -> None:
    """Gives everybody seats, and the pools what that comes to."""
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(_SEATED, company, POOLS)
        await conn.execute(_POOLED, company)
        await conn.execute("VACUUM ANALYZE users")
    finally:
        await conn.close()


_SEATED = """
UPDATE users
SET methodologies = jsonb_build_object('m-' || n % $2::int, 'reserved', 'm-' || (n + 1) % $2::int, 'consumed')
FROM (SELECT user_id AS id, row_number() OVER () AS n FROM users WHERE company_id = $1) numbered WHERE user_id = id
"""
_POOLED = """
UPDATE companies SET pools = (
    SELECT jsonb_object_agg(key, jsonb_build_object('reserved', reserved, 'consumed', consumed)) FROM (
        SELECT key, count(*) FILTER (WHERE value = 'reserved') AS reserved,
               count(*) FILTER (WHERE value = 'consumed') AS consumed
        FROM users, jsonb_each_text(methodologies) WHERE company_id = $1 GROUP BY key) counted)
WHERE company_id = $1
"""


def pages(admin: Admin) -> list[View]:
    """The second page, and one deep in, by some orders."""
    found: list[View] = []
    for sort in ("", "email", "-region,email", "reports_to"):
        first = admin.licensing.get(f"/api/v1/team?limit={PAGE}&sort={sort}").raise_for_status().json()
        cursor = first["next_cursor"]
        found.append(View("page", sort=sort, cursor=cursor))
        for _ in range(DEEP):
            answer = admin.licensing.get("/api/v1/team", params={"limit": 1000, "sort": sort, "cursor": cursor})
            cursor = answer.raise_for_status().json()["next_cursor"] or cursor
        found.append(View("page", sort=sort, cursor=cursor))
    return found


async def ask(pool: Pool, company: UUID, view: View) -> Any:
    """What the service asks the database for a view."""
    wanted, order = Filter(**view.filter).team_filter([FIELD]), order_of(view.sort, [FIELD])
    match view.kind:
        case "seats":
            return await seats.read(pool, company)
        case "group":
            return await groups.groups(pool, company, wanted, view.by, PAGE, view.cursor)
        case "hierarchy":
            level = TeamFilter(reports_to=view.of) if view.of else TeamFilter(blank=["reports_to"])
            found = await query.page(pool, company, level, order, PAGE, view.cursor)
            async with pool.acquire() as conn:
                return await with_reports(conn, company, found.items, view.levels)
        case _:
            return await query.page(pool, company, wanted, order, PAGE, view.cursor)


async def by_query(stack: TestStack, company: UUID, looked_at: Sequence[View], times: int) -> dict[View, list[float]]:
    """Milliseconds of each look at the query."""
    settings = ServiceSettings.model_validate({"database_url": stack.stack.service_database("licensing")})
    found: dict[View, list[float]] = defaultdict(list)
    async with open_pool(settings, "bench") as pool:
        with within(company):
            for _ in range(times + 1):
                for view in looked_at:
                    begun = perf_counter()
                    await ask(pool, company, view)
                    found[view].append((perf_counter() - begun) * 1000)
    return {view: runs[1:] for view, runs in found.items()}


def by_http(admin: Admin, looked_at: Sequence[View], times: int) -> dict[View, list[float]]:
    """Milliseconds of each look over HTTP. The first round is not measured."""
    found: dict[View, list[float]] = defaultdict(list)
    for _ in range(times + 1):
        for view in looked_at:
            begun = perf_counter()
            admin.licensing.get(view.path).raise_for_status()
            found[view].append((perf_counter() - begun) * 1000)
    return {view: runs[1:] for view, runs in found.items()}


def figures(where: str, users: int, found: dict[View, list[float]]) -> Iterator[Figure]:
    """My Team's and seats', each with its slowest view."""
    of_team = {view: runs for view, runs in found.items() if view.kind != "seats"}
    of_each = sorted(((p95(runs), view.name) for view, runs in of_team.items()), reverse=True)
    about = {
        "views": len(of_team),
        "missed_by": sum(ms > TEAM_MS for ms, _ in of_each),
        "slowest": f"{of_each[0][1]}: {of_each[0][0]:.0f} ms",
        "p95_ms": {name: round(ms, 1) for ms, name in of_each[:10]},
    }
    what = f"My Team of {users:,} {where}, the slowest view's 95th percentile"
    yield Figure(what, "ms", [of_each[0][0]], goal=at_most(TEAM_MS, "ms"), about=about)
    of_seats = next(runs for view, runs in found.items() if view.kind == "seats")
    yield Figure(f"seats {where}, 95th percentile", "ms", [p95(of_seats)], goal=at_most(SEATS_MS, "ms"))


def times_as_long(without: dict[View, list[float]], with_pools: dict[View, list[float]]) -> Iterator[Figure]:
    """How much longer pages and seats take where there are pools."""
    for kind in ("page", "seats"):
        views = [view for view in with_pools if view.kind == kind]
        ratios = [p95(with_pools[view]) / p95(without[view]) for view in views]
        yield Figure(f"{kind} with {POOLS} pools by without, 95th percentiles", "times", ratios)


def measure(plan: Plan) -> Iterator[Figure]:
    """One company."""
    users = plan.size(100_000, 3_000)
    with bench_stack(("upload", "licensing")) as stack:
        admin = Admin(stack, users)
        company = UUID(admin.company)
        asyncio.run(fill(stack.stack.database_url("licensing"), company, users))
        looked_at = [*views(company, users), *pages(admin)]
        looks = 3 if plan.smoke else max(plan.times, LEAST_LOOKS)
        over_http = by_http(admin, looked_at, looks)
        at_query = as_a_service(by_query(stack, company, looked_at, looks))
        admin.provision(
            methodologies=[{"id": f"m-{n}", "name": f"Methodology {n}", "purchased": users} for n in range(POOLS)]
        )
        asyncio.run(seat(stack.stack.database_url("licensing"), company))
        with_pools = by_http(admin, [view for view in looked_at if view.kind in ("page", "seats")], looks)
    yield from figures(f"with {POOLS} pools", users, with_pools)
    yield from times_as_long(over_http, with_pools)
    yield from figures("over HTTP", users, over_http)
    yield from figures("at the query", users, at_query)
