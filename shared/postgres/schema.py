"""Schema migrations: plain SQL files in order, each in a transaction of its own, under one advisory lock.

What was applied stands in `_yoyo_migration`, the table of the tool that did this before: its name and form stay, since
installed databases have it.
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import asyncpg

from shared.postgres.database import Connection
from shared.postgres.hosts import connect_to_any
from shared.postgres.row_security import role_of

MECHANISM = Path(__file__).parent / "migrations"
"""What every service's schema begins with."""
_LOCK = 0x7573686572  # "usher": one migration at a time in a database
_SETTINGS = {
    "application_name": "usher migrate",
    # A node that dies in the middle of a migration must not hold its locks for the two hours of a usual keep-alive.
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}
_CONNECT_SECONDS = 10
_DEPENDS = re.compile(r"^--\s*depends:(.*)$", re.MULTILINE)


class Unreachable(Exception):
    """The database cannot be reached, or does not let this user in. The message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `id`: its name without `.sql`, for ever."""

    id: str
    sql: str

    @property
    def depends(self) -> frozenset[str]:
        """What it says that it builds upon (`-- depends: 0001.event-log 0002.inbox`)."""
        return frozenset(id_ for line in _DEPENDS.findall(self.sql) for id_ in line.split())


def read_migrations(*folders: Path) -> list[Migration]:
    """The SQL files of these folders, folder by folder and by name. Raises ValueError where one stands before what it
    depends on, or two have the same name."""
    found = [Migration(path.stem, path.read_text()) for folder in folders for path in sorted(folder.glob("*.sql"))]
    before: set[str] = set()
    for migration in found:
        if lost := sorted(migration.depends - before):
            raise ValueError(
                f"The migration {migration.id} depends on {', '.join(lost)}, which does not stand before it."
            )
        if migration.id in before:
            raise ValueError(f"There are two migrations {migration.id}.")
        before.add(migration.id)
    return found


class Schema:
    """The schema of one service: the mechanism's migrations, then those in the service's own `folder`."""

    def __init__(self, service: str, folder: Path | None = None) -> None:
        self._service = service
        self._migrations = read_migrations(MECHANISM, *([] if folder is None else [folder]))

    async def migrate(self, url: str) -> list[str]:
        """Applies what is missing, as the tables' owner, and lets the service's role in. From several places at once it
        is done once: the others wait. Returns the ids of what was applied. Raises Unreachable."""
        async with alone(url) as connection:
            await connection.execute(_APPLIED_TABLE)
            missing = self._missing(await _applied(connection))
            for migration in missing:
                await _apply(connection, migration)
            await _let_in(connection, role_of(self._service))
            return [migration.id for migration in missing]

    async def wait(self, url: str, say: Callable[[str], None], pause: float = 2) -> None:
        """Returns when another process has brought the schema up to date, and let in the role that `url` signs in as.
        Says what it waits for, whenever that is something else. pause: seconds between two looks. Changes nothing."""
        last = ""
        while reason := await self.lacking(url):
            if reason != last:
                say(reason)
            last = reason
            await asyncio.sleep(pause)

    async def lacking(self, url: str) -> str | None:
        """What keeps a service of this version from working with the database, as a sentence; None where nothing does.

        Raises nothing for a database that is away: that is a reason, too.
        """
        name = self._service
        try:
            async with _connected(url) as connection:
                missing = self._missing(await _applied(connection))
                shut = [row["tablename"] for row in await connection.fetch(_NOT_READABLE)]
        except Unreachable:
            return f"{name}'s database cannot be reached, or does not let this user in."
        except (asyncpg.UndefinedTableError, asyncpg.InsufficientPrivilegeError):
            return f"{name}'s database has no schema yet that this user may read."
        if missing:
            return f"{name}'s schema is older than this version: it lacks {', '.join(each.id for each in missing)}."
        if shut:
            return f"{name}'s tables cannot be read yet by this user: {', '.join(shut)}."
        return None

    def _missing(self, applied: frozenset[str]) -> Sequence[Migration]:
        return [migration for migration in self._migrations if migration.id not in applied]


@asynccontextmanager
async def alone(url: str) -> AsyncGenerator[Connection]:
    """The only connection that migrates this database: others wait, however long, for a lock that ends with it. Raises
    Unreachable."""
    async with _connected(url) as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        yield connection


@asynccontextmanager
async def _connected(url: str) -> AsyncGenerator[Connection]:
    try:
        connection: Connection = await connect_to_any(url, timeout=_CONNECT_SECONDS, server_settings=_SETTINGS)
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise Unreachable((str(error) or type(error).__name__).partition("\n")[0]) from error
    try:
        yield connection
    finally:
        await connection.close(timeout=5)


async def _applied(connection: Connection) -> frozenset[str]:
    return frozenset(row["migration_id"] for row in await connection.fetch("SELECT migration_id FROM _yoyo_migration"))


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(migration.sql)
        await connection.execute(_MARK, sha256(migration.id.encode()).hexdigest(), migration.id)


async def _let_in(connection: Connection, role: str) -> None:
    """Lets the service's role read and write all tables, where the deployment has made such a role; then that role and
    the owner alone may connect: PostgreSQL lets everybody into a new database."""
    names = await connection.fetchrow(_NAMES, role)
    if names is not None:
        async with connection.transaction():
            for grant in _GRANTS:
                await connection.execute(grant.format(**names))


_APPLIED_TABLE = """
CREATE TABLE IF NOT EXISTS _yoyo_migration (
    migration_hash varchar(64) PRIMARY KEY, migration_id varchar(255), applied_at_utc timestamp
)
"""

_MARK = "INSERT INTO _yoyo_migration VALUES ($1, $2, clock_timestamp() AT TIME ZONE 'UTC')"

_NOT_READABLE = """
SELECT tablename FROM pg_tables
WHERE schemaname = 'public' AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
ORDER BY 1
"""

_NAMES = """
SELECT quote_ident(rolname) AS role, quote_ident(current_database()) AS database FROM pg_roles WHERE rolname = $1
"""

_GRANTS = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
)
