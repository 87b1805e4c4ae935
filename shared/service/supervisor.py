"""Tasks that run as long as the service: started, watched, and started again when they fail."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from shared.core.retry import Backoff
from shared.observability.metrics import TASK_RESTARTS

Run = Callable[[], Awaitable[None]]

_BACKOFF = Backoff(first=0.5, cap=15.0)
"""What has failed is tried again 15 seconds after its cause is mended, at the latest."""
_LETTING_GO = 3.0
"""Seconds that a task has for that."""
_LASTED = 30.0
"""A task that ran this long, in seconds, begins with the shortest pause again."""

log = structlog.stdlib.get_logger(__name__)


class Supervisor:
    """Runs named tasks until it is stopped. `failing` names those that have failed and are not running now, `dead`
    those that nobody will start again."""

    def __init__(self, tasks: Mapping[str, Run], pauses: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._runs = dict(tasks)
        for name in tasks:
            TASK_RESTARTS.labels(name)  # there from the start: an increase is not seen of what is born at 1
        self._pause = pauses
        self._tasks: list[asyncio.Task[None]] = []
        self._failing: dict[str, str] = {}

    @property
    def failing(self) -> Mapping[str, str]:
        """Name of each task that waits to be started again, with the kind of error that ended it."""
        return self._failing

    @property
    def dead(self) -> Sequence[str]:
        """Tasks that ended and were not done: cancelled from within, or by what is no Exception."""
        return [task.get_name() for task in self._tasks if task.done() and (task.cancelled() or task.exception())]

    def start(self) -> None:
        """Start all of them."""
        self._tasks = [asyncio.create_task(self._keep(name, run), name=name) for name, run in self._runs.items()]

    async def stop(self, seconds: float = 5) -> None:
        """Stop them in the reverse order of their start, so that each ends on what it stands on. A task that is
        cancelled may finish what it holds; those that are not done after so many seconds, for all of them together, are
        cancelled once more and have to let go."""
        tasks, self._tasks = self._tasks, []
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        for task in reversed(tasks):
            task.cancel()
            await asyncio.wait([task], timeout=max(0, deadline - loop.time()))
        if left := [task for task in tasks if not task.done()]:
            for task in left:
                log.warning("task_has_to_let_go", task=task.get_name())
                task.cancel()
            await asyncio.wait(left, timeout=_LETTING_GO)

    async def _keep(self, name: str, run: Run) -> None:
        failures = 0
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
            failures = 1 if lasted else failures + 1
            await self._pause(_BACKOFF.pause(failures))
            self._failing.pop(name, None)
