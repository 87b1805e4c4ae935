"""The image, built by buildah in a machine of its own: the base under its name, and deploy/Dockerfile as it stands."""

import os
import resource
from collections.abc import Generator
from contextlib import contextmanager

from deploy.checkout import ROOT
from tests.deploy.containers.base import CACHE, alone, base_root
from tests.deploy.containers.dockerfile import AUTHORITY, instructions
from tests.deploy.pods.machine import Machine, started

DOCKERFILE = "deploy/Dockerfile"
USHER = "localhost/usher:tested"
_INSIDE = "/etc/ssl/certs/ca-certificates.crt"
_LIMITS = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
"""As they are here: by itself buildah asks for more, and is refused where that is a right."""
_BUILD = (
    *("buildah", "build", "--pull=never", "--layers", "--format=docker"),
    *("--network=host", "--isolation=chroot"),
    *(f"--ulimit={name}={most}:{most}" for name, kind in _LIMITS.items() for most in resource.getrlimit(kind)[1:]),
)


def base_name() -> str:
    """What the Dockerfile calls its base."""
    told = dict(rest.split("=", 1) for name, rest in instructions(ROOT / DOCKERFILE) if name == "ARG" and "=" in rest)
    return told["PYTHON"]


@contextmanager
def builder() -> Generator[Machine]:
    """A machine that builds: it sees what images are made of, and this machine's network, for the package index."""
    with alone():
        mounts = {
            "/opt/checkout": ROOT,
            "/opt/base": base_root(),
            "/opt/authority.crt": AUTHORITY,
        }
    with started("shared", CACHE / "pod-images", mounts) as machine:
        yield machine


def build(machine: Machine) -> None:
    """Usher's own image, on the base. Raises AssertionError with buildah's words."""
    _base(machine)
    _usher(machine)


def _base(machine: Machine) -> None:
    """The base as debootstrap made it, under the name that the Dockerfile asks for."""
    name = base_name()
    there = machine.run("buildah", "images", "--format", "{{.Name}}:{{.Tag}}").split()
    if any(one.endswith(f"/{name}") for one in there):
        return
    started_from = machine.run("buildah", "from", "scratch").strip()
    machine.run("buildah", "add", "--quiet", started_from, "/opt/base", "/")
    path = "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"
    machine.run("buildah", "config", "--env", f"PATH={path}", "--cmd", "python3", started_from)
    machine.run("buildah", "commit", "--quiet", "--rm", started_from, name)


def _usher(machine: Machine) -> None:
    arguments = ("--build-arg", "REVISION=tested", *_trust(machine))
    machine.run(*_BUILD, *arguments, "-f", f"/opt/checkout/{DOCKERFILE}", "-t", USHER, "/opt/checkout")


def _trust(machine: Machine) -> list[str]:
    """Whom this machine trusts, and where it finds packages: its own affair, which no image keeps."""
    mounted = ["--volume", f"/opt/authority.crt:{_INSIDE}:ro"]
    if index := os.environ.get("PIP_INDEX_URL"):
        machine.file("/opt/pip.conf", f"[global]\nindex-url = {index}\n")
        mounted += ["--volume", "/opt/pip.conf:/etc/pip.conf:ro"]
    return mounted
