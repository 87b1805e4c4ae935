"""What `./usher test` runs."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from deploy.__main__ import app

PYTEST = (sys.executable, "-m", "pytest")


def ran(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> list[tuple[str, ...]]:
    """The commands that these arguments lead to; none is carried out."""
    commands: list[tuple[str, ...]] = []

    def note(command: tuple[str, ...], **_: object) -> subprocess.CompletedProcess[str]:
        commands.append(command)
        return subprocess.CompletedProcess(command, 0, "", "")

    with monkeypatch.context() as instead:
        instead.setattr("tests.run.subprocess.run", note)
        assert CliRunner().invoke(app, ("test", *arguments)).exit_code == 0
    return commands


def test_a_kind_alone_is_its_whole_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ran(monkeypatch, "deploy", "-k", "lints") == [(*PYTEST, "tests/deploy", "-k", "lints")]


@pytest.mark.parametrize("kind", [("deploy",), ("unit",), ()])
@pytest.mark.parametrize(
    "named", ["tests/deploy/chart", "tests/deploy/chart/test_alerts.py", "tests/unit/test_names.py::test_one"]
)
def test_what_is_named_is_run_and_nothing_beside_it(
    monkeypatch: pytest.MonkeyPatch, kind: tuple[str, ...], named: str
) -> None:
    assert ran(monkeypatch, *kind, named, "-q") == [(*PYTEST, named, "-q")]
