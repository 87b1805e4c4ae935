"""What `./usher test` runs, and what it says of that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.__main__ import app
from deploy.checkout import ROOT
from tests import parts
from tests.parts import LANES, Part
from tests.run import APART

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


def test_what_is_compiled_is_kept_whatever_the_machine_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    ran(monkeypatch, "deploy")
    assert "PYTHONDONTWRITEBYTECODE" not in os.environ, "as all that it starts sees it"


def test_each_file_of_tests_that_is_not_apart_is_of_one_part() -> None:
    every = [part for lane in LANES for part in lane]
    for file in ROOT.glob("tests/*/**/test_*.py"):
        name = file.relative_to(ROOT)
        of = [part.name for part in every if holds(part.paths, name) and not holds(parts.within(part, every), name)]
        assert len(of) == (name.parts[1] not in APART), (name, of)


def holds(paths: list[str] | tuple[str, ...], file: Path) -> bool:
    return any(Path(path) in (file, *file.parents) for path in paths)


@pytest.fixture(autouse=True)
def without_plugins(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is installed beside pytest takes nine tenths of what a start of it costs. The tests here need none of it."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


class Run:
    """A run of parts that a test makes: their exit code together, and what they said."""

    def __init__(self, folder: Path, *files: str, needed: frozenset[str] = frozenset(), given: tuple[str, ...] = ()):
        self.said: list[str] = []
        lanes: list[list[Part]] = []
        for number, file in enumerate(files):
            path = folder / str(number) / f"test_{number}.py"
            path.parent.mkdir()
            path.write_text(f"import pytest\n\n{file}\n")
            lanes.append([Part(f"part {number}", (str(path),), ("--rootdir", str(folder)))])
        self.code = parts.run(given, lanes, needed, self.said.append)
        self.text = "\n".join(self.said)


def test_what_passed_is_counted_and_the_slowest_are_named(tmp_path: Path) -> None:
    run = Run(
        tmp_path,
        "def test_a(): pass\ndef test_b(): pytest.skip()",
        "def test_c(): pass",
        needed=frozenset({"1/test_1.py"}),
    )
    assert run.code == 0, run.text
    assert {line.partition(" in ")[0] for line in run.said[:2]} == {"part 0: 1 passed, 1 skipped", "part 1: 1 passed"}
    assert "0/test_0.py::test_a" in run.text
    assert run.said[-1].startswith("3 tests in ") and run.said[-1].endswith(": ok")


def test_a_failed_part_is_shown_whole_and_keeps_no_other_from_running(tmp_path: Path) -> None:
    run = Run(tmp_path, "def test_a():\n    print('why it is so')\n    assert 3 == 4", "def test_c(): pass")
    assert run.code == 1
    assert "why it is so" in run.text and "assert 3 == 4" in run.text and "part 0: 1 failed" in run.text
    assert any(line.startswith("part 1: 1 passed") for line in run.said)


def test_what_fails_before_or_after_a_test_fails_it(tmp_path: Path) -> None:
    broken = "@pytest.fixture\ndef thing():\n    yield\n    raise OSError('left behind')\ndef test_a(thing): pass"
    assert Run(tmp_path, broken).code == 1


def test_a_test_that_was_found_and_did_not_run_is_lost(tmp_path: Path) -> None:
    run = Run(tmp_path, "def test_a(): pytest.exit('enough', returncode=0)\ndef test_b(): pass")
    assert run.code == 1
    assert "LOST: 2 that are there did not run" in run.text and "0/test_0.py::test_b" in run.text


def test_a_file_of_which_nothing_ran_is_lost(tmp_path: Path) -> None:
    run = Run(tmp_path, "def test_a(): pass", needed=frozenset({"tests/unit/test_away.py"}))
    assert run.code == 1 and "tests/unit/test_away.py" in run.text


def test_a_part_of_which_nothing_is_selected_is_no_failure_but_a_run_without_any_test_is(tmp_path: Path) -> None:
    for folder in ("some", "none"):
        (tmp_path / folder).mkdir()
    run = Run(tmp_path / "some", "def test_a(): pass", "def test_c(): pass", given=("-k", "test_c"))
    assert run.code == 0, run.text
    assert Run(tmp_path / "none", "def test_a(): pass", given=("-k", "absent")).code == 1
