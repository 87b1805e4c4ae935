"""Python environments beside the project's own, for programs that must not stand in it."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from deploy.operate.errors import CommandError


def make(folder: Path, *wanted: str | Path) -> Path:
    """A fresh environment in `folder` with what `uv pip install` is told: its Python. Raises CommandError."""
    _uv("venv", "--clear", "--python", sys.executable, folder)
    python = folder / "bin" / "python"
    _uv("pip", "install", "--python", python, *wanted)
    return python


def locked(lock: Path, kept: Path) -> Path:
    """The Python of an environment with what a lock names, by its hashes, and nothing else: made once for each state of
    the lock, in a folder under `kept`. Raises CommandError."""
    digest = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = kept / f"python-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        _uv("venv", "--clear", "--python", sys.executable, folder)
        _uv("pip", "sync", "--python", python, "--require-hashes", lock)
        (folder / "complete").touch()
    return python


def _uv(*arguments: str | Path) -> None:
    known = dict(os.environ)
    if index := known.get("PIP_INDEX_URL"):
        known.setdefault("UV_DEFAULT_INDEX", index)  # what pip is told of holds for uv too
    command = (sys.executable, "-m", "uv", "--quiet", *arguments)
    done = subprocess.run(command, env=known, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"uv {arguments[0]} failed: {done.stderr.strip()[-600:]} Is the package index in reach?")
