"""Runs one function on one hostile input in a process of its own, with limits and without anything worth stealing.

What a child may do is small (shared/sandbox/confinement.py): compute, read the files that it was given and Python's
own, and answer. Its siblings and the server hold other companies' rows, and show it nothing of their memory.

A small server process (shared/sandbox/server.py) imports the heavy modules once and forks a child for every run; a
child serves one run and is gone. It is not multiprocessing's forkserver: that one hands the whole environment,
credentials included, to its children, and imports the service's `__main__`, settings and all, in each of them.

What comes back is bytes and nothing else. A pickle from a child that a hostile file has taken over would run code
here; so the function says how its result is written, and the caller how it is read.
"""

import asyncio
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

MIB = 1024 * 1024
START_SECONDS = 30.0  # what the server may take to import its modules on a busy machine

Reason = Literal["memory", "cpu", "time", "signal", "error", "result_too_large"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use."""

    memory_bytes: int = 600 * MIB
    cpu_seconds: int = 60
    wall_seconds: float = 90.0
    result_bytes: int = 256 * MIB
    open_files: int = 32


class SandboxDied(Exception):
    """The run ended without a result.

    `reason` is one of a few words, fit for a metric; `detail` says more for the log (a signal's name, an exception's
    type and place) and never contains anything of the input.
    """

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason: Reason = reason
        self.detail = detail


class SandboxUnavailable(Exception):
    """No child could be started, or the server went away: says nothing about the input, so try again later."""


class Sandbox:
    """Runs functions in children; at most `slots` at a time (default: one a core).

    `preload` names the modules that every child should find already imported. `around` is entered with the name of what
    is run, around each run, and sees how it ends. (What measures is not imported here: children import this module.)
    """

    def __init__(
        self,
        preload: Sequence[str] = (),
        slots: int | None = None,
        around: Callable[[str], AbstractContextManager[object]] = nullcontext,
    ) -> None:
        self._preload = tuple(preload)
        self._slots = asyncio.Semaphore(slots or os.cpu_count() or 1)
        self._around = around
        self._server: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self) -> None:
        """Starts the server, so that the first run finds it warm. Without it the first run starts it."""
        self.close()
        ours, theirs = socket.socketpair()
        with theirs:
            self._server = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "shared.sandbox.server",
                    str(theirs.fileno()),
                    *self._preload,
                ],
                pass_fds=(theirs.fileno(),),
                env=_bare_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._control = ours

    def close(self) -> None:
        """Ends the server, and with it every child."""
        if self._control is not None:
            self._control.close()
        if self._server is not None:
            try:
                self._server.wait(timeout=5)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._control = self._server = None

    async def run(
        self,
        function: Callable[..., bytes],
        *args: object,
        limits: Limits | None = None,
        reads: Sequence[Path] = (),
    ) -> bytes:
        """`function(*args)` in a child: a function at the top of an importable module, its arguments picklable. It can
        open the files that it `reads`, and no others.

        Raises SandboxDied when the child was ended by a limit or a signal, or when the function raised, and
        SandboxUnavailable when there was no child at all.
        """
        async with self._slots:
            with self._around(function.__name__.strip("_").removesuffix("_in_child")):
                return await self._run(_request(function, args, limits or Limits(), reads), limits or Limits())

    async def _run(self, request: bytes, limits: Limits) -> bytes:
        data, status = await self._child()
        with data, status:
            try:
                async with asyncio.timeout(limits.wall_seconds):
                    answer = await _converse(data, request, limits.result_bytes)
                    code = await _exit_code(status)
            except TimeoutError:
                raise SandboxDied("time", f"after {limits.wall_seconds} s") from None
        return _result(answer, code)

    async def _child(self) -> tuple[socket.socket, socket.socket]:
        """The connections to a fresh child; from a new server, once, when the last one has died."""
        for _ in range(2):
            if self._control is None or self._server is None or self._server.poll() is not None:
                self.start()
            with ExitStack() as opened:
                data, childs_data = _pair(opened)
                status, servers_status = _pair(opened)
                with childs_data, servers_status:
                    self._hand_over(childs_data, servers_status)
                if await _started(status):
                    opened.pop_all()
                    return data, status
            self.close()
        raise SandboxUnavailable("no child was started")

    def _hand_over(self, *sockets: socket.socket) -> None:
        assert self._control is not None
        with suppress(BrokenPipeError, ConnectionResetError):  # then nothing starts, and the caller sees that
            socket.send_fds(self._control, [b"\0"], [end.fileno() for end in sockets])


def _pair(opened: ExitStack) -> tuple[socket.socket, socket.socket]:
    """Our end, which never blocks the loop, and the child's."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return opened.enter_context(ours), theirs


def _bare_environment() -> dict[str, str]:
    """Where modules are found, and nothing else: no credentials, no addresses."""
    return {
        "PYTHONPATH": os.pathsep.join(str(Path(entry).resolve()) for entry in sys.path),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
    }


def _request(function: Callable[..., bytes], args: tuple[object, ...], limits: Limits, reads: Sequence[Path]) -> bytes:
    name = f"{function.__module__}:{function.__qualname__}"
    body = pickle.dumps(
        (name, args, limits.memory_bytes, limits.cpu_seconds, limits.open_files, [str(path) for path in reads]),
        protocol=5,
    )
    return struct.pack("<Q", len(body)) + body


async def _started(status: socket.socket) -> bool:
    with suppress(TimeoutError, ConnectionError):
        async with asyncio.timeout(START_SECONDS):
            return bool(await asyncio.get_running_loop().sock_recv(status, 1))
    return False


async def _converse(data: socket.socket, request: bytes, most: int) -> bytearray:
    """Sends the request and reads until the child closes its end. A child that dies meanwhile has simply said less."""
    loop = asyncio.get_running_loop()
    answer = bytearray()
    with suppress(ConnectionError):
        await loop.sock_sendall(data, request)
        while chunk := await loop.sock_recv(data, MIB):
            answer += chunk
            if len(answer) > most + 1:
                raise SandboxDied("result_too_large", f"more than {most} bytes")
    return answer


async def _exit_code(status: socket.socket) -> int:
    """The child's exit code as the server saw it; negative for a signal, as in subprocess."""
    raw = b""
    with suppress(ConnectionError):
        while chunk := await asyncio.get_running_loop().sock_recv(status, 4 - len(raw)):
            raw += chunk
            if len(raw) == 4:
                return struct.unpack("<i", raw)[0]
    raise SandboxUnavailable("the server died during the run")


def _result(answer: bytearray, code: int) -> bytes:
    if code < 0:
        name = signal.Signals(-code).name
        raise SandboxDied("cpu" if name == "SIGXCPU" else "signal", name)
    match bytes(answer[:1]):
        case b"R" if code == 0:
            return bytes(memoryview(answer)[1:])
        case b"M":
            raise SandboxDied("memory")
        case b"E":
            raise SandboxDied("error", answer[1:201].decode("utf-8", "replace"))
        case _:
            raise SandboxDied("error", f"no answer, exit code {code}")
