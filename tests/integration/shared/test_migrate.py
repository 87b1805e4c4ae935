"""Migrations from several places at once, after a death, and those who wait for them."""

import asyncio
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import asyncpg
import psycopg
import pytest
from anyio.from_thread import start_blocking_portal
from psycopg import sql

from deploy.devstack.postgres import in_database
from deploy.operate.schema import migrate, schema_of
from deploy.operate.services import SERVICES
from shared.postgres.row_security import role_of
from shared.postgres.schema import Schema, alone
from tests.patience import PATIENCE
from tests.stack import TestStack

SERVICE = "licensing"
A_DATABASE = "migrated_by_several"

_AS_YOYO_LEAVES_IT = """
CREATE TABLE _yoyo_migration (
    migration_hash VARCHAR(64), migration_id VARCHAR(255), applied_at_utc TIMESTAMP, PRIMARY KEY (migration_hash)
);
CREATE TABLE _yoyo_version (version INT NOT NULL PRIMARY KEY, installed_at_utc TIMESTAMP);
CREATE TABLE _yoyo_log (
    id VARCHAR(36), migration_hash VARCHAR(64), migration_id VARCHAR(255), operation VARCHAR(10),
    username VARCHAR(255), hostname VARCHAR(255), comment VARCHAR(255), created_at_utc TIMESTAMP, PRIMARY KEY (id)
);
CREATE TABLE yoyo_lock (locked INT DEFAULT 1, ctime TIMESTAMP, pid INT NOT NULL, PRIMARY KEY (locked))
"""
"""The tables of yoyo-migrations 9.0, with which schemas were migrated before."""


@pytest.fixture
def empty(stack: TestStack) -> Iterator[str]:
    """A database without any table."""
    with psycopg.connect(stack.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(A_DATABASE)))
    url = in_database(stack.admin_url, A_DATABASE)
    yield url
    stack.drop(url)


def test_migrating_twice_is_the_same_as_once(empty: str) -> None:
    assert migrate(SERVICE, empty)
    assert migrate(SERVICE, empty) == []


def test_a_database_that_yoyo_has_migrated_goes_on_where_it_stood(empty: str) -> None:
    whole = migrate(SERVICE, empty)
    with psycopg.connect(empty) as connection:
        connection.execute("ALTER TABLE deliveries DROP COLUMN reminded_at")
        connection.execute("DROP TABLE _yoyo_migration")
        for statement in _AS_YOYO_LEAVES_IT.split(";"):
            connection.execute(statement)
        for id_ in whole[:-1]:
            row = (sha256(id_.encode()).hexdigest(), id_)
            connection.execute("INSERT INTO _yoyo_migration VALUES (%s, %s, now() AT TIME ZONE 'UTC')", row)
        # What a migration that was killed left behind.
        connection.execute("INSERT INTO yoyo_lock (locked, ctime, pid) VALUES (1, now(), 1)")
    assert migrate(SERVICE, empty) == whole[-1:] == ["0114.reminded"]
    with psycopg.connect(empty) as connection:
        rows = connection.execute("SELECT migration_hash, migration_id FROM _yoyo_migration").fetchall()
        assert rows == [(sha256(id_.encode()).hexdigest(), id_) for id_ in whole]
    assert lacking(SERVICE, empty) is None


def test_of_a_migration_that_fails_nothing_stays_and_what_stood_before_it_does(empty: str, tmp_path: Path) -> None:
    (tmp_path / "0101.good.sql").write_text("CREATE TABLE good (id int)")
    (tmp_path / "0102.bad.sql").write_text("-- depends: 0101.good\nCREATE TABLE bad (id int); SELECT 1 / 0")
    (tmp_path / "0103.after.sql").write_text("CREATE TABLE after (id int)")
    with pytest.raises(asyncpg.DivisionByZeroError):
        asyncio.run(Schema(SERVICE, tmp_path).migrate(empty))
    with psycopg.connect(empty) as connection:
        tables = "SELECT tablename FROM pg_tables WHERE tablename IN ('good', 'bad', 'after')"
        assert connection.execute(tables).fetchall() == [("good",)]
    (tmp_path / "0102.bad.sql").write_text("-- depends: 0101.good\nCREATE TABLE bad (id int); SELECT 1 / 1")
    assert asyncio.run(Schema(SERVICE, tmp_path).migrate(empty)) == ["0102.bad", "0103.after"]


def test_who_migrates_waits_for_another_however_long_and_then_has_nothing_to_do(empty: str) -> None:
    done: list[list[str]] = []
    with somebody_migrates(empty):
        second = Thread(daemon=True, target=lambda: done.append(migrate(SERVICE, empty)))
        second.start()
        wait_for_a_waiting_lock(empty)
        assert done == []
    second.join(PATIENCE)
    assert done and done[0]


def test_a_service_waits_until_its_schema_is_there_and_may_be_read(stack: TestStack, empty: str) -> None:
    as_service, said = stack.as_service(empty, SERVICE), list[str]()
    assert (reason := lacking(SERVICE, as_service)) and "no schema" in reason
    wait = schema_of(SERVICE).wait
    waiting = Thread(daemon=True, target=lambda: asyncio.run(wait(as_service, said.append, pause=0.05)))
    waiting.start()
    migrate(SERVICE, empty)
    waiting.join(PATIENCE)
    assert not waiting.is_alive()
    assert lacking(SERVICE, as_service) is None


def test_what_is_waited_for_is_said(stack: TestStack, empty: str) -> None:
    migrate(SERVICE, empty)
    as_service = stack.as_service(empty, SERVICE)
    with psycopg.connect(empty) as connection:
        connection.execute("DELETE FROM _yoyo_migration WHERE migration_id LIKE '0001%%'")
    assert (reason := lacking(SERVICE, as_service)) and "0001" in reason


def test_a_table_that_the_service_may_not_read_yet_is_waited_for(stack: TestStack, empty: str) -> None:
    migrate(SERVICE, empty)
    with psycopg.connect(empty) as connection:
        connection.execute(sql.SQL("REVOKE SELECT ON events FROM {}").format(sql.Identifier(role_of(SERVICE))))
    assert (reason := lacking(SERVICE, stack.as_service(empty, SERVICE))) and "events" in reason


def test_a_database_that_is_away_is_waited_for() -> None:
    assert (reason := lacking(SERVICE, "postgresql://127.0.0.1:1/nowhere")) and "cannot be reached" in reason


def test_afterwards_nobody_connects_but_the_service_and_the_owner(stack: TestStack, empty: str) -> None:
    others = [name for name in SERVICES if name != SERVICE]
    for role in (*others, *map(role_of, others)):
        with psycopg.connect(as_role(empty, role)):
            pass
    migrate(SERVICE, empty)
    for role in (*others, *map(role_of, others)):
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(as_role(empty, role))
    with psycopg.connect(stack.as_service(empty, SERVICE)):
        pass


def lacking(service: str, url: str) -> str | None:
    return asyncio.run(schema_of(service).lacking(url))


def as_role(url: str, role: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=f"{role}@{parts.hostname}:{parts.port}").geturl()


@contextmanager
def somebody_migrates(url: str) -> Generator[None]:
    """As a migration of another pod, which is not done yet."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(alone(url)):
        yield


def wait_for_a_waiting_lock(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(1_000_000):
            if connection.execute("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").fetchone():
                return
    raise AssertionError("nobody waits")
