"""The two walls around a child: each by itself, and the filter of calls on either processor."""

import json
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.sandbox import confinement
from shared.sandbox.confinement import offered
from tests.patience import PATIENCE

MACHINES = confinement._MACHINES  # pyright: ignore[reportPrivateUsage]
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
CALLS: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "read": 0, "openat": 257, "fcntl": 72, "prlimit64": 302, "kill": 62, "tgkill": 234, "exit_group": 231,
        "socket": 41, "connect": 42, "ptrace": 101, "process_vm_readv": 310, "clone": 56, "clone3": 435, "execve": 59,
        "unlink": 87, "renameat2": 316, "truncate": 76, "ftruncate": 77, "unshare": 272, "io_uring_setup": 425,
        "openat2": 437, "pidfd_send_signal": 424, "rt_sigqueueinfo": 129, "ioctl": 16, "prctl": 157, "bpf": 321,
    },
    "aarch64": {
        "read": 63, "openat": 56, "fcntl": 25, "prlimit64": 261, "kill": 129, "tgkill": 131, "exit_group": 94,
        "socket": 198, "connect": 203, "ptrace": 117, "process_vm_readv": 270, "clone": 220, "clone3": 435,
        "execve": 221, "unlinkat": 35, "renameat2": 276, "truncate": 45, "ftruncate": 46, "unshare": 97,
        "io_uring_setup": 425, "openat2": 437, "pidfd_send_signal": 424, "rt_sigqueueinfo": 138, "ioctl": 29,
        "prctl": 167, "bpf": 280,
    },
}  # fmt: skip
"""asm/unistd_64.h and asm-generic/unistd.h of Linux."""
OWN = 4321


def verdict(machine: str, call: int, *arguments: int, audit: int | None = None) -> int:
    """What the kernel would make of a call: carries the filter out."""
    program = confinement._filter(MACHINES[machine], OWN)  # pyright: ignore[reportPrivateUsage]
    steps = list(struct.iter_unpack("=HBBI", program))
    known = MACHINES[machine].audit if audit is None else audit
    data = struct.pack("=iIQ6Q", call, known, 0, *(*arguments, *[0] * (6 - len(arguments))))
    at, value = 0, 0
    while True:
        code, when_so, else_, k = steps[at]
        at += 1
        match code:
            case 0x20:
                (value,) = struct.unpack_from("=I", data, k)
            case 0x15:
                at += when_so if value == k else else_
            case 0x45:
                at += when_so if value & k else else_
            case _:
                return k


@pytest.mark.parametrize("machine", MACHINES)
def test_what_a_child_needs_is_allowed_and_nothing_else(machine: str) -> None:
    calls = CALLS[machine]
    depend = {"openat", "fcntl", "prlimit64", "kill", "tgkill"}
    found = {name: verdict(machine, number) for name, number in calls.items() if name not in depend}
    assert {name for name, told in found.items() if told == ALLOW} == {"read", "exit_group"}
    assert {told for name, told in found.items() if name not in ("read", "exit_group")} == {REFUSE}


@pytest.mark.parametrize("machine", MACHINES)
def test_what_depends_on_what_is_asked(machine: str) -> None:
    calls = CALLS[machine]
    opened = {
        flags: verdict(machine, calls["openat"], 0, 0, flags)
        for flags in (os.O_RDONLY | os.O_CLOEXEC, os.O_RDWR, os.O_WRONLY, os.O_CREAT, os.O_TRUNC)
    }
    assert [flags for flags, told in opened.items() if told == ALLOW] == [os.O_RDONLY | os.O_CLOEXEC]
    assert verdict(machine, calls["fcntl"], 3, 1) == ALLOW
    assert verdict(machine, calls["fcntl"], 3, 8) == REFUSE, "F_SETOWN"
    assert verdict(machine, calls["prlimit64"], 0) == ALLOW
    assert verdict(machine, calls["prlimit64"], 1) == REFUSE
    for name in ("kill", "tgkill"):
        assert verdict(machine, calls[name], OWN) == ALLOW
        assert {verdict(machine, calls[name], other) for other in (0, 1, 2**32 - 1, OWN + 1)} == {REFUSE}


@pytest.mark.parametrize("machine", MACHINES)
def test_calls_of_another_processors_kind_end_the_process(machine: str) -> None:
    assert verdict(machine, CALLS[machine]["read"], audit=0x40000003) == KILL
    assert verdict(machine, 0x40000000 | CALLS[machine]["read"]) == REFUSE, "the same under x32's numbers"


@given(st.sampled_from(sorted(MACHINES)), st.integers(0, 2**31 - 1))
def test_every_call_has_a_verdict(machine: str, call: int) -> None:
    assert verdict(machine, call) in (ALLOW, REFUSE)


def test_this_kernel_says_what_it_gives() -> None:
    status = Path("/proc/self/status")
    filters = status.exists() and "Seccomp_filters:" in status.read_text()
    assert offered().seccomp == (filters and os.uname().machine in MACHINES)
    assert offered().landlock >= 0


ALONE = """
import json, os, socket, sys
from shared.sandbox.confinement import Offered, confine
from shared.sandbox.privileges import drop_capabilities

folder, landlock, seccomp, port = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "True", int(sys.argv[4])
other = os.path.join(folder, "other")
drop_capabilities()
confine([os.path.join(folder, "own")], Offered(landlock, seccomp))

def tried(what):
    try:
        what()
        return True
    except OSError:
        return False

print(json.dumps({
    "read its own": tried(lambda: open(os.path.join(folder, "own")).read()),
    "read another": tried(lambda: os.close(os.open(other, os.O_RDONLY))),
    "connect": tried(lambda: socket.socket().connect(("127.0.0.1", port))),
    "signal": tried(lambda: os.kill(os.getppid(), 0)),
    "truncate": tried(lambda: os.truncate(other, 0)),
    "unlink": tried(lambda: os.unlink(other)),
}))
"""


def alone(folder: Path, landlock: int, seccomp: bool) -> set[str]:
    """What such walls let a process do."""
    for name in ("own", "other"):
        (folder / name).write_text(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-c", ALONE, str(folder), str(landlock), str(seccomp), str(port)],
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
            stdout=subprocess.PIPE,
            check=True,
            timeout=PATIENCE,
        )
    return {what for what, could in json.loads(done.stdout).items() if could}


def test_either_wall_is_a_wall(tmp_path: Path) -> None:
    given = offered()
    everything = {"read its own", "read another", "connect", "signal", "truncate", "unlink"}
    assert alone(tmp_path, 0, False) == everything
    if given.seccomp:
        assert alone(tmp_path, 0, True) == {"read its own", "read another"}
    for abi in range(1, given.landlock + 1):
        lets = {"read its own"} | {
            what for what, since in (("truncate", 3), ("connect", 4), ("signal", 6)) if abi < since
        }
        assert alone(tmp_path, abi, False) == lets, f"Landlock's ABI {abi}"
