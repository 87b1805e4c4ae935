"""What is told of the sandbox: which walls this kernel gives it; and of each run how long it took, how it died, its
place in the trace."""

from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from itertools import product
from typing import get_args

import structlog
from prometheus_client import Counter, Gauge, Histogram

from shared.observability.spans import within
from shared.observability.tracing import current_traceparent
from shared.sandbox.confinement import offered
from shared.sandbox.pool import Reason, Sandbox, SandboxDied

log = structlog.stdlib.get_logger(__name__)

_seconds = Histogram(
    "usher_sandbox_seconds",
    "How long runs in the sandbox took, by what they do.",
    ["work"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90),
)
_deaths = Counter(
    "usher_sandbox_deaths_total", "Runs in the sandbox that ended without a result, by reason.", ["work", "reason"]
)
_walls = Gauge(
    "usher_sandbox_walls",
    "What keeps a file to its own bytes: Landlock's ABI and 1 for seccomp, or 0 for none.",
    ["wall"],
)


@asynccontextmanager
async def warm(sandbox: Sandbox, *works: str) -> AsyncGenerator[None]:
    """Around a service: the sandbox is ready for the first file, and gone with it. The log and a gauge say what this
    kernel gives it; a wall that is missing is a warning. works: the names of what it runs, whose deaths are counted
    from the start: an increase is not seen of what is born at 1."""
    for work, reason in product(works, get_args(Reason)):
        _deaths.labels(work, reason)
    walls = offered()
    _walls.labels("landlock").set(walls.landlock)
    _walls.labels("seccomp").set(walls.seccomp)
    tell = log.info if walls.landlock and walls.seccomp else log.warning
    tell("sandbox.walls", landlock_abi=walls.landlock, seccomp=walls.seccomp)
    sandbox.start()
    try:
        yield
    finally:
        sandbox.close()


@contextmanager
def observed(work: str) -> Generator[None]:
    """Around one run; see `Sandbox`."""
    with within(current_traceparent(), f"sandbox {work}"), _seconds.labels(work).time():
        try:
            yield
        except SandboxDied as death:
            _deaths.labels(work, death.reason).inc()
            raise
