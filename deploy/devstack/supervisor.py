"""Keeps a process running: starts it, waits until it is ready, starts it again when it dies."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from deploy.devstack import process
from deploy.devstack.process import Command, Started
from deploy.operate.errors import CommandError
from shared.core.retry import Backoff

BACKOFF = Backoff(first=0.2, cap=10.0)
STEADY_SECONDS = 20.0
LAST_LINES_SECONDS = 1.0
_LAST_LINES = 15

Ready = Callable[[], Awaitable[bool]]


async def start_again() -> bool:
    """Nothing is seen to when a process has ended."""
    return False


def pause_before(restart: int) -> float:
    """Seconds before restart number `restart` (from 1) of a process that keeps dying: at once, then doubling."""
    return BACKOFF.pause(restart)


def restarts_after(restarts: int, lived: float) -> int:
    """How many restarts in a row count, once a process that has lived for `lived` seconds died."""
    return 1 if lived >= STEADY_SECONDS else restarts + 1


@dataclass
class Part:
    """One supervised process. `on_change` is told when it is ready again after a restart. `ended` is asked when it has
    ended by itself, whether that is seen to: then it is not started again."""

    command: Command
    ready: Ready
    on_change: Callable[[], None] = lambda: None
    ended: Ready = start_again
    write: Callable[[str], None] = print
    ready_seconds: float = 60.0
    tail: list[str] = field(default_factory=list[str])
    _started: Started | None = None
    _pump: asyncio.Task[None] | None = None
    _task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now; 0 before the first start."""
        return self._started.pid if self._started else 0

    @property
    def alive(self) -> bool:
        """Whether the process runs at this moment."""
        return self._started is not None and self._started.process.returncode is None

    async def start(self) -> None:
        """Starts it and waits until it is ready; from then on it is kept running. Raises CommandError."""
        await self._launch()
        try:
            await self._until_ready()
        except BaseException:
            await self._end()
            raise
        self._task = asyncio.create_task(self._keep(), name=f"keep {self.command.name}")

    async def stop(self) -> None:
        """Stops it for good."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._end()

    async def _launch(self) -> None:
        self._started = await process.start(self.command)
        self._pump = asyncio.create_task(process.pump(self.command, self._started.output, self.write, self.tail))

    async def _end(self) -> None:
        if self._started:
            await process.stop(self.command, self._started)
            await self._last_lines()

    async def _last_lines(self) -> None:
        if self._pump:
            await asyncio.wait({self._pump}, timeout=LAST_LINES_SECONDS)

    async def _until_ready(self) -> None:
        assert self._started is not None
        deadline = time.monotonic() + self.ready_seconds
        while not await self.ready():
            if self._started.process.returncode is not None:
                await self._last_lines()
                raise CommandError(self._ended(f"ended at once with code {self._started.process.returncode}"))
            if time.monotonic() > deadline:
                raise CommandError(self._ended(f"was not ready within {self.ready_seconds:.0f} s"))
            await asyncio.sleep(0.05)

    def _ended(self, what: str) -> str:
        """What happened as one sentence, with the program's reason; its last lines are written before it."""
        for line in self.tail[-_LAST_LINES:]:
            if self.command.quiet(line):  # the others are written already
                self.write(process.prefixed(self.command.name, line))
        reason = self.command.reason(self.tail)
        return f"{self.command.name} {what}" + (f": {reason}" if reason else ", and said nothing.")

    async def _keep(self) -> None:
        restarts, began = 0, time.monotonic()
        while True:
            assert self._started is not None
            code = await self._started.process.wait()
            process.sweep(self._started.pid)
            await self._last_lines()
            if await self._seen_to():
                return
            restarts = restarts_after(restarts, time.monotonic() - began)
            pause = pause_before(restarts)
            self._say(f"ended with code {code}; starting it again in {pause:.1f} s")
            await asyncio.sleep(pause)
            began = time.monotonic()
            await self._launch()
            await self._ready_again()

    async def _seen_to(self) -> bool:
        try:
            return await self.ended()
        except Exception as error:  # whatever could not be done: what was there before is started again
            self._say(f"ended, and what was to be done then could not be: {type(error).__name__}: {error}")
            return False

    async def _ready_again(self) -> None:
        try:
            await self._until_ready()
        except CommandError:
            if self.alive:  # started and not ready yet: it may still be waiting for another part
                self._say("runs again, and is not ready yet")
        else:
            self._say(f"runs again, pid {self.pid}")
        self.on_change()

    def _say(self, text: str) -> None:
        self.write(process.prefixed("stack", f"{self.command.name} {text}"))
