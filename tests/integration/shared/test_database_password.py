"""A password that is kept in a file is read anew with each connection: so it is replaced without a restart."""

import asyncio
import stat
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from urllib.parse import urlencode, urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest

from shared.core.settings import PostgresSettings
from shared.postgres.database import Pool, connect
from shared.service import open_pool
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


class SignIn:
    """A role whose password the server asks for, and the file that services read it from."""

    def __init__(self, admin: Pool, name: str, file: Path) -> None:
        self.admin, self.name, self.file = admin, name, file

    async def let_in(self, password: str) -> None:
        """The server takes this one from now on."""
        await self.admin.execute(f"ALTER ROLE {self.name} PASSWORD '{password}'")

    def write(self, password: str) -> None:
        """It stands in the file from now on."""
        self.file.write_text(f"*:*:*:{self.name}:{password}\n")
        self.file.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.fixture
async def sign_in(pool: Pool, tmp_path: Path) -> AsyncGenerator[SignIn]:
    name = f"turning_{uuid4().hex[:8]}"
    rule, rules = f"host all {name} 127.0.0.1/32 scram-sha-256\n", Path(await pool.fetchval("SHOW hba_file"))
    await pool.execute(f"CREATE ROLE {name} LOGIN")
    _rewrite(rules, lambda text: rule + text)
    await _reload(pool)
    yield SignIn(pool, name, tmp_path / "pgpass")
    _rewrite(rules, lambda text: text.replace(rule, ""))
    await _reload(pool)
    await pool.execute(f"DROP ROLE {name}")


def _rewrite(rules: Path, change: Callable[[str], str]) -> None:
    rules.write_text(change(rules.read_text()))


async def _reload(pool: Pool) -> None:
    """Returns when the server goes by its files as they are now."""
    before = await pool.fetchval("SELECT pg_conf_load_time()")
    await pool.execute("SELECT pg_reload_conf()")
    for _ in range(PATIENCE * 20):
        if await pool.fetchval("SELECT pg_conf_load_time()") > before:
            return
        await asyncio.sleep(0.05)
    raise TimeoutError("the server did not read its files")


async def test_a_password_in_a_file_is_replaced_while_a_service_runs(sign_in: SignIn, database: str) -> None:
    parts = urlsplit(database)
    place = f"{sign_in.name}@{parts.hostname}:{parts.port}"
    query = urlencode({"passfile": str(sign_in.file)})
    url = urlunsplit((parts.scheme, place, parts.path, query, ""))
    await sign_in.let_in("the first one")
    sign_in.write("the first one")
    async with open_pool(PostgresSettings.model_validate({"database_url": url}), "upload") as pool:
        async with pool.acquire() as kept:
            assert await kept.fetchval("SELECT current_user") == sign_in.name
            await sign_in.let_in("the second one")
            assert await kept.fetchval("SELECT 1") == 1, "what is connected stays so"
            with pytest.raises(asyncpg.InvalidPasswordError):
                await pool.acquire()
            sign_in.write("the second one")
            async with pool.acquire() as another:
                assert await another.fetchval("SELECT current_user") == sign_in.name
        direct = await connect(url)
        assert await direct.fetchval("SELECT current_user") == sign_in.name
        await direct.close()
