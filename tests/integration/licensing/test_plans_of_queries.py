"""How My Team is read among 20,000 users of two companies, by the plans that Postgres makes."""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.licensing.api.filter_body import Filter
from services.licensing.domain.licenses.company_settings import CustomField
from services.licensing.domain.user.events import UserProvisioned
from services.licensing.domain.user.state import Active, Manager, Profile
from services.licensing.read_models.team import groups, query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.projection import TeamProjection
from services.licensing.read_models.team.query import Statement
from services.licensing.read_models.team.sorting import order_of
from shared.eventsourcing.events import Recorded
from shared.people.statuses import STATUSES
from shared.postgres.database import SESSION_SETTINGS
from tests.integration.licensing.world import Licensing, context
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

USERS = 10_000
FIELD = CustomField("Cost Center")


def user(n: int) -> UUID:
    return UUID(int=1_000_000 + n)


def people(company: UUID, count: int, first: int = 0) -> Iterator[Recorded[Any]]:
    """Active users, ten below each manager."""
    for n in range(first, first + count):
        profile = Profile(
            email=f"user{n}@acme.example", first_name=f"First{n % 97}", last_name=f"Last{n * 7919 % 20_011}",
            functional_area=f"Area {n % 20}", title=f"Title {n % 300}", region=f"Region {n % 8}",
            reports_to=Manager(user(first + (n - first - 1) // 10), "") if n > first else None,
            custom_fields={FIELD.name: f"CC{n % 400}"},
        )  # fmt: skip
        active = Active(
            user_id=user(n), company_id=company, profile=profile, invited_at=None, activated_at=datetime.now(UTC)
        )
        yield Recorded(user(n), f"user-{user(n)}", 1, UserProvisioned(active), context(), None)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def filled(
    stack: TestStack, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[tuple[Licensing, UUID]]:
    """A company with so many users, put there by the projection, beside another one as large."""
    url = stack.postgres_url("licensing")
    async with asyncpg.create_pool(url, min_size=1, max_size=8, server_settings=SESSION_SETTINGS) as pool:
        licensing = Licensing.on(pool, url, str(tmp_path_factory.mktemp("blobs")))
        company, other = await licensing.company(USERS, custom_fields=(FIELD,)), await licensing.company(USERS)
        events = [*people(company, USERS), *people(other, USERS, first=USERS)]
        async with pool.acquire() as conn:
            for start in range(0, len(events), 5_000):
                await TeamProjection().apply(conn, events[start : start + 5_000])  # pyright: ignore[reportArgumentType]
            await conn.execute("VACUUM ANALYZE users")
        yield licensing, company
    stack.drop(url)


async def plan_of(licensing: Licensing, statement: Statement) -> list[dict[str, Any]]:
    """Every node of the plan, with the rows that it really read."""
    async with licensing.pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
        # As the service asks: row security must not cost an index.
        await conn.execute("SET LOCAL ROLE licensing_service")
        await conn.execute("SELECT set_config('usher.company_id', $1, true)", str(statement.values[0]))
        explained = await conn.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", *statement.values)
    return list(_nodes(json.loads(explained)[0]["Plan"]))


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("Plans", ()):
        yield from _nodes(child)


def read(plan: list[dict[str, Any]]) -> float:
    """Rows that scans of users gave or threw away."""
    scans = [node for node in plan if node.get("Relation Name") == "users"]
    return sum((n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"] for n in scans)


async def test_each_view_reads_as_little_as_it_can(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    usual, everybody = order_of(""), TeamFilter()
    first = query.selection(company, everybody, usual, 101, None)
    async with licensing.pool.acquire() as conn:
        rows = await conn.fetch(query.selection(company, everybody, usual, USERS // 2, None).sql, company)
    behind = query.selection(company, everybody, usual, 101, usual.cursor(rows[-1]))
    for page in (first, behind):
        plan = await plan_of(licensing, page)
        assert read(plan) < 1_000 and "users_by_name" in {n.get("Index Name") for n in plan}, plan
        assert "Seq Scan" not in {n["Node Type"] for n in plan if n.get("Relation Name") == "users"}

    level = query.selection(company, TeamFilter(reports_to=str(user(7))), usual, 101, None)
    top = query.selection(company, TeamFilter(blank=["reports_to"]), usual, 101, None)
    for page in (level, top):
        plan = await plan_of(licensing, page)
        assert read(plan) < 100 and "users_by_manager" in {n.get("Index Name") for n in plan}, plan

    by_email = query.selection(company, everybody, order_of("email"), 101, None)
    assert read(await plan_of(licensing, by_email)) < 1_000


async def test_searching_and_counting_read_the_company_alone_and_once(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    rare = TeamFilter(q="USER9999@")
    plan = await plan_of(licensing, query.selection(company, rare, order_of(""), 101, None))
    assert read(plan) <= USERS + 10, plan
    assert read(await plan_of(licensing, query.counting(company, rare))) <= USERS


async def test_everybody_and_each_status_are_counted_without_reading_a_user(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    for statuses in ([], ["active"], ["waiting", "pending_transfer"], list(STATUSES)):
        counting = query.counting(company, Filter.model_validate({"status": statuses}).team_filter([]))
        assert read(await plan_of(licensing, counting)) == 0
        one_by_one = "SELECT count(*) FROM users WHERE company_id = $1 AND (status = ANY ($2) OR cardinality($2) = 0)"
        counted = await licensing.pool.fetchval(one_by_one, company, statuses)
        assert await licensing.pool.fetchval(counting.sql, *counting.values) == counted


async def test_what_few_have_is_found_in_one_pass_and_not_along_an_order(
    filled: tuple[Licensing, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    licensing, company = filled
    asked, selection = list[bool](), query.selection

    def selected(*args: Any, few: bool = False) -> Statement:
        asked.append(few)
        return selection(*args, few=few)

    monkeypatch.setattr(query, "selection", selected)
    nobody = TeamFilter(blank=["first_name"])
    plan = await plan_of(licensing, selection(company, nobody, order_of(""), 101, None, few=True))
    assert read(plan) <= USERS and "users_by_name" not in {n.get("Index Name") for n in plan}, plan
    found = await query.page(licensing.pool, company, nobody, order_of(""), 100, None)
    assert (found.total, found.rows) == (0, [])
    region = TeamFilter(texts={"region": ["region 3"]})
    many = await query.page(licensing.pool, company, region, order_of(""), 100, None)
    assert many.total > query.FEW and len(many.rows) == 100
    assert asked == [True, False]


async def test_a_look_is_planned_for_its_own_values_however_often_it_is_asked(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    kept = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = $1"
    async with query.looking(licensing.pool) as look:
        statement = query.counting(company, TeamFilter(q="user9999@"))
        for _ in range(8):
            await look.fetchval(statement.sql, *statement.values)
        assert tuple(await look.fetchrow(kept, statement.sql) or ()) == (0, 8)


async def test_other_orders_sort_keys_and_not_users(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    for sort in ("title", "-region,email", "reports_to", "custom.Cost Center", "-invited_at"):
        order = order_of(sort, [FIELD.name])
        plan = await plan_of(licensing, query.selection(company, TeamFilter(), order, 101, None))
        sorts = [node for node in plan if node["Node Type"] in ("Sort", "Incremental Sort") and node["Actual Rows"] > 0]
        assert any(node.get("Sort Method") == "top-N heapsort" for node in sorts), plan
        assert max(node["Plan Width"] for node in sorts if node.get("Sort Method") == "top-N heapsort") < 120, plan


async def test_groups_are_counted_in_one_pass(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    for by in ("reports_to", "functional_area", "custom.Cost Center", "status"):
        plan = await plan_of(licensing, groups.grouping(company, TeamFilter(), by, 101, None))
        assert read(plan) < 2 * USERS + 500, (by, plan)
        assert not [n for n in plan if n["Node Type"] == "Sort" and n.get("Sort Space Type") == "Disk"], by
    wanted = TeamFilter(texts={"region": ["region 3"]}, q="last")
    found = await groups.groups(licensing.pool, company, wanted, "functional_area", 3, None)
    assert found.total == 5 and found.items[0].count == 250
