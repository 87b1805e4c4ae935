"""Programs that a test starts and ends, with their lines kept for when it fails."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from deploy.devstack.process import die_with_parent

PATIENCE = 900.0
"""Seconds that a program may take to be ready on a loaded machine before a test fails."""


class Program:
    """One child process in a group of its own; its lines go to a file."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: int | None = None,
        ends_with: signal.Signals = signal.SIGTERM,
    ) -> None:
        self.name, self.log, self.ends_with = name, log, ends_with
        with log.open("ab") as lines:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                env=dict(environment) if environment is not None else None,
                user=user,
                group=user,
                extra_groups=None if user is None else [],
                start_new_session=True,
                preexec_fn=die_with_parent(signal.SIGKILL),
            )

    def said(self) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-40:])

    def until(self, ready: Callable[[], bool], what: str = "ready") -> None:
        """Waits until that is so, asking once a second. Raises AssertionError with what it said where it ends, or takes
        too long."""
        end = time.monotonic() + PATIENCE
        while not ready():
            assert self.process.poll() is None, f"{self.name} ended with {self.process.returncode}:\n{self.said()}"
            assert time.monotonic() < end, f"{self.name} is not {what}:\n{self.said()}"
            time.sleep(1)

    def finish(self) -> int:
        """Waits for its own end and returns its code."""
        return self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Asks it to end, waits, and ends what it leaves. Returns its code."""
        if self.process.poll() is None:
            self.process.send_signal(self.ends_with)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
