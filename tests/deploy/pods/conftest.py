"""The images once a run, and one node with everything that Usher stands on."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from tests.deploy.pods import composed, images, machine, node
from tests.deploy.pods.release import SPACE, Usher
from tests.deploy.pods.stores import Stores


@pytest.fixture(scope="session")
def building() -> Iterator[machine.Machine]:
    """A machine that has built Usher's image, and can build the others."""
    with images.builder(composed.build_mounts()) as builder:
        images.build(builder)
        yield builder


@pytest.fixture(scope="session")
def archive(building: machine.Machine) -> Iterator[Path]:
    """Every image."""
    folder = Path(tempfile.mkdtemp(prefix="usher-images-", dir="/var/tmp"))
    try:
        images.build_others(building)
        images.pack(building, folder / "all.tar")
        yield folder / "all.tar"
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def on_a_node(archive: Path) -> Iterator[node.Node]:
    """A node that is ready, with names."""
    with machine.started("own") as fresh, node.running(fresh, archive) as ready:
        for thing in yaml.safe_load_all(Path(__file__).with_name("names.yaml").read_text()):
            ready.cluster.create(thing)
        yield ready


@pytest.fixture(scope="module")
def usher(on_a_node: node.Node, tmp_path_factory: pytest.TempPathFactory) -> Usher:
    """What a release stands on is ready, and the release is not yet there."""
    stores = Stores(on_a_node, tmp_path_factory.mktemp("stores"))
    stores.start()
    stores.prepare(SPACE)
    return Usher(on_a_node, stores, str(uuid4()))
