"""What benchmarks stand on: a stack of their own."""

import io
from collections.abc import Coroutine, Generator
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
def bench_stack(services: tuple[str, ...] = ()) -> Generator[TestStack]:
    """Kafka, Postgres, the mailbox, the issuer and these services, on free ports and an empty folder. What the services
    said last is printed where it failed, and not else."""
    with ExitStack() as exits:
        yield exits.enter_context(started(services=services))
        with redirect_stdout(io.StringIO()):
            exits.close()
