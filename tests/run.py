"""./usher test: every test; ./usher test unit: what needs no server and no browser, in seconds."""

import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.checkout import ROOT
from tests import chromium

if TYPE_CHECKING:
    from tests.parts import Part

APART = ("deploy", "faults", "bench", "corpus", "interop")  # they take long, or tools that a test machine need not have
_CHECKS = {"ruff": ("ruff", "check"), "basedpyright": ("basedpyright",), "import-linter": ("lint-imports",)}


def test(context: typer.Context) -> None:
    """Run every test with real Kafka, Postgres, SMTP and a browser; `unit`: what needs none of these.

    `deploy`, `faults`, `bench`, `corpus`, `interop`: those apart. What follows goes to pytest: ./usher test unit -k
    ledger. Where it names files or folders, these alone are run: ./usher test deploy tests/deploy/chart. Of `faults`
    a quick selection is --bounded; --soak MINUTES is work with faults on one stack; --seed S makes another run of each.
    """
    from tests import parts

    _keep_bytecode()
    what, given = _what(context.args)
    if any((ROOT / one.split("::")[0]).exists() for one in given):
        raise SystemExit(_pytest(*given))
    if what == "unit":
        raise SystemExit(_run([[parts.UNIT]], given, _files("unit")))
    if what:
        raise SystemExit(_pytest(f"tests/{what}", *given))
    _prepare()
    raise SystemExit(_run(parts.LANES, given, _files("*")))


def _what(arguments: list[str]) -> tuple[str, list[str]]:
    """The kind of tests that is asked for, or "" for all; and what is left for pytest."""
    if arguments and arguments[0] in ("unit", *APART):
        return arguments[0], arguments[1:]
    return "", arguments


def _keep_bytecode() -> None:
    """A run starts a hundred Pythons. What one has compiled is kept for the others and for the next run, also where the
    machine tells Python not to (PYTHONDONTWRITEBYTECODE): tests would be rewritten and services compiled each time."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def _prepare() -> None:
    """What every stack takes of the machine: once, before several want it at the same moment. Raises CommandError."""
    from deploy.devstack import kafka, postgres  # imported here: every command of ./usher would pay for it

    chromium.find()
    postgres.system_user()
    kafka.load_classes_once()


def _run(lanes: "Sequence[Sequence[Part]]", given: list[str], files: set[str]) -> int:
    """The checks and the tests side by side. All of these files are run, but where options of pytest's are given: with
    them it may be meant that not all are."""
    from tests import parts

    with ThreadPoolExecutor(1) as side:
        checks = side.submit(_checks)
        code = parts.run(given, lanes, set[str]() if given else files, _say)
        return code or int(checks.result())


def _files(kind: str) -> set[str]:
    """Every file of tests of a kind, or with * of all that are not apart."""
    found = {file.relative_to(ROOT) for file in (ROOT / "tests").glob(f"{kind}/**/test_*.py")}
    return {file.as_posix() for file in found if file.parts[1] not in APART}


def _say(what: str) -> None:
    print(what, flush=True)


def _checks() -> bool:
    """Runs lint, types and borders side by side; says how each went. True when one failed."""
    folder = Path(sys.executable).parent
    commands = {name: (str(folder / program), *rest) for name, (program, *rest) in _CHECKS.items()}
    failed = False
    with ThreadPoolExecutor(len(commands)) as pool:
        for name, done in [(name, pool.submit(_captured, command)) for name, command in commands.items()]:
            code, output = done.result()
            failed |= code != 0
            _say(f"{name}: {'ok' if code == 0 else 'failed'}" + (f"\n{output}" if code else ""))
    return failed


def _captured(command: tuple[str, ...]) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def _pytest(*arguments: str) -> int:
    return subprocess.run((sys.executable, "-m", "pytest", *arguments), cwd=ROOT, check=False).returncode
