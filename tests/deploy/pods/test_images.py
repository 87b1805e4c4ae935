"""deploy/Dockerfile built by buildah, as it stands, on the base that debootstrap makes under its name."""

import json
import tomllib
from typing import Any

import pytest

from deploy.checkout import ROOT
from tests.deploy.containers.dockerfile import instructions
from tests.deploy.pods import images
from tests.deploy.pods.machine import Machine

LABEL = "org.opencontainers.image."


@pytest.fixture(scope="module")
def config(building: Machine) -> dict[str, Any]:
    """What the image says of itself to whoever runs it."""
    return json.loads(building.run("buildah", "inspect", "--type=image", images.USHER))["Docker"]["config"]


def test_it_is_the_dockerfile(config: dict[str, Any]) -> None:
    written = dict(instructions(ROOT / images.DOCKERFILE))
    assert config["User"] == written["USER"]
    assert config["Entrypoint"] == json.loads(written["ENTRYPOINT"])
    assert config["Cmd"] == json.loads(written["CMD"])
    assert sorted(config["ExposedPorts"]) == [f"{port}/tcp" for port in written["EXPOSE"].split()]
    assert config["Healthcheck"]["Test"] == ["CMD", *json.loads(written["HEALTHCHECK"].partition("CMD ")[2])]
    assert config["WorkingDir"] == written["WORKDIR"]


def test_it_says_which_version_it_is(config: dict[str, Any]) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert config["Labels"][f"{LABEL}version"] == version
    assert config["Labels"][f"{LABEL}revision"] == "tested"
    assert config["Labels"][f"{LABEL}base.name"] == images.base_name()


def test_podman_runs_it_where_nothing_may_be_written(building: Machine) -> None:
    """As its page says: a read-only root, no capability, no new privilege."""
    hard = ("--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--network=none")
    run = ("env", "PODMAN_IGNORE_CGROUPSV1_WARNING=1", "podman", "run", "--rm", "--memory=512m", *hard)
    assert "upload" in building.run(*run, images.USHER, "--help")
    said = building.run(
        *run, "--entrypoint=/bin/sh", images.USHER, "-c", "id -u; touch /x || grep CapEff /proc/1/status"
    )
    assert said.split()[0] == "10001"
    assert "Read-only file system" in said
    assert said.split()[-1] == "0" * 16
