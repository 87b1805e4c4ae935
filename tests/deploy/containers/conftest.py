"""The image, built once a run."""

import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.checkout import ROOT
from deploy.devstack.kafka import jars
from tests.deploy.containers import tools
from tests.deploy.containers.base import CACHE, alone, base_root
from tests.deploy.containers.compose import services
from tests.deploy.containers.container import Containers
from tests.deploy.containers.dockerfile import Builder, Image
from tests.deploy.containers.network import own_network

DOCKERFILE = ROOT / "deploy" / "Dockerfile"
NAMES = ("kafka", "postgres", "mail", "objects", "keycloak", "keycloak.localhost", "upload", "licensing")


@pytest.fixture(scope="session")
def image() -> Iterator[Image]:
    """What deploy/Dockerfile makes of this checkout, on Debian's Python."""
    work = Path(tempfile.mkdtemp(prefix="usher-image-"))
    try:
        with alone():
            built = Builder(DOCKERFILE, ROOT, base_root(), work, {"REVISION": "tested"}, kept=CACHE).build()
        yield built
    finally:
        shutil.rmtree(work)


@pytest.fixture(scope="session")
def others() -> None:
    """The programs of others are on this machine before a network begins that leads nowhere."""
    jars()
    tools.postgres()
    tools.versitygw(services()["objects"].version)
    tools.keycloak(services()["keycloak"].version)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where servers of this module keep their files; every user may pass."""
    made = Path(tempfile.mkdtemp(prefix="usher-deploy-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def containers(image: Image, folder: Path) -> Iterator[Containers]:
    """Containers of the image in a network for this module alone, where the names that the compose file gives to its
    services are known."""
    hosts = folder / "hosts"
    hosts.write_text(f"127.0.0.1 localhost {socket.gethostname()} {' '.join(NAMES)}\n")
    with own_network(hosts):
        yield Containers(image, hosts, folder)
