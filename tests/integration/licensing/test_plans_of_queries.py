"""How My Team is read among 20,000 users of two companies, by the plans that Postgres makes."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from itertools import product
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


def people(company: UUID, count: int, first: int = 0, names: int = 20_011) -> Iterator[Recorded[Any]]:
    """Active users, ten below each manager, with so many last names."""
    for n in range(first, first + count):
        profile = Profile(
            email=f"user{n}@acme.example",
            first_name=f"First{n % 97}",
            last_name=f"Last{n * 7919 % names}",
            functional_area=f"Area {n % 20}",
            title=f"Title {n % 300}",
            region=f"Region {n % 8}",
            reports_to=Manager(user(first + (n - first - 1) // 10), "") if n > first else None,
            custom_fields={FIELD.name: f"CC{n % 400}"},
        )
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
                await TeamProjection().apply(conn, events[start : start + 5_000])
            # A commit that waits for the disk: until one has, what only notified, and so did not wait, keeps VACUUM
            # from calling the rows visible that were committed about the same time.
            await conn.execute("CREATE TABLE flushed ()")
            await conn.execute("VACUUM ANALYZE users")
        yield licensing, company
    stack.drop(url)


async def plan_of(licensing: Licensing, statement: Statement, company: UUID | None = None) -> list[dict[str, Any]]:
    """Every node of the plan, with the rows that it really read. ``company``: whose request it is, where the first
    value of the statement is not that."""
    async with licensing.pool.acquire() as conn, conn.transaction():
        await conn.execute("SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0")
        # As the service asks: row security must not cost an index.
        await conn.execute("SET LOCAL ROLE licensing_service")
        await conn.execute("SELECT set_config('usher.company_id', $1, true)", str(company or statement.values[0]))
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


async def test_searching_reads_the_company_once_and_tells_how_many_there_are(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    rare = TeamFilter(q="USER9999@")
    plan = await plan_of(licensing, query.sifting(company, rare, order_of(""), 101, None))
    assert read(plan) <= USERS + 10, plan
    assert read(await plan_of(licensing, query.counting(company, rare))) <= USERS
    found = await query.page(licensing.pool, company, rare, order_of(""), 100, None)
    assert found.total == len(found.rows) == 1


async def test_everybody_and_each_status_are_counted_without_reading_a_user(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    for statuses in ([], ["active"], ["waiting", "pending_transfer"], list(STATUSES)):
        counting = query.counting(company, Filter.model_validate({"status": statuses}).team_filter([]))
        assert read(await plan_of(licensing, counting)) == 0
        one_by_one = "SELECT count(*) FROM users WHERE company_id = $1 AND (status = ANY ($2) OR cardinality($2) = 0)"
        counted = await licensing.pool.fetchval(one_by_one, company, statuses)
        assert await licensing.pool.fetchval(counting.sql, *counting.values) == counted


async def test_what_many_have_is_found_along_an_order_and_what_few_have_in_one_pass(
    filled: tuple[Licensing, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    licensing, company = filled
    monkeypatch.setattr(query, "WALKED", 1_000)
    region, nobody = TeamFilter(texts={"region": ["region 3"]}), TeamFilter(blank=["first_name"])
    for sort, index in (("", "users_by_name"), ("-email", "users_by_email")):
        plan = await plan_of(licensing, query.walking(company, region, order_of(sort), 101, None))
        assert read(plan) <= 1_000 + 200 and index in {n.get("Index Name") for n in plan}, plan
    plan = await plan_of(licensing, query.sifting(company, nobody, order_of(""), 101, None))
    assert read(plan) <= USERS, plan
    passes = dict[str, int]()

    def counted(kind: str, made: Callable[..., Statement]) -> Callable[..., Statement]:
        def statement(*args: Any) -> Statement:
            passes[kind] = passes.get(kind, 0) + 1
            return made(*args)

        return statement

    for kind in ("walking", "sifting", "counting"):
        monkeypatch.setattr(query, kind, counted(kind, getattr(query, kind)))
    many = await query.page(licensing.pool, company, region, order_of(""), 100, None)
    assert (many.total, len(many.rows), passes) == (USERS // 8, 100, {"walking": 1, "counting": 1})
    passes.clear()
    none = await query.page(licensing.pool, company, nobody, order_of(""), 100, None)
    assert (none.total, none.rows, passes) == (0, [], {"walking": 1, "sifting": 1})


async def test_by_manager_the_managers_are_put_in_order_and_not_their_reports(
    filled: tuple[Licensing, UUID], monkeypatch: pytest.MonkeyPatch
) -> None:
    licensing, company = filled
    for sort in ("reports_to", "-reports_to"):
        order = order_of(sort)
        near = await plan_of(licensing, query.leading(company, order, 101, None, query.NEXT_USERS))
        assert read(near) < 2 * query.WALKED + 2_500, near
        every = query.leading(company, order, 101, None, query.ALL_MANAGERS)
        plan = await plan_of(licensing, every)
        assert read(plan) <= 2 * USERS and "users_by_manager" in {n.get("Index Name") for n in plan}, plan
        assert not [n for n in plan if n["Node Type"] == "Sort" and n["Actual Rows"] > USERS // 5], plan
        async with licensing.pool.acquire() as conn:
            among = [row["manager_id"] for row in await conn.fetch(every.sql, *every.values)]
        page = await plan_of(licensing, query.selection(company, TeamFilter(), order, 101, None, among))
        assert read(page) < 1_000, page


@pytest.mark.parametrize("walked", [3, 2_000])
async def test_pages_are_the_whole_list_however_far_an_index_is_walked(
    licensing: Licensing, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr(query, "WALKED", walked)
    company = await licensing.company(100, custom_fields=(FIELD,))
    events = list(people(company, 60, first=50_000))
    async with licensing.pool.acquire() as conn:
        await TeamProjection().apply(conn, events)
    sorts = (
        "", "-last_name", "email", "last_name,reports_to", "reports_to", "-reports_to", "-reports_to,title",
        "-activated_at", "invited_at,title",
    )  # fmt: skip
    filters = (
        TeamFilter(), TeamFilter(q="last"), TeamFilter(q="user50001"), TeamFilter(texts={"region": ["region 3"]}),
        TeamFilter(blank=["title"]), TeamFilter(blank=["reports_to"]), TeamFilter(statuses=["active"], q="first"),
    )  # fmt: skip
    for wanted, sort in product(filters, sorts):
        order = order_of(sort, [FIELD.name])
        async with licensing.pool.acquire() as conn:
            all_of_it = query.selection(company, wanted, order, None, None)
            whole = [row["user_id"] for row in await conn.fetch(all_of_it.sql, *all_of_it.values)]
        seen, cursor = list[UUID](), None
        while True:
            page = await query.page(licensing.pool, company, wanted, order, 7, cursor)
            assert page.total == len(whole), (wanted, sort)
            seen, cursor = seen + [row["user_id"] for row in page.rows], page.next_cursor
            if cursor is None:
                break
        assert seen == whole, (wanted, sort)


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
    for by in ("reports_to", "functional_area", "custom.Cost Center", "status", "last_name"):
        plan = await plan_of(licensing, groups.grouping(company, TeamFilter(), by, 101, None))
        assert read(plan) < 2 * USERS + 500, (by, plan)
        assert not [n for n in plan if n["Node Type"] == "Sort" and n.get("Sort Space Type") == "Disk"], by
    wanted = TeamFilter(texts={"region": ["region 3"]}, q="last")
    found = await groups.groups(licensing.pool, company, wanted, "functional_area", 3, None)
    assert found.total == 5 and found.items[0].count == 250


async def test_groups_that_an_index_counts_read_no_user_but_those_of_the_page(filled: tuple[Licensing, UUID]) -> None:
    licensing, company = filled
    served = {"last_name": "users_by_name", "reports_to": "users_by_manager", "status": "users_by_status"}
    for by, index in served.items():
        plan = await plan_of(licensing, groups.grouping(company, TeamFilter(), by, 101, None))
        alone = [node for node in plan if node["Node Type"] == "Index Only Scan" and node["Index Name"] == index]
        assert alone and sum(node["Heap Fetches"] for node in alone) == 0, (by, plan)
        others = [node for node in plan if node.get("Relation Name") == "users" and node not in alone]
        assert read(others) < 2_500, (by, plan)
        # Groups by the thousand are counted as they come, and neither kept in a table of their own nor sorted.
        kept = [n for n in plan if n["Node Type"] in ("Sort", "WindowAgg") and n["Actual Rows"] > USERS // 5]
        assert not kept, (by, plan)


@pytest.mark.parametrize("names", [7, 50, 20_011], ids=["many of each", "some of several", "one of each"])
async def test_pages_of_groups_by_last_name_are_all_of_them_in_their_order(licensing: Licensing, names: int) -> None:
    company = await licensing.company(100)
    events = list(people(company, 60, first=60_000, names=names))
    async with licensing.pool.acquire() as conn:
        await TeamProjection().apply(conn, events)
    counts = Counter(recorded.event.after.profile.last_name for recorded in events)
    expected = sorted(counts.items(), key=lambda one: (-one[1], one[0].lower()))
    seen, cursor = list[tuple[str | None, int]](), None
    while True:
        page = await groups.groups(licensing.pool, company, TeamFilter(), "last_name", 4, cursor)
        assert (page.total, page.users) == (len(expected), 60)
        assert all(group.of("active") == group.count for group in page.items)
        seen, cursor = [*seen, *((group.value, group.count) for group in page.items)], page.next_cursor
        if cursor is None:
            break
    assert seen == expected
