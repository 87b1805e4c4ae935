"""docker-compose.yml by podman-compose. Images of others are under their names here, made of what packages have."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.checkout import ROOT
from deploy.devstack.postgres import binaries
from tests.deploy.containers import tools
from tests.deploy.containers.base import CACHE
from tests.deploy.containers.compose import services
from tests.deploy.pods import images
from tests.deploy.pods.machine import Machine

_SOURCES = Path(__file__).with_name("compose")
_STORE = "/opt/store"
_QUIET = ("env", "PODMAN_IGNORE_CGROUPSV1_WARNING=1")
_COMPOSE = (*_QUIET, "python3", "/opt/podman-compose/podman_compose.py", "--file=/opt/checkout/docker-compose.yml")
_PATIENCE = 900.0
_STORAGE = f"""\
[storage]
driver = "overlay"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
[storage.options]
additionalimagestores = ["{_STORE}/storage"]
"""
"""Images are read where they were built."""


def build_mounts() -> dict[str, Path]:
    """What a machine has to see that builds the images, beside what `images.builder` shows it."""
    keycloak = tools.keycloak(services()["keycloak"].version)
    return {"/opt/keycloak": keycloak, "/opt/server": binaries().parents[2], **_mounts()}


def build(machine: Machine) -> None:
    """The images of others, and ours as the file says that it is built. Raises AssertionError with the tool's words."""
    further = {"java": "/opt/java", "keycloak": "/opt/keycloak", "postgres": "/opt/server"}
    for sources in sorted(_SOURCES.iterdir()):
        images.build_one(machine, sources, _whole(services()[sources.name].image), further)
    given = " ".join((*images.GIVEN, *images.trust(machine)))
    machine.run(*_COMPOSE, f"--podman-build-args={given}", "build", "upload")


def mounts() -> dict[str, Path]:
    """What a machine has to see that runs them."""
    return {"/opt/checkout": ROOT, _STORE: CACHE / "pod-images", **_mounts()}


def _mounts() -> dict[str, Path]:
    return {"/opt/podman-compose": tools.podman_compose()}


def _whole(image: str) -> str:
    """A short name as engines read it."""
    host, _, rest = image.partition("/")
    if rest and "." in host:
        return image
    return f"docker.io/{image}" if rest else f"docker.io/library/{image}"


@dataclass(frozen=True)
class Composed:
    """What runs in a machine."""

    machine: Machine

    def up(self) -> None:
        """podman-compose up: what others' images are of until it is healthy, then ours until services are healthy and
        tasks have ended. Raises AssertionError with what podman says of each."""
        self.machine.file("/etc/containers/storage.conf", _STORAGE)
        others = [name for name, service in services().items() if not service.ours]
        self._up(others, others)
        self._up([], list(services()))

    def down(self) -> str:
        """podman-compose down. What it said."""
        return self.machine.run(*_COMPOSE, "down")

    def states(self) -> dict[str, str]:
        """What podman says of each container, by the name of its service; of one that is not made yet, nothing."""
        found = json.loads(self.machine.run(*_QUIET, "podman", "ps", "--all", "--format=json"))
        said = {one["Labels"]["com.docker.compose.service"]: one["Status"] for one in found}
        return {name: said.get(name, "") for name in services()}

    def _up(self, named: Sequence[str], expected: Sequence[str]) -> None:
        said = self.machine.run(*_COMPOSE, "up", "--detach", "--no-deps", *named)
        end = time.monotonic() + _PATIENCE
        while not all(_came(name, self.states()[name]) for name in expected):
            assert time.monotonic() < end, f"not everything came up:\n{said}\n{self.states()}"
            self._ask_for_health()

    def _ask_for_health(self) -> None:
        """Podman leaves that to timers of systemd, which is not there."""
        asked = "for one in $(podman ps --quiet); do podman healthcheck run $one; done; sleep 1"
        self.machine.run(*_QUIET, "sh", "-c", asked)


def _came(name: str, state: str) -> bool:
    return "(healthy)" in state if services()[name].health else state.startswith("Exited (0)")
