"""The services, and ./usher upload, validation, licensing, notification: one of them, as the image runs it."""

import os
import sys
from collections.abc import Callable

SERVICES = ("upload", "licensing", "validation", "notification")
"""In the order of their ports."""


def command(name: str) -> Callable[[], None]:
    """The command that becomes the service's process: no process of ours stays between it and its signals."""

    def run() -> None:
        os.execv(sys.executable, (sys.executable, "-m", f"services.{name}"))

    return run
