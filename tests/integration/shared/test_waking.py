"""Who waits for a change is woken after its commit, by a transaction of its own."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from shared.core.settings import PostgresSettings
from shared.postgres.database import Pool, connect
from shared.postgres.wakeups import wake
from shared.service import open_pool
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio

CHANNEL = "changed"


@pytest.fixture
async def service_pool(database: str) -> AsyncGenerator[Pool]:
    async with open_pool(PostgresSettings.model_validate({"database_url": database}), "upload") as opened:
        yield opened


@pytest.fixture
async def heard(database: str) -> AsyncGenerator[asyncio.Queue[tuple[str, int]]]:
    """What is said on the channel, and how many notes there are at that moment."""
    said = asyncio.Queue[tuple[str, int]]()
    looking, one_at_a_time = await connect(database), asyncio.Lock()
    await looking.execute("CREATE TABLE notes (note text)")
    listening = await connect(database)

    async def look(payload: str) -> None:
        async with one_at_a_time:
            said.put_nowait((payload, await looking.fetchval("SELECT count(*) FROM notes")))

    looks = set[asyncio.Task[None]]()

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        looks.add(asyncio.ensure_future(look(str(payload))))

    await listening.add_listener(CHANNEL, hear)
    yield said
    await listening.close()
    await asyncio.gather(*looks)
    await looking.close()


async def test_each_is_said_once_when_the_connection_is_given_back_and_the_change_is_there(
    service_pool: Pool, heard: asyncio.Queue[tuple[str, int]]
) -> None:
    async with service_pool.acquire() as conn:
        async with conn.transaction():
            await conn.execute("INSERT INTO notes VALUES ('one')")
            await wake(conn, CHANNEL, ["a", "b"])
            await wake(conn, CHANNEL, ["a"])
        await conn.execute("SELECT pg_sleep(0)")
        assert heard.empty()
    assert [await _next(heard), await _next(heard)] == [("a", 1), ("b", 1)]
    async with service_pool.acquire() as conn:
        await conn.execute("INSERT INTO notes VALUES ('two')")
    async with service_pool.acquire() as conn:
        await wake(conn, CHANNEL, ["end"])
    assert await _next(heard) == ("end", 2), "what was said is not said again"


async def test_another_connection_says_it_with_its_transaction(
    database: str, heard: asyncio.Queue[tuple[str, int]]
) -> None:
    own = await connect(database)
    async with own.transaction():
        await own.execute("INSERT INTO notes VALUES ('one')")
        await wake(own, CHANNEL)
    assert await _next(heard) == ("", 1)
    await own.close()


async def test_a_server_that_goes_away_after_the_commit_takes_the_hint_along_and_nothing_else(
    service_pool: Pool, database: str, heard: asyncio.Queue[tuple[str, int]]
) -> None:
    async with service_pool.acquire() as conn:
        await conn.execute("INSERT INTO notes VALUES ('one')")
        await wake(conn, CHANNEL)
        other = await connect(database)
        await other.execute("SELECT pg_terminate_backend($1, 10000)", conn.get_server_pid())
        await other.close()
    async with service_pool.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM notes") == 1
        await wake(conn, CHANNEL, ["later"])
    assert await _next(heard) == ("later", 1)


async def test_a_commit_to_the_log_says_nothing_within_its_transaction(database: str) -> None:
    """Else it would hold what all commits with a NOTIFY in the server wait for."""
    own = await connect(database)
    source = await own.fetchval("SELECT prosrc FROM pg_proc WHERE proname = 'usher_place_commit'")
    await own.close()
    assert "commits" in source
    assert "notify" not in source.casefold()


async def _next(heard: asyncio.Queue[tuple[str, int]]) -> tuple[str, int]:
    return await asyncio.wait_for(heard.get(), PATIENCE)
