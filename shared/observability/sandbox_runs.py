"""What is told of each run in the sandbox: how long it took, how it died, its place in the trace."""

from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from shared.observability.spans import within
from shared.observability.tracing import current_traceparent
from shared.sandbox import SandboxDied

_seconds = Histogram(
    "usher_sandbox_seconds", "How long runs in the sandbox took, by what they do.", ["work"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 60, 90),
)  # fmt: skip
_deaths = Counter(
    "usher_sandbox_deaths_total", "Runs in the sandbox that ended without a result, by reason.", ["work", "reason"]
)


@contextmanager
def observed(work: str) -> Generator[None]:
    """Around one run; see `Sandbox`."""
    with within(current_traceparent(), f"sandbox {work}"), _seconds.labels(work).time():
        try:
            yield
        except SandboxDied as death:
            _deaths.labels(work, death.reason).inc()
            raise
