"""The development stack as the tests' fixture: the same tree of resources, in a thread of its own."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from anyio.from_thread import BlockingPortal, start_blocking_portal
from psycopg import sql

from deploy.devstack.issuer.people import Person
from deploy.devstack.issuer.tokens import access_token, load_key
from deploy.devstack.options import Options
from deploy.devstack.ports import HeldPorts, PortLost
from deploy.devstack.postgres import Postgres, in_database
from deploy.devstack.stack import Stack
from deploy.operate.schema import schema_of
from deploy.operate.services import SERVICES
from shared.postgres.row_security import role_of
from shared.postgres.schema import Schema

Told = Mapping[int, Mapping[str, str]]


class TestStack:
    """A stack that runs, as tests use it. `postgres_url` makes a fresh database each time. `lines`: its log so far."""

    __test__ = False

    def __init__(self, stack: Stack, lines: Sequence[str] = ()) -> None:
        self.stack = stack
        self.lines = lines
        self.data = stack.options.data
        self.kafka_bootstrap = stack.kafka_bootstrap
        self.admin_url = stack.admin_url
        self._templates: dict[str, str] = {}

    def postgres_url(self, name: str = "mechanism") -> str:
        """A new database with a service's schema, or with the mechanism's alone, for one test."""
        database = f"{name}_{uuid4().hex[:10]}"
        # Copied file by file: a template is small, and nothing else writes much that had to be flushed before.
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", database, self._template(name))
        return in_database(self.admin_url, database)

    def as_service(self, url: str, service: str) -> str:
        """That database as the service signs in to it: row security holds there, as it does in production."""
        parts = urlsplit(url)
        return parts._replace(netloc=f"{role_of(service)}@{parts.hostname}:{parts.port}").geturl()

    def drop(self, url: str) -> None:
        """Takes a test's database away, whoever is still connected."""
        self._execute("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(url).path.removeprefix("/"))

    def token(
        self, company: str | None, email: str, *permissions: str, platform: bool = False, expires_in: int = 3600
    ) -> str:
        """An access token of this stack's issuer."""
        person = Person(email, company, permissions=permissions, platform=platform)
        return access_token(load_key(self.data), person, self.stack.issuer_url, expires_in)

    @property
    def endpoints(self) -> dict[str, Any]:
        """As endpoints.json has them, now."""
        return self.stack.endpoints()

    def pids(self, service: str) -> list[int]:
        """A service's processes, now."""
        found = self.endpoints[service]
        return [int(one["pid"]) for one in found.get("processes", [found])]

    def url(self, part: str) -> str:
        """Where a part answers."""
        return str(self.endpoints[part]["url"])

    def _template(self, name: str) -> str:
        if name not in self._templates:
            template = f"template_{name}"
            self._execute("CREATE DATABASE {}", template)
            url = in_database(self.admin_url, template)
            migrate(schema_of(name) if name in SERVICES else Schema(name), url)
            self._templates[name] = template
        return self._templates[name]

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # pyright: ignore[reportArgumentType]


def migrate(schema: Schema, url: str) -> list[str]:
    """Brings a database up to date, in a loop of its own: whoever asks may run in another one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(schema.migrate(url))).result()


class _Told(Stack):
    """The development stack, with more in its services' environment: in that of all, and by a process' number."""

    ready_seconds = 300.0
    """Of eight services that start side by side on a busy machine."""

    def __init__(
        self, options: Options, write: Callable[[str], None], held: HeldPorts, told: Told, *, fsync: bool
    ) -> None:
        super().__init__(options, write, held)
        self._told = told
        if not fsync:
            self.postgres = Postgres(options.data, options.ports, {"fsync": "off"})

    async def _start_service(self, name: str, number: int, port: int, environment: dict[str, str]) -> None:
        more = {**self._told.get(0, {}), **self._told.get(number, {})}
        await super()._start_service(name, number, port, {**environment, **more})


@contextmanager
def started(
    services: tuple[str, ...], replicas: int = 1, told: Told | None = None, *, fsync: bool = True
) -> Generator[TestStack]:
    """A stack on free ports and an empty data directory, with these services, `replicas` of each. told: variables for
    the first, second … process of each service, under 0 for all. Without `fsync` Postgres outlives any process that is
    killed, but no machine that is, and waits for no disk. The end of its log is printed at the end, which pytest shows
    where a test failed."""
    data = Path(tempfile.mkdtemp(prefix="usher-test-"))
    lines: list[str] = []

    def made(held: HeldPorts) -> Stack:
        options = Options.create(data, held.base, dict.fromkeys(services, replicas), services)
        return _Told(options, lines.append, held, told or {}, fsync=fsync)

    try:
        with start_blocking_portal() as portal, on_free_ports(portal, made) as stack:
            yield TestStack(stack, lines)
    finally:
        if lines:
            print("\n".join(lines[-200:]))
        shutil.rmtree(data, ignore_errors=True)


@contextmanager
def on_free_ports(portal: BlockingPortal, made: Callable[[HeldPorts], Stack], tries: int = 3) -> Generator[Stack]:
    """A stack that runs, made for ports that are held for it. Where another program takes one of them in the meantime,
    it is made anew for others, `tries` times in all. Raises CommandError."""
    with ExitStack() as entered:
        stack = made(HeldPorts.choose())
        try:
            entered.enter_context(portal.wrap_async_context_manager(stack))
        except PortLost:
            if tries == 1:
                raise
            stack = entered.enter_context(on_free_ports(portal, made, tries - 1))
        yield stack
