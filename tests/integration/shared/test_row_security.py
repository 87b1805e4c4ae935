"""The second wall, asked as the services ask it: a session sees the rows of the company that it is set to."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
import uuid_utils.compat as uuids

from shared.core.settings import ServiceSettings
from shared.postgres.database import Pool
from shared.postgres.row_security import NOBODY, within
from shared.service import open_pool
from tests.stack import TestStack

pytestmark = pytest.mark.anyio

ONE, OTHER = UUID(int=1, version=4), UUID(int=2, version=4)
WALLED = {
    "licensing": {"companies": "company_id", "users": "company_id", "deliveries": "company_id"},
    "upload": {
        **{"companies": "id", "batches": "company_id", "deliveries": "company_id"},
        **{"web_columns": "company_id", "standing": "company_id"},
    },
    "notification": dict.fromkeys(
        (
            *("companies", "mail_jobs", "batch_progress", "standing", "company_plans", "webhooks", "webhook_secrets"),
            *("webhook_queues", "webhook_deliveries", "webhook_replays", "reminders"),
        ),
        "company_id",
    ),
}
MACHINERY = {
    "applied_offsets": "how far a consumer of the directory has come",
    "checkpoints": "how far a projection has come",
    "commits": "positions of commits, for the relay",
    "inbox": "ids of events that were read",
    "orphans": "objects that a transaction that failed may have left",
    "jobs": "taken in turn by company, by workers for all of them",
    "job_turns": "whose turn it is",
    "log_server": "which server wrote the log last",
}
OUTSIDE = {
    "licensing": {
        "addresses": "whose an address is, over all companies",
        "invitations": "found before it is known whose",
    },
    "upload": {
        "places": "how many files a company has on the way",
        "web_sessions": "found before it is known whose",
        "web_sign_ins": "before it is known who",
        "web_selections": "a session's: found by its key, and gone with it",
        "unneeded_objects": "names of objects that nobody needs",
    },
    "validation": {
        "companies": "serves no requests",
        "people": "serves no requests",
    },
    "notification": {
        "imap_folders": "how far folders of mails that came back are read",
    },
}
"""Tables without the wall, each with its reason. docs/security.md has them for people."""
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
    unwalled = await unwalled_tables(pool)
    for table in ("events", "idempotency", "dead_letter", *WALLED[name]):
        assert table not in unwalled


async def unwalled_tables(pool: Pool) -> set[str]:
    """Every table of which a query that names nobody would show this role all rows."""
    found = await pool.fetch(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%yoyo%'"
        " AND NOT row_security_active(format('%I.%I', schemaname, tablename))"
    )
    return {row["name"] for row in found}


@pytest.mark.parametrize("name", list(OUTSIDE))
async def test_a_table_without_the_wall_is_in_the_list_with_its_reason(stack: TestStack, name: str) -> None:
    url = stack.postgres_url(name)
    settings = ServiceSettings.model_validate({"database_url": stack.as_service(url, name), "database_connections": 2})
    async with open_pool(settings, name) as pool:
        unwalled = await unwalled_tables(pool)
    stack.drop(url)
    assert unwalled <= OUTSIDE[name].keys() | MACHINERY.keys(), "wall it, or list it with the reason"
    assert unwalled >= OUTSIDE[name].keys(), "what is walled or gone is in no list"
    page = (Path(__file__).parents[3] / "docs" / "security.md").read_text()
    assert [table for table in sorted(unwalled) if f"`{table}`" not in page] == []


async def test_a_request_sees_no_dead_letters(service: tuple[str, Pool]) -> None:
    _, pool = service
    letter = 'INSERT INTO dead_letter (consumer, stream, topic, partition, "offset", key, value, headers, type, error)'
    await pool.execute(letter + " VALUES ('c', 's', 't', 0, 1, '', '', '[]', 'note.v1', 'failed')")
    assert await pool.fetchval("SELECT count(*) FROM dead_letter") == 1
    with within(ONE):
        assert await pool.fetchval("SELECT count(*) FROM dead_letter") == 0
