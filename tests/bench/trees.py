"""Checkouts that are measured beside each other: this one, and an older one with an environment of its own."""

import json
import os
import subprocess
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from deploy.checkout import ROOT
from deploy.devstack.issuer.people import Person
from deploy.devstack.issuer.tokens import access_token, load_key
from deploy.devstack.ports import HeldPorts
from deploy.operate.errors import CommandError
from tests.bench.figures import Plan
from tests.bench.waiting import wait_until

KEPT = ROOT / ".usher" / "bench" / "against"
"""Where older checkouts stand, each with its environment: made at the first use."""
_STARTED = 300
"""Seconds after which a stack has not started: the first one downloads Kafka."""
_STOPPED = 90


class Running(Protocol):
    """A stack as one sees it from outside: by what endpoints.json says, and the issuer's key."""

    @property
    def endpoints(self) -> dict[str, Any]:
        """As endpoints.json has them, now."""
        ...

    def url(self, part: str) -> str:
        """Where a part answers."""
        ...

    def token(
        self, company: str | None, email: str, *permissions: str, platform: bool = False, expires_in: int = 3600
    ) -> str:
        """An access token of its issuer."""
        ...


@dataclass(frozen=True)
class ProgramStack:
    """A stack that some tree's `./usher dev` runs, as a program of its own."""

    data: Path
    pid: int

    @property
    def endpoints(self) -> dict[str, Any]:
        """As endpoints.json has them, now."""
        return json.loads((self.data / "endpoints.json").read_text())

    def url(self, part: str) -> str:
        """Where a part answers."""
        return str(self.endpoints[part]["url"])

    def token(
        self, company: str | None, email: str, *permissions: str, platform: bool = False, expires_in: int = 3600
    ) -> str:
        """An access token of its issuer."""
        person = Person(email, company, permissions=permissions, platform=platform)
        return access_token(load_key(self.data), person, self.url("issuer"), expires_in)


@dataclass(frozen=True)
class Tree:
    """A checkout, with the environment that its own `./usher` made from its own lock."""

    name: str
    root: Path = field(compare=False)

    @contextmanager
    def stack(self, **settings: str) -> Generator[ProgramStack]:
        """All of it, on free ports and an empty folder; settings: variables of its services. Raises CommandError where
        it does not start."""
        with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
            data, log = Path(folder) / "data", Path(folder) / "stack.txt"
            with HeldPorts.choose() as held:
                base = held.base  # let go of again: older trees want to be the first there
            command = (str(self.root / "usher"), "dev", "--no-seed", "--data", str(data), "--ports", str(base))
            with log.open("w") as out:
                process = subprocess.Popen(
                    command,
                    env=_environment() | settings,
                    cwd=self.root,
                    stdout=out,
                    stderr=out,
                    start_new_session=True,
                )
            try:
                self._wait(process, data / "endpoints.json", log)
                yield ProgramStack(data, process.pid)
            finally:
                _stop(process)

    def figures(self, benchmark: str, plan: Plan) -> list[dict[str, Any]]:
        """What one run of the tree's own benchmark says, as it says it with --json. Raises CommandError."""
        size = ("--smoke",) if plan.smoke else tuple(map(str, plan.values))
        done = self.bench(benchmark, *size, "--json", "--runs", "1")
        if done.returncode:
            raise CommandError(f"{benchmark} of {self.name} failed: {done.stderr.strip()[-2000:]}")
        return [said for line in done.stdout.splitlines() if "what" in (said := json.loads(line))]

    def bench(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Its own `./usher bench`. In its own folder: Python looks for modules there first."""
        command = (str(self.root / "usher"), "bench", *arguments)
        return subprocess.run(command, env=_environment(), cwd=self.root, capture_output=True, text=True, check=False)

    def _wait(self, process: subprocess.Popen[bytes], endpoints: Path, log: Path) -> None:
        wait_until(lambda: endpoints.exists() or process.poll() is not None, _STARTED, 0.1)
        if process.poll() is not None:
            raise CommandError(f"The stack of {self.name} did not start: {log.read_text().strip()[-2000:]}")


def this() -> Tree:
    """The checkout that this command belongs to."""
    return Tree("this tree", ROOT)


def checked_out(revision: str) -> Tree:
    """A worktree of that commit, with its environment: made once, and taken as it is from then on. Raises CommandError
    for what is no commit."""
    commit = _git("rev-parse", "--verify", "--quiet", "--short=7", f"{revision}^{{commit}}")
    if commit is None:
        raise CommandError(f"{revision!r} is no commit of this checkout. Say one that `git log` shows.")
    folder = KEPT / commit
    if not (folder / "usher").exists():
        _git("worktree", "prune")
        if _git("worktree", "add", "--detach", str(folder), commit) is None:
            raise CommandError(f"git could not make a worktree of {commit} in {folder}. Is the disk full?")
    tree = Tree(commit, folder)
    done = tree.bench("list")
    if done.returncode:
        raise CommandError(f"The environment of {commit} could not be made: {done.stderr.strip()[-2000:]}")
    return tree


def _git(*arguments: str) -> str | None:
    command: Sequence[str] = ("git", "-C", str(ROOT), *arguments)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def _environment() -> dict[str, str]:
    """Without what points to this tree's modules, or to parts that another stack has."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and name[:6] != "USHER_"}


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_STOPPED)
    except subprocess.TimeoutExpired:
        process.kill()  # the kernel then ends its children
        process.wait()
