"""`./usher dev` and `./usher demo` where a part cannot start: the reason in one sentence, in the part's own words."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.devstack.kafka import Kafka
from deploy.devstack.options import Ports
from deploy.devstack.ports import HeldPorts
from deploy.devstack.postgres import Postgres

ROOT = Path(__file__).parents[2]


@pytest.fixture
def ports() -> Iterator[HeldPorts]:
    with HeldPorts.choose() as held:
        yield held


def of_another_node(data: Path, ports: Ports) -> None:
    """Kafka's data, as another broker has left it."""
    Kafka(data, ports).prepare()
    properties = data / "kafka" / "log" / "meta.properties"
    properties.write_text(properties.read_text().replace("node.id=1", "node.id=7"))


def of_another_version(data: Path, ports: Ports) -> None:
    """Postgres' data, as an old server has left it."""
    Postgres(data, ports).prepare()
    (data / "postgres" / "PG_VERSION").write_text("9.6\n")


def without_keys_that_can_be_read(data: Path, ports: Ports) -> None:
    """The file of the services' keys, cut off in the middle."""
    (data / "keys.json").write_text('{"USHER_')


@pytest.mark.parametrize("command", [("dev",), ("demo", "--once")])
@pytest.mark.parametrize(
    ("breaks", "says"),
    [
        (of_another_node, r"kafka ended at once with code 1: Stored node id 7 doesn't match previous node id 1"),
        (of_another_version, r"postgres ended at once with code 1: database files are incompatible .*9\.6"),
        (without_keys_that_can_be_read, r".*keys\.json cannot be read any more .* Delete it"),
    ],
)
def test_whatever_fails_first_is_said_in_one_sentence(
    tmp_path: Path, ports: HeldPorts, command: tuple[str, ...], breaks: Callable[[Path, Ports], None], says: str
) -> None:
    breaks(tmp_path, Ports(ports.base))
    done = subprocess.run(
        [sys.executable, "-m", "deploy", *command, "--data", tmp_path, "--ports", str(ports.base)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'shared' / 'contracts'}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout
    assert re.match(rf"usher: .*{says}", done.stderr) and len(done.stderr.splitlines()) == 1, done.stderr
    assert not (tmp_path / "endpoints.json").exists()
