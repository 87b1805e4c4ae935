"""How much of a company is read for what a directory asks a thousand times, by the plans that Postgres makes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.licensing.read_models.scim_users import query, table
from services.licensing.read_models.scim_users.filter import condition
from services.licensing.read_models.scim_users.table import ScimRow
from services.licensing.read_models.team.projection import TeamProjection
from services.licensing.read_models.team.query import Statement
from shared.postgres.database import SESSION_SETTINGS, Connection
from tests.integration.licensing.test_plans_of_queries import anyio_backend as anyio_backend
from tests.integration.licensing.test_plans_of_queries import people, plan_of, user
from tests.integration.licensing.world import Licensing
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

USERS = 3_000
FIRST = 100_000
RESOURCE = UUID(int=5_000_000 + FIRST + 7)
FEW = 100


@dataclass
class Spy:
    """A connection that remembers what it was asked."""

    conn: Connection
    asked: list[Statement] = field(default_factory=list[Statement])

    async def fetch(self, sql: str, *values: Any) -> Any:
        self.asked.append(Statement(sql, values))
        return await self.conn.fetch(sql, *values)

    async def fetchrow(self, sql: str, *values: Any) -> Any:
        self.asked.append(Statement(sql, values))
        return await self.conn.fetchrow(sql, *values)

    async def fetchval(self, sql: str, *values: Any) -> Any:
        self.asked.append(Statement(sql, values))
        return await self.conn.fetchval(sql, *values)


@pytest.fixture(scope="module")
async def synced(
    stack: TestStack, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str
) -> AsyncIterator[tuple[Licensing, UUID]]:
    """A company whose directory knows everybody by an externalId, and says of each that they report to somebody of whom
    nobody has heard."""
    url = stack.postgres_url("licensing")
    async with asyncpg.create_pool(url, min_size=1, max_size=8, server_settings=SESSION_SETTINGS) as pool:
        licensing = Licensing.on(pool, url, str(tmp_path_factory.mktemp("blobs")))
        company, now = await licensing.company(USERS), datetime.now(UTC)
        async with pool.acquire() as conn:
            events = list(people(company, USERS, first=FIRST))
            await TeamProjection().apply(conn, events)
            for n in range(FIRST, FIRST + USERS):
                row = ScimRow(
                    UUID(int=5_000_000 + n), company, user(n), now, now, f"00u{n}", f"employee-{n % 50}", version=1
                )
                await table.put(conn, row)
            await conn.execute("VACUUM ANALYZE users")
            await conn.execute("VACUUM ANALYZE scim_users")
        yield licensing, company
    stack.drop(url)


async def rows_read(licensing: Licensing, company: UUID, look: Callable[[Any], Awaitable[Any]]) -> tuple[Any, float]:
    """What a look comes to, and how many rows its scans and joins gave or threw away."""
    async with licensing.pool.acquire() as conn:
        spy = Spy(conn)
        found = await look(spy)
    total = 0.0
    for statement in spy.asked:
        for node in await plan_of(licensing, statement, company):
            removed = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
            total += (node["Actual Rows"] + removed) * node["Actual Loops"]
    return found, total


@pytest.mark.parametrize(
    "text", ['userName eq "{}"', 'emails[type eq "work" and value eq "{}"]', 'active eq true and userName eq "{}"']
)
async def test_who_is_looked_for_by_their_address_is_found_by_it(synced: tuple[Licensing, UUID], text: str) -> None:
    licensing, company = synced
    asked = condition(text.format(f"User{FIRST + 7}@acme.example"), {})
    page, read = await rows_read(licensing, company, lambda conn: query.page(conn, company, asked, None, 0, 100))
    assert (page.total, [each.user_id for each in page.items]) == (1, [user(FIRST + 7)])
    assert read < FEW


async def test_who_is_looked_for_by_their_external_id_is_found_by_it(synced: tuple[Licensing, UUID]) -> None:
    licensing, company = synced
    asked = condition(f'externalId eq "00u{FIRST + 7}"', {})
    page, read = await rows_read(licensing, company, lambda conn: query.page(conn, company, asked, None, 0, 100))
    assert [each.user_id for each in page.items] == [user(FIRST + 7)]
    assert read < FEW


async def test_a_resource_is_read_by_its_id(synced: tuple[Licensing, UUID]) -> None:
    licensing, company = synced
    found, read = await rows_read(licensing, company, lambda conn: query.one(conn, company, RESOURCE))
    assert found.user_id == user(FIRST + 7)
    assert read < FEW


@pytest.mark.parametrize(
    "name",
    [str(RESOURCE).upper(), str(user(FIRST + 7)), f"00u{FIRST + 7}", f"user{FIRST + 7}@acme.example"],
    ids=["id of the resource", "id of the user", "externalId", "address"],
)
async def test_a_manager_is_found_by_any_name(synced: tuple[Licensing, UUID], name: str) -> None:
    licensing, company = synced
    found, read = await rows_read(licensing, company, lambda conn: query.manager_of(conn, company, name, name))
    assert found == user(FIRST + 7)
    assert read < FEW


async def test_managers_who_never_come_are_not_looked_for_among_everybody(synced: tuple[Licensing, UUID]) -> None:
    licensing, company = synced
    found, read = await rows_read(licensing, company, table.companies_to_settle)
    assert found == []
    assert read < 20 * USERS
    found, read = await rows_read(licensing, company, lambda conn: table.settleable(conn, company, 100))
    assert found == []
    assert read < 20 * USERS


@pytest.mark.parametrize("by", ["address", "externalId", "id", "id of the user", "ID"])
async def test_a_manager_who_has_come_is_seen(licensing: Licensing, by: str) -> None:
    company, now = await licensing.company(10), datetime.now(UTC)
    boss, report, resource = user(1), user(2), UUID(int=0xABCDEF)
    name = {
        "address": "user1@acme.example",
        "externalId": "00u1",
        "id": str(resource),
        "id of the user": str(boss),
        "ID": str(resource).upper(),
    }[by]
    async with licensing.pool.acquire() as conn:
        await TeamProjection().apply(conn, list(people(company, 2, first=1)))
        if by != "id of the user":
            await table.put(conn, ScimRow(resource, company, boss, now, now, "00u1", version=1))
        await table.put(conn, ScimRow(report, company, report, now, now, None, name, version=1))
        assert await table.companies_to_settle(conn) == [company]
        assert [row.user_id for row in await table.settleable(conn, company, 10)] == [report]
