"""An environment of their own for the peers, from their locked requirements: made once, kept under .usher."""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from deploy.docgen import environments
from deploy.operate.errors import CommandError

FOLDER = Path(__file__).with_name("peers")
ROOT = Path(__file__).parents[2]


@cache
def python() -> Path:
    """The interpreter that has the peers. Raises CommandError where they cannot be installed."""
    return environments.locked(FOLDER / "requirements.txt", ROOT / ".usher" / "bench")


def run(script: str, *arguments: str, given: object = None) -> Any:
    """What the peers' script of that name prints: JSON on its last line; ``given`` is its input, as JSON too. Raises
    CommandError where it fails."""
    done = subprocess.run(
        (str(python()), str(FOLDER / f"{script}.py"), *arguments),
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
    )
    if done.returncode:
        raise CommandError(f"The peer {script} failed: {done.stderr.strip()[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])
