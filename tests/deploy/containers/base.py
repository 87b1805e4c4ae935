"""What stands for the base image where no registry of images is reached: Debian bookworm with Python 3.11.

Made once a machine by debootstrap. As in python:3.11-slim-bookworm, `python` and its pip are below /usr/local.
"""

import fcntl
import os
import shutil
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "usher-deploy"
_PACKAGES = "ca-certificates,python3.11,python3.11-venv,python3-distutils"


@contextmanager
def alone() -> Generator[None]:
    """One at a time works in the cache; another waits."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "containers.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def base_root() -> Path:
    """The root; made where it is missing, which takes minutes. Raises RuntimeError where it cannot be made."""
    root = CACHE / "bookworm"
    if root.exists():
        return root
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise RuntimeError("This takes root and debootstrap: apt-get install debootstrap")
    fresh = CACHE / f"bookworm.{os.getpid()}"
    try:
        subprocess.run(
            ("debootstrap", "--variant=minbase", f"--include={_PACKAGES}", "bookworm", str(fresh)), check=True
        )
        inside = ("chroot", str(fresh), "python3.11", "-m", "venv", "--symlinks", "/usr/local")
        subprocess.run(inside, check=True)
        shutil.rmtree(fresh / "var" / "cache" / "apt", ignore_errors=True)
        for name in ("resolv.conf", "hosts"):
            (fresh / "etc" / name).touch()
        fresh.rename(root)
    finally:
        if fresh.exists():
            shutil.rmtree(fresh, ignore_errors=True)
    return root
