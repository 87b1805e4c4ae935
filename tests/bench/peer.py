"""An environment of their own for the peers, from their locked requirements: made once, kept under .usher."""

import hashlib
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from deploy.local.options import StackError

FOLDER = Path(__file__).with_name("peers")
ROOT = Path(__file__).parents[2]
LOCK = FOLDER / "requirements.txt"


@cache
def python() -> Path:
    """The interpreter that has the peers. Raises StackError where they cannot be installed."""
    digest = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:12]
    made = ROOT / ".usher" / "bench" / f"peers-{digest}"
    program = made / "bin" / "python"
    if not (made / "complete").exists():
        uv = Path(sys.executable).with_name("uv")
        _run(str(uv), "venv", "--quiet", "--clear", "--python", sys.executable, str(made))
        _run(str(uv), "pip", "sync", "--quiet", "--python", str(program), "--require-hashes", str(LOCK))
        (made / "complete").touch()
    return program


def run(script: str, *arguments: str, given: object = None) -> Any:
    """What the peers' script of that name prints: JSON on its last line; ``given`` is its input, as JSON too. Raises
    StackError where it fails."""
    done = subprocess.run(
        (str(python()), str(FOLDER / f"{script}.py"), *arguments),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    if done.returncode:
        raise StackError(f"The peer {script} failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(
            f"The peers could not be installed: {done.stderr.strip()[-1000:]} With a package index in reach, try again."
        )
