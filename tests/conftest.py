"""What tests stand on. Nothing here starts before a test asks for it: unit tests ask for none."""

from collections.abc import Iterator

import hypothesis
import pytest

from deploy.operate.services import SERVICES
from tests.stack import TestStack, started

hypothesis.settings.register_profile("usher", deadline=None)
hypothesis.settings.load_profile("usher")
"""How long an example takes is the machine's affair."""


@pytest.fixture
def anyio_backend() -> str:
    """What the services run on."""
    return "asyncio"


@pytest.fixture(scope="session")
def stack() -> Iterator[TestStack]:
    """Kafka, Postgres, a mailbox and an issuer: what services stand on, without services."""
    with started(services=()) as ready:
        yield ready


@pytest.fixture(scope="session")
def running() -> Iterator[TestStack]:
    """The whole stack with the four services."""
    with started(services=SERVICES) as ready:
        yield ready


@pytest.fixture
def database(stack: TestStack) -> Iterator[str]:
    """A fresh database with the mechanism's tables, for one test."""
    url = stack.postgres_url()
    yield url
    stack.drop(url)
