"""Tasks that run as long as the service: started, watched, and started again when they fail."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from shared.observability.metrics import TASK_RESTARTS

Run = Callable[[], Awaitable[None]]

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 15.0
"""Seconds; running.md: no wait between retries is longer than 15 s in development."""
_LASTED = 30.0
"""A task that ran this long, in seconds, begins with the shortest pause again."""

log = structlog.stdlib.get_logger(__name__)


class Supervisor:
    """Runs named tasks until it is stopped. `failing` names those that have failed and are not running now."""

    def __init__(self, tasks: Mapping[str, Run], pauses: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._runs = dict(tasks)
        self._pause = pauses
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: dict[str, str] = {}

    @property
    def failing(self) -> Mapping[str, str]:
        """Name of each task that waits to be started again, with the kind of error that ended it."""
        return self._failing

    def start(self) -> None:
        """Start all of them."""
        self._tasks = [asyncio.create_task(self._keep(name, run), name=name) for name, run in self._runs.items()]

    async def stop(self, seconds: float = 5) -> None:
        """Cancel all of them and wait for their ends, this many seconds at most."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, left = await asyncio.wait(self._tasks, timeout=seconds)
            for task in left:
                log.warning("task_did_not_stop", task=task.get_name())
        self._tasks = []

    async def _keep(self, name: str, run: Run) -> None:
        pause = 0.0
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            try:
                await run()
                return
            except Exception as error:  # whatever ends it, it has to run again
                log.error("task_failed", task=name, error=type(error).__name__, exc_info=error)
                self._failing[name] = type(error).__name__
                TASK_RESTARTS.labels(name).inc()
            lasted = loop.time() - started > _LASTED
            pause = _FIRST_PAUSE if lasted else max(_FIRST_PAUSE, min(pause * 2, _LONGEST_PAUSE))
            await self._pause(pause)
            self._failing.pop(name, None)
