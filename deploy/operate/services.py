"""./usher upload, validation, licensing, notification: one service, as the container image runs it."""

import os
import sys
from collections.abc import Callable


def command(name: str) -> Callable[[], None]:
    """The command that becomes the service's process: no process of ours stays between it and its signals."""

    def run() -> None:
        os.execv(sys.executable, (sys.executable, "-m", f"services.{name}"))

    return run
