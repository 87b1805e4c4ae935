"""./usher test: every test; ./usher test unit: what needs no server and no browser, in seconds."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import typer

from deploy.checkout import ROOT
from tests import chromium

APART = ("deploy", "faults", "bench", "corpus", "interop")  # they take long, or tools that a test machine need not have
_CHECKS = {"ruff": ("ruff", "check"), "basedpyright": ("basedpyright",), "import-linter": ("lint-imports",)}


def test(context: typer.Context) -> None:
    """Run every test with real Kafka, Postgres, SMTP and a browser; `unit`: what needs none of these.

    `deploy`, `faults`, `bench`, `corpus`, `interop`: those apart. What follows goes to pytest: ./usher test unit -k
    ledger. Where it names files or folders, these alone are run: ./usher test deploy tests/deploy/chart. Of `faults`
    a quick selection is --bounded, and --soak MINUTES goes on with any of them; --seed S makes another run of each.
    """
    what, given = _what(context.args)
    if any((ROOT / one.split("::")[0]).exists() for one in given):
        raise SystemExit(_pytest(*given))
    if what == "unit":
        raise SystemExit(_unit(given))
    if what:
        raise SystemExit(_pytest(f"tests/{what}", *given))
    chromium.find()
    failed = _checks()
    apart = [f"--ignore=tests/{name}" for name in APART]
    raise SystemExit(_pytest("tests", *apart, *given) or int(failed))


def _what(arguments: list[str]) -> tuple[str, list[str]]:
    """The kind of tests that is asked for, or "" for all; and what is left for pytest."""
    if arguments and arguments[0] in ("unit", *APART):
        return arguments[0], arguments[1:]
    return "", arguments


def _unit(given: list[str]) -> int:
    """The checks and the unit tests side by side; the tests' output, with pytest's closing line, comes last."""
    with ThreadPoolExecutor(1) as side:
        tests = side.submit(_captured, _pytest_command("tests/unit", "-q", "-n", "auto", *given))
        failed = _checks()
        code, output = tests.result()
    print(output)
    return code or int(failed)


def _checks() -> bool:
    """Runs lint, types and borders side by side; says how each went. True when one failed."""
    folder = Path(sys.executable).parent
    commands = {name: (str(folder / program), *rest) for name, (program, *rest) in _CHECKS.items()}
    failed = False
    with ThreadPoolExecutor(len(commands)) as pool:
        for name, done in [(name, pool.submit(_captured, command)) for name, command in commands.items()]:
            code, output = done.result()
            failed |= code != 0
            print(f"{name}: {'ok' if code == 0 else 'failed'}" + (f"\n{output}" if code else ""), flush=True)
    return failed


def _captured(command: tuple[str, ...]) -> tuple[int, str]:
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


def _pytest_command(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "pytest", *arguments)


def _pytest(*arguments: str) -> int:
    return subprocess.run(_pytest_command(*arguments), cwd=ROOT, check=False).returncode
