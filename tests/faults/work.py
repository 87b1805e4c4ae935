"""Work under way, while a fault happens to it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

from tests.faults.admin import Admin


class PromiseBroken(AssertionError):
    """A promise that is seen to be broken while the fault lasts, and could not be seen afterwards."""

    def __init__(self, promise: str, how: str) -> None:
        super().__init__(how)
        self.promise = promise


class Work:
    """Tasks, each in a thread of its own. `check` is given what they came to; it raises where that is wrong."""

    longest_pause: float | None = None
    """Seconds, of work that is timed."""

    def __init__(self, tasks: Sequence[Callable[[], Any]], check: Callable[[Sequence[Any]], None]) -> None:
        self._pool = ThreadPoolExecutor(len(tasks))
        self._futures = [self._pool.submit(task) for task in tasks]
        self._check = check

    @property
    def going(self) -> bool:
        """Whether somebody still waits for something."""
        return not all(future.done() for future in self._futures)

    @property
    def failed(self) -> bool:
        """Whether somebody has given up."""
        return any(future.done() and future.exception() for future in self._futures)

    def join(self) -> None:
        """Returns when everybody has what they waited for. Raises what went wrong for one of them."""
        self._pool.shutdown()
        self._check([future.result() for future in self._futures])


class Prepared(Protocol):
    """Work that can begin, and the admins who do it."""

    admins: list[Admin]

    def begin(self) -> Work: ...
