"""What a process gives up, so that whoever takes over one process does not get the next. Does nothing but on Linux.

A child of the sandbox runs under its service's user: without this it could read the service's environment, secrets and
all, from /proc.
"""

import ctypes
import os
import sys

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_CAPABILITY_VERSION_3 = 0x20080522


def keep_to_oneself() -> None:
    """From now on neither another process of the same user nor a core dump shows this one's memory or environment
    (prctl(2), PR_SET_DUMPABLE). Raises OSError."""
    if sys.platform == "linux":
        _check(_libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))


def drop_capabilities() -> None:
    """From now on this process can do nothing that any process of its user can't, were the user root itself, and gains
    nothing by what it executes (capabilities(7)). Raises OSError."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        none = (ctypes.c_uint32 * 6)()
        _check(_libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _check(_libc().capset(header, none))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
