"""Brings a service's schema up to date: plain SQL files, the mechanism's first, then the service's own."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import psycopg
from psycopg import sql
from yoyo import get_backend, read_migrations

from shared.postgres.row_security import role_of

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("upload", "validation", "licensing", "notification")

_LOCK = 0x7573686572  # "usher": one migration at a time in a database
_KEEP_ALIVE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


def migrate(service: str, url: str) -> list[str]:
    """Applies what is missing, each file in a transaction of its own. From several places at once it is done once: the
    others wait. Returns the ids of what was applied. Raises ValueError for a service that does not exist."""
    migrations = _migrations(service)
    with alone(url):
        backend = get_backend(urlsplit(_kept_alive(url))._replace(scheme="postgresql+psycopg").geturl())
        try:
            missing = backend.to_apply(migrations)
            backend.apply_migrations(missing)
            _let_in(url, role_of(service))
            return [migration.id for migration in missing]
        finally:
            backend.connection.close()


@contextmanager
def alone(url: str) -> Generator[None]:
    """One migration at a time: a lock that ends with its connection.

    yoyo's own lock is a row. A process that was killed leaves it behind, and every later one would be refused.
    """
    with psycopg.connect(_kept_alive(url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
        if connection.execute("SELECT 1 WHERE to_regclass('yoyo_lock') IS NOT NULL").fetchone():
            connection.execute("DELETE FROM yoyo_lock")
        yield


def wait(service: str, url: str, say: Callable[[str], None], pause: float = 2) -> None:
    """Returns when another process has brought the schema up to date, and let in the role that `url` signs in as.
    Says what it waits for, whenever that is something else. pause: seconds between two looks. Changes nothing."""
    last = ""
    while reason := lacking(service, url):
        if reason != last:
            say(reason)
        last = reason
        time.sleep(pause)


def lacking(service: str, url: str) -> str | None:
    """What keeps a service of this version from working with the database, as a sentence; None when nothing does.
    Raises ValueError for a service that does not exist."""
    known = {migration.id for migration in _migrations(service)}
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            applied = {row[0] for row in connection.execute("SELECT migration_id FROM _yoyo_migration").fetchall()}
            shut = [row[0] for row in connection.execute(_NOT_READABLE).fetchall()]
    except psycopg.OperationalError:
        return f"{service}'s database cannot be reached, or does not let this user in."
    except (psycopg.errors.UndefinedTable, psycopg.errors.InsufficientPrivilege):
        return f"{service}'s database has no schema yet that this user may read."
    if missing := sorted(known - applied):
        return f"{service}'s schema is older than this version: it lacks {', '.join(missing)}."
    if shut:
        return f"{service}'s tables cannot be read yet by this user: {', '.join(shut)}."
    return None


_NOT_READABLE = """
    SELECT tablename FROM pg_tables
    WHERE schemaname = 'public' AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')
    ORDER BY 1
"""


def _migrations(service: str) -> Any:
    if service not in SERVICES:
        raise ValueError(f"There is no service {service!r}. The services are: {', '.join(SERVICES)}.")
    sources = [Path(__file__).parent / "migrations", ROOT / "services" / service / "migrations"]
    return read_migrations(*map(str, sources))


def _kept_alive(url: str) -> str:
    """A node that dies in the middle of a migration must not hold its locks for the two hours of a usual keep-alive."""
    parts = urlsplit(url)
    query = {"options": _KEEP_ALIVE, **dict(parse_qsl(parts.query))}
    return parts._replace(query=urlencode(query, quote_via=quote)).geturl()


def _let_in(url: str, role: str) -> None:
    """Lets the service's role read and write all tables, where the deployment has made such a role; then that role and
    the owner alone may connect: PostgreSQL lets everybody into a new database."""
    with psycopg.connect(url) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone():
            database = sql.Identifier(connection.info.dbname)
            for grant in _GRANTS:
                connection.execute(sql.SQL(grant).format(role=sql.Identifier(role), database=database))


_GRANTS: tuple[LiteralString, ...] = (
    "GRANT USAGE ON SCHEMA public TO {role}",
    "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
    "GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {role}",
    "GRANT CONNECT ON DATABASE {database} TO {role}",
    "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC",
)
