"""A network of one's own: the ports that the compose file names are free in it, whatever else this machine runs."""

import ctypes
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager

_NEW_NETWORK = 0x40000000  # CLONE_NEWNET, sched.h


@contextmanager
def own_network() -> Generator[None]:
    """This thread, and what it starts from here on, has loopback and nothing else. Takes root and Linux."""
    libc = ctypes.CDLL(None, use_errno=True)
    before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _check(libc.unshare(_NEW_NETWORK))
        try:
            subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
            yield
        finally:
            _check(libc.setns(before, _NEW_NETWORK))
    finally:
        os.close(before)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: a network of one's own takes root on Linux")
