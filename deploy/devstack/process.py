"""Child processes that end with their parent, whatever ends it, and whose lines come out with a name in front."""

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

PR_SET_PDEATHSIG = 1
_COLOURS = {"upload": 36, "validation": 35, "licensing": 33, "notification": 32, "kafka": 34, "postgres": 94}


def last_line(lines: Sequence[str]) -> str:
    """Why a program ended, where it says so last, as Python does; empty where it said nothing."""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


@dataclass(frozen=True)
class Command:
    """What to run. `user` is a system user to run as, where we are root and the program refuses root. `reason` finds in
    the last lines of a program that has ended why it did, in its own words."""

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_seconds: float = 10
    parent_death_signal: signal.Signals = signal.SIGKILL
    quiet: Callable[[str], bool] = lambda _: False
    reason: Callable[[Sequence[str]], str] = last_line


def die_with_parent(number: int) -> Callable[[], None]:
    """For a child between fork and exec: the kernel sends it `number` when the thread that started it ends. Linux only;
    elsewhere a stack that is killed hard leaves its parts, which the next start of the same data says."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None, use_errno=True)
    parent = os.getpid()

    def apply() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it ended between the fork and the call: nothing would come any more
            os._exit(1)

    return apply


@dataclass(frozen=True)
class Started:
    """A process and its output. The pipe is ours, not asyncio's, whose wait() may last until the pipe is closed: a
    grandchild that outlives its parent holds it open."""

    process: Process
    output: asyncio.StreamReader

    @property
    def pid(self) -> int:
        return self.process.pid


async def start(command: Command) -> Started:
    """Starts it in a session of its own, so that Ctrl-C reaches the supervisor alone, which stops parts in order.
    Raises OSError where it cannot be started."""
    reading, writing = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            *command.arguments,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **command.environment},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=writing,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with_parent(command.parent_death_signal),
            user=command.user,
            group=command.user,
            extra_groups=[] if command.user else None,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    output = asyncio.StreamReader(limit=1 << 20)
    pipe = os.fdopen(reading, "rb", buffering=0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(output), pipe)
    return Started(process, output)


async def pump(command: Command, output: asyncio.StreamReader, write: Callable[[str], None], tail: list[str]) -> None:
    """Writes the process' lines, each with the part's name in front, until the output is closed; keeps the last 120:
    one failure of Kafka is 60 lines of stack trace, with its reason in the middle."""
    while True:
        try:
            line = await output.readline()
        except ValueError:  # one line longer than the limit: readline has dropped it
            continue
        if not line:
            return
        text = line.decode("utf-8", "replace").rstrip("\n")
        tail.append(text)
        del tail[:-120]
        if not command.quiet(text):
            write(prefixed(command.name, text))


def prefixed(name: str, text: str, colour: bool | None = None) -> str:
    """One line of a part, as it is shown."""
    label = f"{name:<14}"
    if colour if colour is not None else sys.stdout.isatty():
        label = f"\x1b[{_COLOURS.get(name.split('-')[0], 90)}m{label}\x1b[0m"
    return f"{label} {text}"


async def stop(command: Command, started: Started) -> None:
    """Asks it to end, waits, then ends it and what it left behind in its session."""
    process = started.process
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(command.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), command.stop_seconds)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    sweep(process.pid)


def sweep(group: int) -> None:
    """Ends what is left of a dead process' group: its own children."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
