"""A machine within this one runs containers, and leaves this one as it was."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.containers.base import base_root
from tests.deploy.pods.machine import Machine, started

KERNEL = ("vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops", "net/ipv4/ip_forward")
"""What a kubelet and a router of pods set."""


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """One that sees the base image's root, with containerd running."""
    with started("own", mounts={"/opt/base": base_root()}) as fresh:
        fresh.start("containerd", "containerd").until(
            lambda: Path(f"/proc/{fresh.pid}/root/run/containerd/containerd.sock").is_socket()
        )
        yield fresh


def contained(machine: Machine, name: str, code: str, *options: str) -> str:
    """What Python says in a container of runc's, started by containerd."""
    return machine.run(
        "ctr", "run", "--rm", *options, "--rootfs", "/opt/base", name, "/usr/bin/python3.11", "-c", code, seconds=120
    )


def test_a_container_is_alone(machine: Machine) -> None:
    said = contained(machine, "alone", "import os; print(os.getpid(), *os.listdir('/sys/class/net'))")
    assert said.split() == ["1", "lo"]


def test_a_container_that_takes_more_memory_than_it_may_is_killed(machine: Machine) -> None:
    take = "print(len(bytearray({} << 20)))"
    limit = f"--memory-limit={64 << 20}"
    assert contained(machine, "within", take.format(16), limit).split() == [str(16 << 20)]
    with pytest.raises(AssertionError, match="ended with 137"):
        contained(machine, "beyond", take.format(128), limit)


def test_nothing_is_left_of_it() -> None:
    """No network interface, mount, control group or setting of the kernel's is there that was not there before."""
    before = state()
    with started("own") as machine:
        machine.run("iptables", "-t", "nat", "-A", "POSTROUTING", "-j", "MASQUERADE")
        machine.run("ip", "link", "add", "left-over", "type", "bridge")
        machine.run("sh", "-c", "mkdir /sys/fs/cgroup/pids/left-over /sys/fs/cgroup/pids/left-over/within")
        machine.start("sleeper", "sleep", "3600")
        assert machine.run("cat", "/proc/sys/vm/overcommit_memory").split() == ["1"]
        assert state() | {"groups": ""} == before | {"groups": ""}
    assert state() == before


def state() -> dict[str, str]:
    """What this machine has that another within it might change."""
    commands = {
        "interfaces": ("ip", "-o", "link"),
        "mounts": ("sh", "-c", "grep -c . /proc/self/mounts"),
        "groups": ("sh", "-c", "find /sys/fs/cgroup -name 'usher-*' 2>/dev/null"),
        "kernel": ("cat", *(f"/proc/sys/{name}" for name in KERNEL)),
    }
    return {
        what: subprocess.run(command, capture_output=True, text=True, check=False).stdout
        for what, command in commands.items()
    }
