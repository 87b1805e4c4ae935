"""What a flaw in a parser would let a file try. Each answers with what it got; one that is refused raises OSError.

Run in the sandbox's child: only what is imported here is there.
"""

import _thread
import ctypes
import fcntl
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PTRACE_ATTACH, _CLONE_NEWUSER = 16, 0x10000000
_libc = ctypes.CDLL(None, use_errno=True)
IMAGE_USER = 10001  # deploy/Dockerfile
SECRET = b"another company's rows"


class _Piece(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


def hold(seconds: float) -> bytes:
    """A sibling, and what it holds."""
    rows = SECRET * 100
    time.sleep(seconds)
    return rows


def _called(result: int) -> str:
    if result == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return f"got {result}"


def _memory(call: Callable[..., int], victim: int) -> str:
    """Its own and the victim's memory are laid out alike: all are forks of one server."""
    own = ctypes.create_string_buffer(8)
    here, there = _Piece(ctypes.addressof(own), 8), _Piece(id(SECRET), 8)
    return _called(call(victim, ctypes.byref(here), 1, ctypes.byref(there), 1, 0))


def _namespace() -> str:
    return _called(_libc.unshare(_CLONE_NEWUSER))


def _forked() -> str:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return "a child"


def _owned(own: socket.socket) -> str:
    fcntl.fcntl(own, fcntl.F_SETOWN, os.getppid())
    return "who is told of each byte by a signal"


def attempt(what: str, victim: int, folder: str, port: int) -> bytes:
    """Tries one of ATTACKS; says what it got."""
    try:
        return f"done: {ATTACKS[what](victim, Path(folder), port)}".encode()
    except OSError as refused:
        return f"refused: {refused.strerror}".encode()
    except RuntimeError:  # what Python makes of a thread that may not start
        return b"refused: Operation not permitted"


def _sent(pid: int, sign: signal.Signals) -> str:
    os.kill(pid, sign)
    return sign.name


def _lowered(victim: int) -> str:
    return str(resource.prlimit(victim, resource.RLIMIT_AS, (1 << 30, 1 << 30)))


ATTACKS: dict[str, Callable[[int, Path, int], object]] = {
    "fork": lambda _pid, _folder, _port: _forked(),
    "execute": lambda _pid, _folder, _port: os.execv(sys.executable, [sys.executable, "-c", "pass"]),
    "a thread": lambda _pid, _folder, _port: _thread.start_new_thread(int, ()),
    "a user namespace": lambda _pid, _folder, _port: _namespace(),
    "unlink": lambda _pid, folder, _port: (folder / "other.xlsx").unlink(),
    "rename": lambda _pid, folder, _port: (folder / "other.xlsx").rename(folder / "mine.xlsx"),
    "truncate": lambda _pid, folder, _port: os.truncate(folder / "other.xlsx", 0),
    "cut off by opening": lambda _pid, folder, _port: os.open(folder / "other.xlsx", os.O_WRONLY | os.O_TRUNC),
    "write its own": lambda _pid, folder, _port: os.open(folder / "own.xlsx", os.O_RDWR),
    "make a file": lambda _pid, folder, _port: os.open(folder / "new", os.O_CREAT | os.O_WRONLY),
    "make a folder": lambda _pid, folder, _port: (folder / "new").mkdir(),
    "link": lambda _pid, folder, _port: (folder / "new").symlink_to(folder / "other.xlsx"),
    "change rights": lambda _pid, folder, _port: (folder / "other.xlsx").chmod(0o777),
    "read another file": lambda _pid, folder, _port: (folder / "other.xlsx").read_bytes(),
    "list a folder": lambda _pid, folder, _port: list(folder.iterdir()),
    "kill a sibling": lambda pid, _folder, _port: _sent(pid, signal.SIGTERM),
    "kill the server": lambda _pid, _folder, _port: _sent(os.getppid(), signal.SIGTERM),
    "kill all": lambda _pid, _folder, _port: _sent(0, signal.SIGTERM),
    "ask whether a process is there": lambda pid, _folder, _port: os.kill(pid, 0),
    "a signal by its connection": lambda _pid, _folder, _port: _owned(socket.socket(fileno=3)),
    "limit the server": lambda _pid, _folder, _port: _lowered(os.getppid()),
    "trace a sibling": lambda pid, _folder, _port: _called(_libc.ptrace(_PTRACE_ATTACH, pid, None, None)),
    "trace the server": lambda _pid, _folder, _port: _called(_libc.ptrace(_PTRACE_ATTACH, os.getppid(), None, None)),
    "read a sibling": lambda pid, _folder, _port: _memory(_libc.process_vm_readv, pid),
    "read the server": lambda _pid, _folder, _port: _memory(_libc.process_vm_readv, os.getppid()),
    "write a sibling": lambda pid, _folder, _port: _memory(_libc.process_vm_writev, pid),
    "open a sibling's memory": lambda pid, _folder, _port: os.open(f"/proc/{pid}/mem", os.O_RDWR),
    "look at a sibling's memory": lambda pid, _folder, _port: os.open(f"/proc/{pid}/mem", os.O_RDONLY),
    "a sibling's files": lambda pid, _folder, _port: list(Path(f"/proc/{pid}/fd").iterdir()),
    "the server's memory": lambda _pid, _folder, _port: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
    "the server's environment": lambda _pid, _folder, _port: Path(f"/proc/{os.getppid()}/environ").read_bytes(),
    "connect": lambda _pid, _folder, port: socket.socket().connect(("127.0.0.1", port)),
    "a socket": lambda _pid, _folder, _port: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
    "a pair of sockets": lambda _pid, _folder, _port: socket.socketpair(),
    "listen": lambda _pid, _folder, _port: socket.create_server(("127.0.0.1", 0)),
    "resolve": lambda _pid, _folder, _port: os.open("/etc/resolv.conf", os.O_RDONLY),
}
