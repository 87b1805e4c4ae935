"""What benchmarks stand on: a stack of their own."""

import io
from collections.abc import Coroutine, Generator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from typing import Any, TypeVar

import uvloop

from shared.service.process import collect_rarely
from tests.stack import TestStack, started

T = TypeVar("T")


def as_a_service(part: Coroutine[Any, Any, T]) -> T:
    """Runs a part of a service alone, in a process as all services have it."""
    collect_rarely()
    return uvloop.run(part)


@contextmanager
def bench_stack(services: tuple[str, ...] = (), told: Mapping[str, str] | None = None) -> Generator[TestStack]:
    """Kafka, Postgres, the mailbox, the issuer and these services, on free ports and an empty folder. ``told``: more
    variables for each service. What the services said last is printed where it failed, and not else."""
    with ExitStack() as exits:
        yield exits.enter_context(started(services=services, told={0: told or {}}))
        with redirect_stdout(io.StringIO()):
            exits.close()
