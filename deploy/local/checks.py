"""What is looked at before anything starts, so that it is said in a sentence and not by a part that fails."""

import fcntl
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from deploy.local.options import HOST, StackError

LEAST_FREE_BYTES = 600 * 1024 * 1024  # Postgres' and Kafka's first files take 130 MB, their logs grow to 500


def claim(data: Path) -> IO[str]:
    """Makes the data directory and takes it for this process; held until the file is closed. Raises StackError."""
    try:
        data.mkdir(parents=True, exist_ok=True)
        lock = (data / "lock").open("a")
    except OSError as error:
        raise StackError(f"{data} cannot be written to ({error.strerror}). Name another folder with --data.") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise StackError(
            f"A stack runs on {data} already. Stop it with Ctrl-C where it runs, or give this one a folder and ports "
            "of its own: --data DIR --ports BASE."
        ) from None
    return lock


def check_disk(data: Path) -> None:
    """Raises StackError when the disk is nearly full."""
    free = shutil.disk_usage(data).free
    if free < LEAST_FREE_BYTES:
        raise StackError(
            f"The disk under {data} has {free // 2**20} MB left, and the stack takes {LEAST_FREE_BYTES // 2**20} MB. "
            "Make room, or name a folder on another disk with --data."
        )


def check_ports(base: int, used: Mapping[int, str]) -> None:
    """Raises StackError when a port of a stack that counts from `base` is taken."""
    taken = {port: what for port, what in used.items() if not _free(port)}
    if taken:
        named = ", ".join(f"{port} ({what})" for port, what in sorted(taken.items()))
        verb = "Port {} is" if len(taken) == 1 else "Ports {} are"
        raise StackError(
            f"{verb.format(named)} taken by another program. Stop that, or start on other ports with --ports BASE: "
            f"this stack takes BASE to BASE+{max(used) - base}."
        )


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a closed connection's rest does not count
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free_base(count: int = 20) -> int:
    """The first of `count` free ports in a row, for a stack that nobody looks for (tests). Below those that the system
    gives to outgoing connections: one of these could take a port before the part that it was found for does."""
    for offset in range(0, 11_000, 50):
        base = 21_000 + (os.getpid() * 50 + offset) % 11_000
        if all(_free(port) for port in range(base, base + count)):
            return base
    raise StackError(f"No {count} free ports in a row were found between 21000 and 32000. Stop what holds them.")
