"""A whole stack: one tree of resources. What stands on nothing starts first, side by side; services come last."""

import asyncio
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import IO, Any, Self

import asyncpg
from aiokafka.errors import KafkaError

from deploy.devstack import checks, endpoints, kafka, keys, parts
from deploy.devstack.kafka import Kafka
from deploy.devstack.options import BOUNCE_DOMAIN, HOST, Options
from deploy.devstack.ports import HeldPorts, PortLost, listening_elsewhere, named
from deploy.devstack.postgres import Postgres, create_databases, in_database
from deploy.devstack.process import Command, prefixed
from deploy.devstack.replication import Replication, servers
from deploy.devstack.supervisor import Part, Ready, start_again
from deploy.operate import topic_creation
from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES


class Stack:
    """Starts everything, keeps it running, writes endpoints.json when it is ready and after each restart."""

    ready_seconds = 60.0
    """How long each part may take."""

    def __init__(self, options: Options, write: Callable[[str], None] = print, held: HeldPorts | None = None) -> None:
        """held: its ports, where they were chosen for it and are held already; it lets go of them when it stops."""
        self.options = options
        self._held = held
        self.postgres = servers(options)[0]
        self._write = write
        self._replication: Replication | None = None
        self._parts: dict[str, Part] = {}
        self._claim: IO[str] | None = None
        self._complete = False

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.stop()

    async def start(self) -> None:
        """Returns when everything is ready. Raises CommandError, PortLost among them; `stop` is due then too."""
        data = self.options.data
        self._claim = checks.claim(data)
        endpoints.remove(data)  # of a stack that was killed
        checks.check_disk(data)
        self._held = self._held or HeldPorts.take(self.options.ports.base, self.options.ports_used())
        await _together(self._start_kafka(), self._start_postgres(), self._start_mailbox(), self._start_issuer())
        environment = self.service_environment()
        await _together(*(self._start_service(*one, environment) for one in self.options.processes()))
        self._complete = True
        self.write_endpoints()

    async def stop(self) -> None:
        """Stops services first, then what they stand on; takes endpoints.json away."""
        self._complete = False
        if self._claim:
            endpoints.remove(self.options.data)
        services = [part for name, part in self._parts.items() if name.split("-")[0] in SERVICES]
        for group in (services, [part for part in self._parts.values() if part not in services]):
            await asyncio.gather(*(part.stop() for part in group))
        self._parts.clear()
        if self._held:
            self._held.close()
            self._held = None
        if self._claim:
            self._claim.close()
            self._claim = None

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka is."""
        return self.options.kafka_bootstrap

    @property
    def primary(self) -> Postgres:
        """The server that takes writes."""
        return self._replication.primary if self._replication else self.postgres

    @property
    def admin_url(self) -> str:
        """Postgres, as somebody who may create databases, on whichever server takes writes."""
        return self.options.overrides.postgres or self.postgres.admin_url

    def database_url(self, service: str) -> str:
        """A service's own database, as its owner."""
        replaced = self.options.overrides.postgres
        return in_database(replaced, service) if replaced else self.postgres.url(service)

    def service_database(self, service: str) -> str:
        """A service's own database, as the role that the service signs in as."""
        return self.database_url(service) if self.options.overrides.postgres else self.postgres.service_url(service)

    @property
    def issuer_url(self) -> str:
        """Whose tokens the services believe."""
        return self.options.overrides.issuer or parts.http(self.options.ports.issuer)

    def service_environment(self) -> dict[str, str]:
        """What every service is told, but for its own database and port."""
        ports, replaced = self.options.ports, self.options.overrides
        blobs = self.options.data / "blobs"
        blobs.mkdir(parents=True, exist_ok=True)
        return {
            "USHER_KAFKA_BOOTSTRAP_SERVERS": self.kafka_bootstrap,
            "USHER_SMTP_URL": replaced.smtp or f"smtp://{HOST}:{ports.smtp}",
            "USHER_OIDC_ISSUER": self.issuer_url,
            "USHER_BLOB_URL": replaced.blobs or f"file://{blobs}",
            "USHER_PUBLIC_URL": parts.http(ports.service("upload")),
            **{f"USHER_{name.upper()}_URL": parts.http(ports.service(name)) for name in SERVICES},
            "USHER_SCIM_URL": parts.http(ports.service("licensing")) + "/scim/v2",
            "USHER_PERMISSIONS_FROM": self.options.permissions_from,
            **keys.load(self.options.data),
        }

    def endpoints(self) -> dict[str, Any]:
        """What endpoints.json says: where the parts are. A service of several processes lists all under `processes`."""
        ports, replaced = self.options.ports, self.options.overrides
        found: dict[str, Any] = {}
        for name, number, port in self.options.processes():
            one = {"url": parts.http(port), "pid": self._pid(_label(name, number))}
            if number == 1:
                found[name] = {**one}
            else:
                first = {"url": found[name]["url"], "pid": found[name]["pid"]}
                found[name].setdefault("processes", [first]).append(one)
        databases = {name: self.database_url(name) for name in SERVICES}
        found["kafka"] = {"bootstrap": self.kafka_bootstrap, "pid": self._pid("kafka")}
        found["postgres"] = {**databases, "pid": self._pid(self.primary.node.name)}
        if not replaced.smtp:
            found["smtp"] = {"host": HOST, "port": ports.smtp}
            found["mailbox"] = {"url": parts.http(ports.mailbox)}
        found["issuer"] = {"url": self.issuer_url}
        return found

    @property
    def pids(self) -> dict[str, int]:
        """Each part's process that runs now, by its name."""
        return {name: part.pid for name, part in self._parts.items()}

    def write_endpoints(self) -> None:
        """Once everything is ready, and after each restart."""
        if self._complete:
            endpoints.write(self.options.data, self.endpoints())

    def _pid(self, name: str) -> int | None:
        return self._parts[name].pid if name in self._parts else None

    async def _start(self, command: Command, ready: Ready, *ports: int, ended: Ready = start_again) -> None:
        """Starts a part that listens on these ports. Raises CommandError."""
        part = Part(command, ready, self.write_endpoints, ended, self._write, self.ready_seconds)
        self._parts[command.name] = part
        try:
            await part.start()
        except CommandError as error:
            if lost := [port for port in ports if listening_elsewhere(port)]:
                raise PortLost(
                    f"{command.name} could not start, because another program took its port in the meantime: "
                    f"{named(lost, self.options.ports_used())}. Start again, or on other ports with --ports BASE."
                ) from error
            raise

    async def _start_kafka(self) -> None:
        if not self.options.overrides.kafka:
            await _together(*(self._start_broker(broker) for broker in self.brokers()))
        try:
            await topic_creation.create_topics(
                {"bootstrap_servers": self.kafka_bootstrap, "client_id": "usher-dev", "security_protocol": "PLAINTEXT"},
                replication=min(kafka.SAFE, self.options.brokers),
            )
        except KafkaError as error:
            raise CommandError(f"Kafka at {self.kafka_bootstrap} does not let topics be made: {error}") from error

    def brokers(self) -> list[Kafka]:
        """Kafka's brokers, where they are of this stack. Raises CommandError."""
        return kafka.cluster(self.options)

    async def _start_broker(self, broker: Kafka) -> None:
        command = await asyncio.to_thread(broker.prepare)
        await self._start(command, broker.ready, broker.node.port, broker.node.controller)

    async def _start_postgres(self) -> None:
        if not self.options.overrides.postgres:
            await self._start_servers()
        try:
            await create_databases(self.admin_url, owned=not self.options.overrides.postgres)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            raise CommandError(f"Postgres does not let the services' databases be made: {error}") from error
        await asyncio.to_thread(_migrate, {name: self.database_url(name) for name in self.options.services})

    async def _start_servers(self) -> None:
        if not self.options.standbys:
            await self._start_server(self.postgres, start_again)
            return
        all_of_them = servers(self.options)
        self._replication = Replication(
            all_of_them, self._start_server, self._say, synchronous=self.options.synchronous
        )
        await self._replication.start()

    async def _start_server(self, server: Postgres, ended: Ready) -> None:
        command = await asyncio.to_thread(server.prepare)
        await self._start(command, server.ready, server.node.port, ended=ended)
        self.write_endpoints()

    def _say(self, text: str) -> None:
        self._write(prefixed("stack", text))

    async def _start_mailbox(self) -> None:
        if not self.options.overrides.smtp:
            url = f"{parts.http(self.options.ports.mailbox)}/messages?limit=1"
            ports = self.options.ports
            await self._start(parts.mailbox(self.options), parts.answers(url), ports.smtp, ports.mailbox)

    async def _start_issuer(self) -> None:
        if not self.options.overrides.issuer:
            url = f"{self.issuer_url}/.well-known/openid-configuration"
            await self._start(parts.issuer(self.options), parts.answers(url), self.options.ports.issuer)

    async def _start_service(self, name: str, number: int, port: int, environment: dict[str, str]) -> None:
        own = {**environment, "USHER_DATABASE_URL": self.service_database(name)}
        if name == "notification" and not self.options.overrides.smtp:
            own["USHER_BOUNCE_DOMAIN"] = self.options.overrides.bounce_domain or BOUNCE_DOMAIN
            if number == 1:  # of several processes on one machine, one can listen
                own["USHER_LMTP_PORT"] = str(self.options.lmtp_port)
        await self._start(parts.service(name, number, port, own), parts.answers(f"{parts.http(port)}/readyz"), port)


def _label(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


def _migrate(databases: dict[str, str]) -> None:
    from deploy.operate.schema import migrate

    for name, url in databases.items():
        migrate(name, url)


async def _together(*work: Coroutine[Any, Any, None]) -> None:
    """Side by side; the first failure ends the others and is raised as it is."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
