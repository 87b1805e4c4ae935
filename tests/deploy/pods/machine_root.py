"""The machine's own root: Debian 13 with containerd, runc, iptables, buildah and podman, made once by debootstrap."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.deploy.containers.base import CACHE

SUITE = "trixie"
PACKAGES = (
    *("ca-certificates", "mount", "procps", "tini"),
    *("containerd", "runc", "crun"),
    *("iptables", "ipset", "iproute2", "conntrack", "nftables", "ethtool"),
    *("buildah", "podman", "podman-compose", "netavark", "aardvark-dns"),
)
_TOLD = ("containerd", "runc", "iptables", "buildah", "podman", "podman-compose")


def machine_root() -> Path:
    """The root; made where it is missing, which takes minutes. Never to be written to. Raises RuntimeError."""
    root = CACHE / f"machine-{SUITE}"
    if root.exists():
        return root
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        raise RuntimeError("This takes root and debootstrap: apt-get install debootstrap")
    fresh = root.with_suffix(f".{os.getpid()}")
    try:
        include = f"--include={','.join(PACKAGES)}"
        subprocess.run(("debootstrap", "--variant=minbase", include, SUITE, str(fresh)), check=True)
        shutil.rmtree(fresh / "var" / "cache" / "apt", ignore_errors=True)
        fresh.rename(root)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return root


def versions() -> dict[str, str]:
    """What Debian gave, by package: not pinned, since its old versions are not kept where its packages are."""
    command = ("chroot", str(machine_root()), "dpkg-query", "-W", "-f", "${Package} ${Version}\n", *_TOLD)
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split(maxsplit=1) for line in said.splitlines())
