"""What benchmarks stand on: a stack of their own."""

import io
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, redirect_stdout

from tests.stack import TestStack, started


@contextmanager
def ground(services: tuple[str, ...] = ()) -> Generator[TestStack]:
    """Kafka, Postgres, the mailbox, the issuer and these services, on free ports and an empty folder. What the services
    said last is printed where it failed, and not else."""
    with ExitStack() as exits:
        yield exits.enter_context(started(services=services))
        with redirect_stdout(io.StringIO()):
            exits.close()
