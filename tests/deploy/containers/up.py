"""`docker compose up` without an engine: every service of the file in its order, its health asked as the file says.

Ours run from the image's own root; the others as programs of this machine, of the versions that the file pins. Three
differ: Kafka is the development stack's, PostgreSQL another 18, and the mail server the development mailbox.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from deploy.devstack.postgres import binaries
from tests.deploy.containers import servers
from tests.deploy.containers.compose import Service, in_order
from tests.deploy.containers.container import Container, Containers
from tests.deploy.containers.program import Program

_ACCESS = "host all postgres 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
"""As the image of PostgreSQL: whoever comes by the network has a password; but for the tests themselves."""


@dataclass
class Up:
    """What runs. `order`: the services in the order in which they became what others wait for."""

    containers: Containers
    folder: Path
    order: list[str] = field(default_factory=list[str])
    programs: dict[str, Program] = field(default_factory=dict[str, Program])
    ours: dict[str, Container] = field(default_factory=dict[str, Container])

    def start(self) -> None:
        """Everything; what fails says so with its own last lines."""
        for service in in_order():
            (self._run_ours if service.ours else self._run_others)(service)
            self.order.append(service.name)

    def stop(self) -> None:
        """Everything, the last first."""
        for container in reversed(self.ours.values()):
            container.stop()
        for program in reversed(self.programs.values()):
            program.stop()

    def _run_ours(self, service: Service) -> None:
        mounts = {volume["target"]: Path(volume["source"]) for volume in service.volumes}
        container = self.containers.start(service.name, service.arguments, service.environment, mounts)
        if not service.health:
            assert container.program.finish() == 0, container.program.said()
            return
        self.ours[service.name] = container
        # Containers share one network here: which of the services is meant has to be said.
        told = {"USHER_PORT": str(service.given["ports"][0]["target"])}
        container.program.until(lambda: self.containers.inside(service.health, told)[0] == 0, "healthy")

    def _run_others(self, service: Service) -> None:
        begin: dict[str, Callable[[Service], Program]] = {
            "kafka": self._kafka,
            "postgres": self._postgres,
            "mail": self._mail,
            "objects": self._objects,
            "keycloak": self._keycloak,
        }
        program = self.programs[service.name] = begin[service.name](service)
        program.until(lambda: _healthy(service.health), "healthy")
        if service.name == "postgres":
            self._first_start(service)

    def _kafka(self, service: Service) -> Program:
        given = service.environment
        cluster = given.pop("CLUSTER_ID")
        settings = {name.removeprefix("KAFKA_").lower().replace("_", "."): value for name, value in given.items()}
        return servers.kafka(settings, cluster, self.folder / "kafka")

    def _postgres(self, service: Service) -> Program:
        folder = self.folder / "postgres"
        folder.mkdir()
        return servers.postgres(folder, service.environment["POSTGRES_INITDB_ARGS"].split(), _ACCESS)

    def _first_start(self, service: Service) -> None:
        for volume in service.volumes:
            if volume["target"].startswith("/docker-entrypoint-initdb.d/"):
                servers.run_sql(Path(volume["source"]))

    def _mail(self, _: Service) -> Program:
        folder = self.folder / "mail"
        folder.mkdir()
        return servers.mailbox(sys.executable, folder, smtp=1025, pages=8025)

    def _objects(self, service: Service) -> Program:
        data = self.folder / "data"
        for volume in service.volumes:  # a volume is a folder where it is mounted
            (data / Path(volume["target"]).relative_to("/data")).mkdir(parents=True)
        return servers.objects(service.version, service.arguments, service.environment, data)

    def _keycloak(self, service: Service) -> Program:
        realm = Path(service.volumes[0]["source"])
        return servers.keycloak(
            service.version, service.arguments, service.environment, realm, self.folder / "keycloak"
        )


def _healthy(health: list[str]) -> bool:
    """Carries out an image's health command with the program that stands for the image's."""
    match health:
        case ["/opt/kafka/bin/kafka-broker-api-versions.sh", "--bootstrap-server", bootstrap]:
            return servers.kafka_answers(bootstrap)
        case ["/mailpit", "readyz"]:
            return servers.answers("http://127.0.0.1:8025/messages?limit=1")()
        case ["pg_isready", *rest]:
            command = [str(binaries() / "pg_isready"), *rest]
        case _:
            command = health
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
