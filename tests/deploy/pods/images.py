"""The images that pods run, built by buildah in a machine of their own: the base under its name, deploy/Dockerfile as
it stands, and what stands beside Usher, each on the same base.
"""

import os
import re
import resource
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from deploy.checkout import ROOT
from deploy.devstack.kafka import jars
from tests.deploy.chart import programs
from tests.deploy.containers import tools
from tests.deploy.containers.base import CACHE, alone, base_root
from tests.deploy.containers.compose import services
from tests.deploy.containers.dockerfile import AUTHORITY, instructions
from tests.deploy.pods.machine import Machine, started

DOCKERFILE = "deploy/Dockerfile"
USHER, NEXT = "localhost/usher:tested", "localhost/usher:next"
"""The image, and the same one as a version that comes after it."""
OTHERS = ("pause", "names", "kafka", "postgres", "objects", "doubles")
_SOURCES = Path(__file__).with_name("images")
_INSIDE = "/etc/ssl/certs/ca-certificates.crt"
_LIMITS = {"nofile": resource.RLIMIT_NOFILE, "nproc": resource.RLIMIT_NPROC}
"""As they are here: by itself buildah asks for more, and is refused where that is a right."""
GIVEN = (
    *("--pull=never", "--layers", "--format=docker", "--network=host", "--isolation=chroot"),
    *(f"--ulimit={name}={most}:{most}" for name, kind in _LIMITS.items() for most in resource.getrlimit(kind)[1:]),
)
"""Options of every build: nothing is asked of a registry, and the package index is reached as it is here."""


def name_of(image: str) -> str:
    """By which pods know one of OTHERS."""
    return f"localhost/{image}:tested"


def base_name() -> str:
    """What the Dockerfile calls its base."""
    told = dict(rest.split("=", 1) for name, rest in instructions(ROOT / DOCKERFILE) if name == "ARG" and "=" in rest)
    return told["PYTHON"]


@contextmanager
def builder(further: Mapping[str, Path] | None = None) -> Generator[Machine]:
    """A machine that builds: it sees what images are made of, and this machine's network, for the package index.
    further: what else it sees, by its paths there."""
    with alone():
        mounts = {
            "/opt/checkout": ROOT,
            "/opt/base": base_root(),
            "/opt/java": tools.java_home(),
            "/opt/postgres": tools.postgres(),
            "/opt/authority.crt": AUTHORITY,
            **(further or {}),
        }
    with started("shared", CACHE / "pod-images", mounts) as machine:
        yield machine


def build(machine: Machine) -> None:
    """Usher's own image, on the base. Raises AssertionError with buildah's words."""
    _base(machine)
    _usher(machine)
    machine.run("buildah", "tag", USHER, NEXT)


def build_others(machine: Machine) -> None:
    """What stands beside it, on the same base. Raises AssertionError with buildah's words."""
    for image in OTHERS:
        _other(machine, image)


def pack(machine: Machine, archive: Path) -> None:
    """Puts every image that is built into one archive: what they share is in it once."""
    names = (USHER, NEXT, *map(name_of, OTHERS))
    inside = machine.images / archive.name
    saved = ("podman", "save", "--quiet", "--format=docker-archive", "--multi-image-archive")
    machine.run(*saved, f"--output=/opt/images/{archive.name}", *names)
    shutil.move(inside, archive)


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
    arguments = ("--build-arg", "REVISION=tested", *trust(machine))
    machine.run(
        "buildah", "build", *GIVEN, *arguments, "-f", f"/opt/checkout/{DOCKERFILE}", "-t", USHER, "/opt/checkout"
    )


def _other(machine: Machine, image: str) -> None:
    further = {"java": "/opt/java", "jars": f"/opt/images/{image}/jars", "postgres": "/opt/postgres"}
    further["devstack"] = "/opt/checkout/deploy/devstack"  # below the checkout itself .dockerignore leaves it out
    build_one(machine, _SOURCES / image, name_of(image), further, partial(_fill, image))


def build_one(
    machine: Machine,
    sources: Path,
    name: str,
    further: Mapping[str, str],
    fill: Callable[[Path], None] = lambda _: None,
) -> None:
    """An image from the Containerfile among these files. further: other contexts of it, by their names; fill: adds to
    the files what is not kept with them. Raises AssertionError with buildah's words."""
    context, where = machine.images / sources.name, f"/opt/images/{sources.name}"
    shutil.copytree(sources, context)
    fill(context)
    arguments = [f"--build-arg=PYTHON={base_name()}", f"--build-arg=USHER={USHER}", *trust(machine)]
    arguments += [f"--build-context={key}={folder}" for key, folder in further.items()]
    machine.run("buildah", "build", *GIVEN, *arguments, "-f", f"{where}/Containerfile", "-t", name, where)
    shutil.rmtree(context)


def _fill(image: str, context: Path) -> None:
    """What an image takes beside its own files."""
    match image:
        case "kafka":
            (context / "jars").mkdir()
            for jar in jars():
                shutil.copy2(jar, context / "jars")
        case "names":
            shutil.copy2(programs.names(), context / "names")
        case "objects":
            shutil.copy2(tools.versitygw(services()["objects"].version), context / "versitygw")
        case "doubles":
            lock = (ROOT / "requirements-dev.txt").read_text()
            (found,) = re.findall(r"^authlib==.*(?:\n    --hash=.*)+", lock, re.MULTILINE)
            (context / "authlib.txt").write_text(f"{found}\n")
        case _:
            pass


def trust(machine: Machine) -> list[str]:
    """Whom this machine trusts, and where it finds packages: its own affair, which no image keeps."""
    mounted = ["--volume", f"/opt/authority.crt:{_INSIDE}:ro"]
    if index := os.environ.get("PIP_INDEX_URL"):
        machine.file("/opt/pip.conf", f"[global]\nindex-url = {index}\n")
        mounted += ["--volume", "/opt/pip.conf:/etc/pip.conf:ro"]
    return mounted
