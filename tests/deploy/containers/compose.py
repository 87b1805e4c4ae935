"""The compose file as `docker compose` reads it, and its services carried out without an engine."""

import json
import subprocess
from dataclasses import dataclass
from functools import cache
from typing import Any

from deploy.checkout import ROOT
from tests.deploy.containers import tools

FILE = ROOT / "docker-compose.yml"
IMAGE = "usher:development"


@dataclass(frozen=True)
class Service:
    """One service with everything that anchors and defaults bring in."""

    name: str
    given: dict[str, Any]

    @property
    def image(self) -> str:
        return str(self.given["image"])

    @property
    def version(self) -> str:
        """The image's tag."""
        return self.image.rpartition(":")[2]

    @property
    def ours(self) -> bool:
        """Whether the image is the one that this repository builds."""
        return self.image == IMAGE

    @property
    def arguments(self) -> list[str]:
        return list(self.given.get("command") or ())

    @property
    def environment(self) -> dict[str, str]:
        return {name: str(value) for name, value in self.given.get("environment", {}).items()}

    @property
    def after(self) -> dict[str, str]:
        """Each service that it waits for, and what for."""
        waits: dict[str, dict[str, str]] = self.given.get("depends_on", {})
        return {name: how["condition"] for name, how in waits.items()}

    @property
    def health(self) -> list[str]:
        """Its health command, empty where there is none."""
        check: dict[str, list[str]] = self.given.get("healthcheck", {})
        match check.get("test", []):
            case ["CMD", *command]:
                return command
            case ["CMD-SHELL", line]:
                return ["/bin/sh", "-c", line]
            case _:
                return []

    @property
    def volumes(self) -> list[dict[str, Any]]:
        return list(self.given.get("volumes") or ())


@cache
def services() -> dict[str, Service]:
    """Every service by its name: checked against the specification's schema and for consistency by its own loader."""
    command = (str(tools.compose_config()), "-format", "json", str(FILE))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {name: Service(name, given) for name, given in json.loads(done.stdout)["services"].items()}


def in_order() -> list[Service]:
    """Each after those that it waits for."""
    ordered: dict[str, Service] = {}

    def place(service: Service) -> None:
        for name in service.after:
            place(services()[name])
        ordered[service.name] = service

    for each in services().values():
        place(each)
    return list(ordered.values())
