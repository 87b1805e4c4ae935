"""Places in the code where a process can be told to die, so that tests see what a crash there leaves behind.

A process listens only where it was started with a folder for it (`USHER_CRASH_POINTS`), which settings refuse in
production. A file in that folder, named as the point and by its service (`relay.sent@licensing`), arms the point: the
process takes the file away and kills itself, once. The file's text may be a number: how often it is passed before.
"""

import os
import signal
from pathlib import Path

_armed: "_Folder | None" = None


class _Folder:
    def __init__(self, folder: Path, service: str) -> None:
        self._folder = folder
        self._service = service
        self._passed: dict[str, int] = {}

    def reached(self, name: str) -> None:
        armed = self._folder / f"{name}@{self._service}"
        try:
            spared = int(armed.read_text() or 0)
        except FileNotFoundError:
            return
        self._passed[name] = self._passed.get(name, 0) + 1
        if self._passed[name] > spared:
            self._die(armed)

    def _die(self, armed: Path) -> None:
        try:
            # Of several processes that reach the point, the one that takes the file away dies.
            armed.unlink()
        except FileNotFoundError:
            return
        os.kill(os.getpid(), signal.SIGKILL)


def listen(folder: Path | None, service: str) -> None:
    """Called once at the start of a process, with what its settings say; None, as always in production, is never."""
    global _armed
    _armed = None if folder is None else _Folder(folder, service)


def reached(name: str) -> None:
    """The process is at the point of this name: it dies here where that was asked for, and does nothing else."""
    if _armed is not None:
        _armed.reached(name)
