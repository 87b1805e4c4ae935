"""What is looked at before anything starts, so that it is said in a sentence and not by a part that fails."""

import fcntl
import shutil
from pathlib import Path
from typing import IO

from deploy.operate.errors import CommandError

LEAST_FREE_BYTES = 600 * 1024 * 1024  # Postgres' and Kafka's first files take 130 MB, their logs grow to 500


def claim(data: Path) -> IO[str]:
    """Makes the data directory and takes it for this process; held until the file is closed. Raises CommandError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("a")
    except OSError as error:
        raise CommandError(
            f"{data} cannot be written to ({error.strerror}). Name another folder with --data."
        ) from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CommandError(
            f"A stack runs on {data} already. Stop it with Ctrl-C where it runs, or give this one a folder and ports "
            "of its own: --data DIR --ports BASE."
        ) from None
    return lock


def check_disk(data: Path) -> None:
    """Raises CommandError when the disk is nearly full."""
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE_BYTES:
        raise CommandError(
            f"The disk under {data} has {free // 2**20} MB left, and the stack takes {LEAST_FREE_BYTES // 2**20} MB. "
            "Make room, or name a folder on another disk with --data."
        )
