"""What a process gives up, so that whoever takes over one process does not get the next. Does nothing but on Linux.

A child of the sandbox runs under its service's user: without this it could read the service's environment, secrets and
all, from /proc.
"""

import ctypes
import os
import sys
from functools import cache

_PR_SET_DUMPABLE, _PR_SET_NO_NEW_PRIVS = 4, 38
_CAPABILITY_VERSION_3 = 0x20080522


def keep_to_oneself() -> None:
    """From now on neither another process of the same user nor a core dump shows this one's memory or environment
    (prctl(2), PR_SET_DUMPABLE). Raises OSError."""
    if sys.platform == "linux":
        check(libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0))


def drop_capabilities() -> None:
    """From now on this process can do nothing that any process of its user can't, were the user root itself, and gains
    nothing by what it executes (capabilities(7)). Raises OSError."""
    if sys.platform == "linux":
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        none = (ctypes.c_uint32 * 6)()
        check(libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        check(libc().capset(header, none))


@cache
def libc() -> ctypes.CDLL:
    """The C library, whose calls say what went wrong to `check`."""
    return ctypes.CDLL(None, use_errno=True)


def check(result: int) -> int:
    """The result of a call of the C library. Raises OSError where it is -1."""
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def refuse_root(production: bool) -> None:
    """Ends the process, with a sentence, where it is root's in production: root owns what this keeps apart."""
    if production and hasattr(os, "geteuid") and os.geteuid() == 0:
        print(
            "Usher does not run as root in production: start it as a user of its own (the image's is 10001), "
            "or set USHER_ENVIRONMENT=development.",
            file=sys.stderr,
        )
        raise SystemExit(2)
