"""What tests stand on. Nothing here starts before a test asks for it: unit tests ask for none."""

from collections.abc import Iterator
from functools import cache

import httpx
import hypothesis
import pytest
import structlog
from hypothesis import HealthCheck

from deploy.operate.services import SERVICES
from tests.stack import TestStack, started

hypothesis.settings.register_profile("usher", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis.settings.load_profile("usher")
"""How long an example takes, and making one, is the machine's affair."""


structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
    ]
)
"""With rich beside it each logged exception would be drawn with all variables of all frames: seconds, and pages."""


@pytest.fixture
def anyio_backend() -> str:
    """What the services run on."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def authorities_read_once() -> Iterator[None]:
    """Each new client of httpx reads all authorities that are trusted: 40 ms of the processor, a company's three times.
    Here all share what the first has read."""
    with pytest.MonkeyPatch.context() as instead:
        instead.setattr("httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context))
        yield


@pytest.fixture(scope="session")
def stack() -> Iterator[TestStack]:
    """Kafka, Postgres, a mailbox and an issuer: what services stand on, without services."""
    with started(services=(), fsync=False) as ready:
        yield ready


@pytest.fixture(scope="session")
def running() -> Iterator[TestStack]:
    """The whole stack with the four services."""
    with started(services=SERVICES, fsync=False) as ready:
        yield ready


@pytest.fixture
def database(stack: TestStack) -> Iterator[str]:
    """A fresh database with the mechanism's tables, for one test."""
    url = stack.postgres_url()
    yield url
    stack.drop(url)
