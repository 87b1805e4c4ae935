"""What a process can still ask of the kernel once it has confined itself: to compute, and to read a few files.

Two walls, each where the kernel has it: Landlock (landlock(7)) by what is asked for, seccomp (seccomp(2)) by the call.
Neither can be taken down again (docs/decisions/0024-two-walls-around-a-file.md).
"""

import ctypes
import os
import platform
import stat
import struct
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from shared.sandbox.privileges import check, libc


@dataclass(frozen=True, slots=True)
class Offered:
    """What this kernel gives: Landlock's ABI, 0 for none, and whether calls can be filtered on this processor."""

    landlock: int
    seccomp: bool


def offered() -> Offered:
    """Asks the kernel; changes nothing."""
    if sys.platform != "linux":
        return Offered(0, False)
    abi = _call(_CREATE_RULESET, None, 0, _VERSION)
    filters = _MACHINE is not None and _call(_MACHINE.seccomp, _ACTION_AVAILABLE, 0, struct.pack("=I", _ERRNO)) == 0
    return Offered(max(0, abi), filters)


def confine(readable: Iterable[str], walls: Offered | None = None) -> None:
    """From here on the process opens no file but those, and those below those folders, and for reading alone; makes,
    renames, removes and cuts off none; starts no process and no thread; signals, traces and reads no other; opens no
    socket and no connection. It computes, and reads and writes what it has open.

    `walls`: those that the kernel offers, unless told. The process must have given up new privileges before
    (shared/sandbox/privileges.py). Raises OSError where a wall is offered and can't be put up.
    """
    walls = walls or offered()
    if walls.landlock:
        _landlock(walls.landlock, readable)
    if walls.seccomp:
        _seccomp(os.getpid())


def _call(number: int, *arguments: int | bytes | None) -> int:
    """-1 for an error. Numbers are made as wide as the kernel takes them."""
    wide = (ctypes.c_long(each) if isinstance(each, int) else each for each in arguments)
    return libc().syscall(ctypes.c_long(number), *wide)


# Landlock: linux/landlock.h. Its numbers are the same on all processors.

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION, _PATH_BENEATH = 1, 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_FILES = ((1, 13), (2, 14), (3, 15), (5, 16))  # from which ABI on the first how many rights over files are known
_CONNECTIONS, _SCOPES = 0b11, 0b11  # TCP bind and connect; abstract sockets and signals


def _landlock(abi: int, readable: Iterable[str]) -> None:
    files = (1 << max(count for since, count in _FILES if abi >= since)) - 1
    handled = [files, *([_CONNECTIONS] if abi >= 4 else []), *([_SCOPES] if abi >= 6 else [])]
    attributes = struct.pack(f"={len(handled)}Q", *handled)
    ruleset = check(_call(_CREATE_RULESET, attributes, len(attributes), 0))
    for path in readable:
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):  # then there is nothing to allow
            _allow(ruleset, path)
    check(_call(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)


def _allow(ruleset: int, path: str) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ_FILE | _READ_DIR if stat.S_ISDIR(os.fstat(place).st_mode) else _READ_FILE
        check(_call(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", rights, place), 0))
    finally:
        os.close(place)


# seccomp: linux/seccomp.h, linux/filter.h, linux/audit.h; numbers of calls from asm/unistd_64.h (x86_64) and
# asm-generic/unistd.h (aarch64).

_SET_FILTER, _ACTION_AVAILABLE = 1, 2
_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM = 1
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06  # BPF_LD|W|ABS, JMP|JEQ|K, JMP|JSET|K, RET|K
_CALL_AT, _PROCESSOR_AT, _ARGUMENTS_AT = 0, 4, 16  # in struct seccomp_data; the low half of an argument stands first

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
_ASKS = (1, 2, 3, 1030)  # F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC; not F_SETOWN: it sends signals


@dataclass(frozen=True, slots=True)
class _Machine:
    """A processor's numbers: its own, those of calls that are always allowed, and of those that depend."""

    audit: int
    seccomp: int
    always: Sequence[int]
    openat: int
    fcntl: int
    prlimit64: int
    signals: Sequence[int]  # kill, tkill, tgkill


_MACHINES = {
    # Memory: mmap munmap mprotect mremap madvise brk. Files: read write close lseek pread64 readv writev fstat
    # newfstatat statx access faccessat faccessat2 readlink readlinkat getdents64 getcwd stat lstat. The connection:
    # sendto recvfrom shutdown poll ppoll. Time and chance: clock_gettime clock_getres clock_nanosleep nanosleep
    # gettimeofday time times getrusage getrandom. Itself: getpid gettid getppid getuid geteuid getgid getegid uname
    # sysinfo getcpu sched_yield sched_getaffinity getrlimit dup futex set_robust_list rseq membarrier rt_sigaction
    # rt_sigprocmask rt_sigreturn sigaltstack restart_syscall exit exit_group. The second has no access, readlink, stat,
    # lstat, poll and time.
    "x86_64": _Machine(
        audit=0xC000003E, seccomp=317, openat=257, fcntl=72, prlimit64=302, signals=(62, 200, 234),
        always=(
            9, 11, 10, 25, 28, 12, 0, 1, 3, 8, 17, 19, 20, 5, 262, 332, 21, 269, 439, 89, 267, 217, 79, 4, 6,
            44, 45, 48, 7, 271, 228, 229, 230, 35, 96, 201, 100, 98, 318, 39, 186, 110, 102, 107, 104, 108, 63, 99, 309,
            24, 204, 97, 32, 202, 273, 334, 324, 13, 14, 15, 131, 219, 60, 231,
        ),
    ),
    "aarch64": _Machine(
        audit=0xC00000B7, seccomp=277, openat=56, fcntl=25, prlimit64=261, signals=(129, 130, 131),
        always=(
            222, 215, 226, 216, 233, 214, 63, 64, 57, 62, 67, 65, 66, 80, 79, 291, 48, 439, 78, 61, 17,
            206, 207, 210, 73, 113, 114, 115, 101, 169, 153, 165, 278, 172, 178, 173, 174, 175, 176, 177, 160, 179, 168,
            124, 123, 163, 23, 98, 99, 293, 283, 134, 135, 139, 132, 128, 93, 94,
        ),
    ),
}  # fmt: skip
_MACHINE = _MACHINES.get(platform.machine()) if sys.maxsize > 2**32 else None


def _seccomp(own: int) -> None:
    assert _MACHINE is not None
    program = _filter(_MACHINE, own)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: a count, and a pointer behind what aligns it
    prog = struct.pack("=H6xQ", len(program) // 8, ctypes.addressof(code))
    check(_call(_MACHINE.seccomp, _SET_FILTER, 0, prog))


def _filter(machine: _Machine, own: int) -> bytes:
    """The program that decides over each call of the process with this id: struct sock_filter after sock_filter."""
    refuse, allow = _step(_RETURN, _ERRNO | _EPERM), _step(_RETURN, _ALLOW)

    def argument(number: int) -> bytes:
        return _step(_LOAD, _ARGUMENTS_AT + 8 * number)

    def when(call: int, *then: bytes) -> bytes:
        return _step(_EQUAL, call, 0, len(then)) + b"".join(then)

    def one_of(values: Sequence[int]) -> list[bytes]:
        last = len(values)
        return [_step(_EQUAL, value, last - at, 0) for at, value in enumerate(values)] + [refuse, allow]

    return b"".join(
        [
            _step(_LOAD, _PROCESSOR_AT),
            _step(_EQUAL, machine.audit, 1, 0),
            _step(_RETURN, _KILL),
            _step(_LOAD, _CALL_AT),
            *(when(call, allow) for call in machine.always),
            when(machine.openat, argument(2), _step(_ANY_BIT, _WRITING, 0, 1), refuse, allow),
            when(machine.fcntl, argument(1), *one_of(_ASKS)),
            when(machine.prlimit64, argument(0), *one_of([0])),
            *(when(call, argument(0), *one_of([own])) for call in machine.signals),
            refuse,
        ]
    )


def _step(code: int, value: int, when_so: int = 0, else_: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_so, else_, value)
