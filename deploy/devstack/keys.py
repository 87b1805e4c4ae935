"""The secrets of a development stack: made once a data directory, so that links and sessions outlive a restart."""

import json
import os
import secrets
from pathlib import Path

from deploy.operate.errors import CommandError

NAMES = ("USHER_INVITATION_KEY", "USHER_SESSION_KEY", "USHER_SERVICE_KEY", "USHER_WEBHOOK_KEY", "USHER_ERASURE_KEY")


def load(data: Path) -> dict[str, str]:
    """Each secret by its variable; one that the environment sets already is taken from there. Raises CommandError."""
    path = data / "keys.json"
    try:
        kept: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    except ValueError as error:
        raise CommandError(
            f"{path} cannot be read any more ({error}). Delete it: new keys are made, and this stack's sessions and "
            "invitation links end with the old ones."
        ) from None
    if missing := {name: secrets.token_urlsafe(48) for name in NAMES if name not in kept}:
        kept = {**kept, **missing}
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(kept, file)
    return {name: os.environ.get(name) or kept[name] for name in NAMES}
