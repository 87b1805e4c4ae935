"""The second wall, asked as the services ask it: a session sees the rows of the company that it is set to."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import asyncpg
import pytest
import uuid_utils.compat as uuids

from shared.database import Pool
from shared.service import open_pool
from shared.settings import ServiceSettings
from shared.tenancy import NOBODY, within
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

ONE, OTHER = UUID(int=1, version=4), UUID(int=2, version=4)
WALLED = {
    "licensing": {"companies": "company_id", "users": "company_id", "deliveries": "company_id"},
    "upload": {
        **{"companies": "id", "batches": "company_id", "deliveries": "company_id"},
        "web_columns": "company_id",
    },
}
OUTSIDE = {
    "licensing": {"addresses", "invitations", "jobs", "job_turns"},
    "upload": {"jobs", "job_turns", "places"},
}
"""Tables with a company in them that are outside on purpose (shared/tenancy.py, the migrations say why)."""
EVENT = """
INSERT INTO events (stream, version, commit_id, index, id, type, data, company_id, correlation_id, traceparent, at)
VALUES ($1, 1, nextval('commit_ids'), 0, $2, 'note.v1', '{}', $3, 'test', '00', now())
"""


@pytest.fixture(params=list(WALLED))
async def service(request: pytest.FixtureRequest, stack: TestStack) -> AsyncIterator[tuple[str, Pool]]:
    """A service's name and its pool, as the service itself opens it; two companies have an event each."""
    name: str = request.param
    url = stack.postgres_url(name)
    settings = ServiceSettings.model_validate({"database_url": stack.as_service(url, name), "database_connections": 2})
    async with open_pool(settings, name) as pool:
        for company in (ONE, OTHER):
            await pool.execute(EVENT, f"note-{company}", uuids.uuid7(), company)
        yield name, pool
    stack.drop(url)


async def companies(pool: Pool) -> set[UUID]:
    """Whose events a query sees that names no company."""
    return {row["company_id"] for row in await pool.fetch("SELECT company_id FROM events")}


async def test_a_query_that_forgets_the_company_sees_one_all_the_same(service: tuple[str, Pool]) -> None:
    _, pool = service
    assert await companies(pool) == {ONE, OTHER}, "machinery works for everybody"
    for company in (ONE, OTHER):
        with within(company):
            assert await companies(pool) == {company}
    with within(NOBODY):
        assert await companies(pool) == set()


async def test_nobody_writes_or_changes_another_companys_rows(service: tuple[str, Pool]) -> None:
    _, pool = service
    with within(ONE):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await pool.execute(EVENT, "note-new", uuids.uuid7(), OTHER)
        assert await pool.execute("UPDATE events SET type = 'forged.v1' WHERE company_id = $1", OTHER) == "UPDATE 0"
        assert await pool.execute("DELETE FROM events") == "DELETE 1"
    assert await companies(pool) == {OTHER}


async def test_tasks_side_by_side_share_connections_and_no_rows(service: tuple[str, Pool]) -> None:
    _, pool = service

    async def look(company: UUID) -> bool:
        with within(company):
            return await companies(pool) == {company}

    assert all(await asyncio.gather(*(look((ONE, OTHER)[n % 2]) for n in range(40))))


async def test_the_services_role_owns_nothing_and_every_table_of_companies_is_walled(
    service: tuple[str, Pool],
) -> None:
    name, pool = service
    assert not await pool.fetchval(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    )
    assert await pool.fetchval("SELECT count(*) FROM pg_tables WHERE tableowner = current_user") == 0
    rows = await pool.fetch(
        "SELECT table_name::text, row_security_active(table_name::text) AS walled FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'company_id'"
    )
    walled = {row["table_name"] for row in rows if row["walled"]}
    assert walled >= {"events", "idempotency"} | {t for t, column in WALLED[name].items() if column == "company_id"}
    assert {row["table_name"] for row in rows} - walled <= OUTSIDE[name]
    for table in WALLED[name]:
        assert await pool.fetchval("SELECT row_security_active($1)", table), table
