"""DATA/endpoints.json, written: where the parts of a running stack are, for programs."""

import json
from pathlib import Path
from typing import Any

from deploy.operate.endpoints import FILE


def write(data: Path, endpoints: dict[str, Any]) -> None:
    """Replaces the file in one step: a reader sees the old one or the new one, never half of either."""
    fresh = data / f"{FILE}.new"
    fresh.write_text(json.dumps(endpoints, indent=1) + "\n")
    fresh.replace(data / FILE)


def remove(data: Path) -> None:
    """Takes the file away: nothing runs any more."""
    (data / FILE).unlink(missing_ok=True)
