"""A network of one's own: the ports that the compose file names are free in it, whatever else this machine runs."""

import ctypes
import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_NEW_MOUNTS, _NEW_NETWORK, _FOLDER = 0x00020000, 0x40000000, 0x00000200  # CLONE_NEWNS, _NEWNET and _FS, sched.h


@contextmanager
def own_network(hosts: Path) -> Generator[None]:
    """This thread, and what it starts from here on, has loopback and nothing else, and knows the names of that file
    (as /etc/hosts has them). Takes root and Linux."""
    libc = ctypes.CDLL(None, use_errno=True)
    kinds = {"mnt": _NEW_MOUNTS, "net": _NEW_NETWORK}
    before = {kind: os.open(f"/proc/thread-self/ns/{kind}", os.O_RDONLY) for kind in kinds}
    folder = Path.cwd()
    try:
        _check(libc.unshare(_NEW_MOUNTS | _NEW_NETWORK))
        try:
            subprocess.run(("mount", "--make-rprivate", "/"), check=True)
            subprocess.run(("mount", "--bind", str(hosts), "/etc/hosts"), check=True)
            subprocess.run(("ip", "link", "set", "lo", "up"), check=True)
            yield
        finally:
            # Threads that were started meanwhile share this one's working directory; so long there is no way back.
            _check(libc.unshare(_FOLDER))
            for kind, number in kinds.items():
                _check(libc.setns(before[kind], number))
            os.chdir(folder)
    finally:
        for descriptor in before.values():
            os.close(descriptor)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, f"{os.strerror(number)}: a network of one's own takes root on Linux")
