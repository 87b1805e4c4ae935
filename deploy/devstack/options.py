"""What a stack is started with: where it keeps its data, its ports, what the environment replaces."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from deploy.operate.errors import CommandError
from deploy.operate.services import SERVICES

HOST = "127.0.0.1"
BOUNCE_DOMAIN = "bounces.usher.example"
"""Of the addresses that invitations of a development stack come back to."""


@dataclass(frozen=True)
class KafkaNode:
    """A broker that is a controller too: its number from 1, and the ports of both."""

    number: int
    port: int
    controller: int

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"{HOST}:{self.port}"

    @property
    def name(self) -> str:
        """As a part of a stack."""
        return "kafka" if self.number == 1 else f"kafka-{self.number}"


@dataclass(frozen=True)
class PostgresNode:
    """A database server: its number from 1, and its port."""

    number: int
    port: int

    @property
    def address(self) -> str:
        """Where clients reach it."""
        return f"{HOST}:{self.port}"

    @property
    def name(self) -> str:
        """As a part of a stack."""
        return "postgres" if self.number == 1 else f"postgres-{self.number}"


@dataclass(frozen=True)
class Ports:
    """Every port of a stack, counted from the first: the services in the order of SERVICES, then the other parts."""

    base: int

    def service(self, name: str) -> int:
        """The port of a service's first process."""
        return self.base + SERVICES.index(name)

    @property
    def kafka(self) -> int:
        return self.base + 4

    @property
    def kafka_controller(self) -> int:
        return self.base + 5

    @property
    def postgres(self) -> int:
        return self.base + 6

    @property
    def smtp(self) -> int:
        return self.base + 7

    @property
    def mailbox(self) -> int:
        return self.base + 8

    @property
    def issuer(self) -> int:
        return self.base + 9

    @property
    def lmtp(self) -> int:
        """Where notification takes what comes back."""
        return self.base + 10

    @property
    def first_replica(self) -> int:
        """From here on: second and further processes of a service, then second and further brokers, then standbys."""
        return self.base + 11


@dataclass(frozen=True)
class Overrides:
    """The parts that the environment replaces: what is set is used, and the embedded part is not started."""

    kafka: str | None = None
    postgres: str | None = None
    smtp: str | None = None
    issuer: str | None = None
    blobs: str | None = None
    bounce_domain: str | None = None
    lmtp: int | None = None
    """The port to which the embedded mailbox sends back, and at which notification takes that in."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """From the same variables that a service reads; an empty one counts as not set."""
        return cls(
            kafka=environment.get("USHER_KAFKA_BOOTSTRAP_SERVERS") or None,
            postgres=environment.get("USHER_DATABASE_URL") or None,
            smtp=environment.get("USHER_SMTP_URL") or None,
            issuer=environment.get("USHER_OIDC_ISSUER") or None,
            blobs=environment.get("USHER_BLOB_URL") or None,
            bounce_domain=environment.get("USHER_BOUNCE_DOMAIN") or None,
            lmtp=_port("USHER_LMTP_PORT", environment),
        )


def _port(name: str, environment: Mapping[str, str]) -> int | None:
    given = environment.get(name) or None
    if given is not None and not given.isdecimal():
        raise CommandError(f"{name} is {given!r}. It is the number of a port, such as 8024.")
    return int(given) if given else None


@dataclass(frozen=True)
class Options:
    """One stack. `services` is empty where only what they stand on is wanted (the integration tests)."""

    data: Path
    ports: Ports
    services: tuple[str, ...] = SERVICES
    replicas: Mapping[str, int] = field(default_factory=dict[str, int])
    overrides: Overrides = Overrides()
    permissions_from: Literal["token", "directory"] = "token"
    brokers: int = 1
    standbys: int = 0
    synchronous: bool = True
    """Whether a commit waits until a standby has it too."""

    @classmethod
    def create(
        cls,
        data: Path,
        base: int,
        replicas: Mapping[str, int] | None = None,
        services: tuple[str, ...] = SERVICES,
    ) -> Self:
        """Options with a resolved data directory and what this process' environment replaces."""
        return cls(data.expanduser().resolve(), Ports(base), services, replicas or {}, Overrides.read(os.environ))

    def processes(self) -> list[tuple[str, int, int]]:
        """Each process of a service: its service, its number from 1, its port. First processes first."""
        first = [(name, 1, self.ports.service(name)) for name in self.services]
        more = [(name, number) for name in self.services for number in range(2, self.replicas.get(name, 1) + 1)]
        return first + [(name, number, self.ports.first_replica + i) for i, (name, number) in enumerate(more)]

    def kafka_nodes(self) -> tuple[KafkaNode, ...]:
        """Each broker of the cluster."""
        further = range(self._behind_replicas, self._behind_brokers, 2)
        return (
            KafkaNode(1, self.ports.kafka, self.ports.kafka_controller),
            *(KafkaNode(number, port, port + 1) for number, port in enumerate(further, 2)),
        )

    def postgres_nodes(self) -> tuple[PostgresNode, ...]:
        """Each database server. Which of them takes writes changes: see `Replication`."""
        further = range(self._behind_brokers, self._behind_brokers + self.standbys)
        return (
            PostgresNode(1, self.ports.postgres),
            *(PostgresNode(number, port) for number, port in enumerate(further, 2)),
        )

    @property
    def _behind_replicas(self) -> int:
        return self.ports.first_replica + sum(max(0, count - 1) for count in self.replicas.values())

    @property
    def _behind_brokers(self) -> int:
        return self._behind_replicas + 2 * (self.brokers - 1)

    @property
    def kafka_bootstrap(self) -> str:
        """Where Kafka is: all its brokers, each of which says where the others are."""
        return self.overrides.kafka or ",".join(node.address for node in self.kafka_nodes())

    @property
    def lmtp_port(self) -> int:
        """Where notification takes in mails that come back, and the mailbox sends them."""
        return self.overrides.lmtp or self.ports.lmtp

    def ports_used(self) -> dict[int, str]:
        """Every port that this stack listens on, and for what."""
        used = {port: f"{name} {number}" if number > 1 else name for name, number, port in self.processes()}
        if not self.overrides.kafka:
            for node in self.kafka_nodes():
                number = f" {node.number}" if node.number > 1 else ""
                used |= {node.port: f"Kafka{number}", node.controller: f"Kafka's controller{number}"}
        if not self.overrides.postgres:
            for server in self.postgres_nodes():
                used[server.port] = "Postgres" if server.number == 1 else f"Postgres {server.number}"
        if not self.overrides.smtp:
            used |= {self.ports.smtp: "the SMTP sink", self.ports.mailbox: "the mailbox"}
            if "notification" in self.services:
                used[self.lmtp_port] = "mails that come back"
        if not self.overrides.issuer:
            used[self.ports.issuer] = "the issuer"
        return used
