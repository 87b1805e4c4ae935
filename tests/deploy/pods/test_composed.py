"""docker-compose.yml by podman and podman-compose, with their images, networks, names, published ports and health."""

from collections.abc import Iterator

import httpx
import pytest

from deploy.operate.services import SERVICES
from tests.deploy.containers import person
from tests.deploy.containers.compose import services
from tests.deploy.pods import composed, images, machine

MAILS = "http://localhost:8008/messages"


@pytest.fixture(scope="module")
def up(building: machine.Machine) -> Iterator[composed.Composed]:
    """Everything that the file names, running in a machine of its own, in whose network this thread is."""
    images.build_others(building)
    composed.build(building)
    with machine.started("own", mounts=composed.mounts()) as fresh, fresh.network():
        ready = composed.Composed(fresh)
        ready.up()
        yield ready
        ready.down()


def test_every_service_answers_where_the_file_publishes_it(up: composed.Composed) -> None:
    for service in SERVICES:
        port = services()[service].given["ports"][0]["published"]
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).json()["status"] == "ok"


def test_an_admin_signs_in_and_a_file_becomes_a_team(up: composed.Composed) -> None:
    with person.chrome_started() as chrome:
        person.invites_by_a_file(chrome, MAILS)
