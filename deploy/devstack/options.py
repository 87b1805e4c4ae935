"""What a stack is started with: where it keeps its data, its ports, what the environment replaces."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Self

from deploy.operate.services import SERVICES

HOST = "127.0.0.1"
BOUNCE_DOMAIN = "bounces.usher.example"
"""Of the addresses that invitations of a development stack come back to."""


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
        """From here on: second and further processes of a service."""
        return self.base + 11


@dataclass(frozen=True)
class Overrides:
    """The parts that the environment replaces: what is set is used, and the embedded part is not started."""

    kafka: str | None = None
    postgres: str | None = None
    smtp: str | None = None
    issuer: str | None = None
    blobs: str | None = None

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """From the same variables that a service reads; an empty one counts as not set."""
        return cls(
            kafka=environment.get("USHER_KAFKA_BOOTSTRAP_SERVERS") or None,
            postgres=environment.get("USHER_DATABASE_URL") or None,
            smtp=environment.get("USHER_SMTP_URL") or None,
            issuer=environment.get("USHER_OIDC_ISSUER") or None,
            blobs=environment.get("USHER_BLOB_URL") or None,
        )


@dataclass(frozen=True)
class Options:
    """One stack. `services` is empty where only what they stand on is wanted (the integration tests)."""

    data: Path
    ports: Ports
    services: tuple[str, ...] = SERVICES
    replicas: Mapping[str, int] = field(default_factory=dict[str, int])
    overrides: Overrides = Overrides()
    permissions_from: Literal["token", "directory"] = "token"

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

    def ports_used(self) -> dict[int, str]:
        """Every port that this stack listens on, and for what."""
        used = {port: f"{name} {number}" if number > 1 else name for name, number, port in self.processes()}
        if not self.overrides.kafka:
            used |= {self.ports.kafka: "Kafka", self.ports.kafka_controller: "Kafka's controller"}
        if not self.overrides.postgres:
            used[self.ports.postgres] = "Postgres"
        if not self.overrides.smtp:
            used |= {self.ports.smtp: "the SMTP sink", self.ports.mailbox: "the mailbox"}
            if "notification" in self.services:
                used[self.ports.lmtp] = "mails that come back"
        if not self.overrides.issuer:
            used[self.ports.issuer] = "the issuer"
        return used
