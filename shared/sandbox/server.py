"""The process behind shared/sandbox/pool.py: imports modules once, then forks a child for every run.

It holds nothing but code: its environment is bare and its only connection is the one to its service; its memory, and
that of its children, is shown to nobody. It ends when that
connection does, and takes its children with it. A run's status connection is its lifeline: when the service closes it
(the wall limit has passed, or nobody waits any more), the child is killed.
"""

import gc
import importlib
import operator
import os
import pickle
import resource
import selectors
import signal
import socket
import struct
import sys
import sysconfig
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from shared.sandbox.confinement import confine
from shared.sandbox.privileges import drop_capabilities, keep_to_oneself

DATA_FD = 3
_PYTHON = {sysconfig.get_path(kind) for kind in ("stdlib", "platstdlib", "purelib", "platlib")}


class Server:
    """Forks a child for each call, and hands on what becomes of it."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Until the service closes its end."""
        wake, woken = socket.socketpair()
        wake.setblocking(False)
        woken.setblocking(False)
        signal.signal(signal.SIGCHLD, _wake)
        signal.set_wakeup_fd(woken.fileno())
        self._selector.register(self._control, selectors.EVENT_READ, self._fork)
        self._selector.register(wake, selectors.EVENT_READ, lambda: self._reap(wake))
        with suppress(EOFError):
            while True:
                for key, _ in self._selector.select():
                    key.data()
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)

    def _fork(self) -> None:
        message, fds, _, _ = socket.recv_fds(self._control, 1, 2)
        if not message:
            raise EOFError
        data, status = (socket.socket(fileno=fd) for fd in fds)
        with data:
            pid = os.fork()
            if pid == 0:
                _be_child(data)
        self._children[pid] = status
        self._selector.register(status, selectors.EVENT_READ, lambda: self._abandon(pid))
        with suppress(OSError):
            status.send(b"S")

    def _abandon(self, pid: int) -> None:
        """Nobody waits for this run any more. The child is not reaped yet, so its id is still its own."""
        if status := self._children.get(pid):
            self._selector.unregister(status)
            os.kill(pid, signal.SIGKILL)

    def _reap(self, wake: socket.socket) -> None:
        with suppress(BlockingIOError):
            wake.recv(4096)
        with suppress(ChildProcessError):
            while True:
                pid, ended = os.waitpid(-1, os.WNOHANG)
                if pid == 0:
                    return
                status = self._children.pop(pid)
                with suppress(KeyError):
                    self._selector.unregister(status)
                with suppress(OSError):
                    status.send(struct.pack("<i", os.waitstatus_to_exitcode(ended)))
                status.close()


def _wake(*_: object) -> None:
    """A child has ended: the wakeup socket says so to the selector."""


def _be_child(data: socket.socket) -> NoReturn:
    """Never returns: whatever happens, this process ends here."""
    code = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        connection = _keep_only(data)
        answer = _answer(connection)
        connection.sendall(answer)
        code = 0
    finally:
        os._exit(code)


def _keep_only(data: socket.socket) -> socket.socket:
    """Closes everything inherited but the connection to the caller; what a parser prints goes nowhere."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    if data.fileno() != DATA_FD:
        os.dup2(data.fileno(), DATA_FD)
    for open_fd in [int(each.name) for each in Path("/dev/fd").iterdir()]:  # by name: a range of a million takes 0.2 s
        if open_fd > DATA_FD:
            with suppress(OSError):  # the listing's own
                os.close(open_fd)
    return socket.socket(fileno=DATA_FD)


def _answer(connection: socket.socket) -> bytes:
    """R and the result, M when memory ran out, E and where for any other exception; never a message, it may quote."""
    try:
        name, args, memory, cpu, files, reads = pickle.loads(_read(connection))
        function = _function(name)
        drop_capabilities()
        _limit(memory, cpu, files)
        confine([*_code(), *reads])
        return b"R" + function(*args)
    except MemoryError:
        return b"M"
    except BaseException as error:  # it is told to the caller; there is nothing else here to end
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return f"E{type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}".encode()


def _read(connection: socket.socket) -> bytes:
    (size,) = struct.unpack("<Q", connection.recv(8, socket.MSG_WAITALL))
    body = bytearray()
    while len(body) < size:
        chunk = connection.recv(size - len(body))
        if not chunk:
            raise EOFError
        body += chunk
    return bytes(body)


def _limit(memory: int, cpu: int, files: int) -> None:
    for what, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        (resource.RLIMIT_CPU, cpu, cpu + 1),
        (resource.RLIMIT_NOFILE, files, files),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NPROC, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(what, (soft, hard))


def _code() -> set[str]:
    """Where Python and what is imported by now come from: a child may import more of it while it runs."""
    found, below = set(_PYTHON), tuple(folder + os.sep for folder in _PYTHON)
    for name, module in list(sys.modules.items()):
        if "." not in name:
            places = getattr(module, "__path__", None) or [getattr(module, "__file__", None) or ""]
            found.update(place for place in places if place and not place.startswith(below))
    return found


def _function(name: str) -> Callable[..., bytes]:
    module, _, path = name.partition(":")
    return operator.attrgetter(path)(importlib.import_module(module))


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    for module in sys.argv[2:]:
        importlib.import_module(module)
    keep_to_oneself()
    gc.collect()
    gc.freeze()  # the children share what was imported: a collector that marks it would copy it
    gc.disable()  # a child lives for one file; collecting cycles over millions of cells costs more than it frees
    Server(control).serve()


if __name__ == "__main__":
    main()
