"""DATA/endpoints.json, read: where the parts of the development stack are that runs there."""

import json
from pathlib import Path
from typing import Any

from deploy.operate.errors import CommandError

FILE = "endpoints.json"


def read(data: Path) -> dict[str, Any]:
    """The endpoints of the stack that runs on `data`. Raises CommandError when none does."""
    try:
        return json.loads((data / FILE).read_text())
    except FileNotFoundError:
        raise CommandError(
            f"Nothing runs on {data}. Start it with ./usher dev, or name its data directory with --data."
        ) from None
