"""DATA/endpoints.json: where the parts of a running stack are, for programs."""

import json
from pathlib import Path
from typing import Any

from deploy.devstack.options import StackError

FILE = "endpoints.json"


def write(data: Path, endpoints: dict[str, Any]) -> None:
    """Replaces the file in one step: a reader sees the old one or the new one, never half of either."""
    fresh = data / f"{FILE}.new"
    fresh.write_text(json.dumps(endpoints, indent=1) + "\n")
    fresh.replace(data / FILE)


def remove(data: Path) -> None:
    """Takes the file away: nothing runs any more."""
    (data / FILE).unlink(missing_ok=True)


def read(data: Path) -> dict[str, Any]:
    """The endpoints of the stack that runs on `data`. Raises StackError when none does."""
    try:
        return json.loads((data / FILE).read_text())
    except FileNotFoundError:
        raise StackError(
            f"Nothing runs on {data}. Start it with ./usher dev, or name its data directory with --data."
        ) from None
