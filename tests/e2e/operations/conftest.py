"""Two processes of every service, which send their spans to a collector here."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.operate.services import SERVICES
from tests.e2e.operations.collector import Collector, collecting
from tests.stack import TestStack, started


@dataclass(frozen=True)
class Pair:
    """The stack and what its services tell of themselves."""

    stack: TestStack
    collector: Collector


@pytest.fixture(scope="session")
def pair() -> Iterator[Pair]:
    """Two of each, behind a proxy that is this machine, with the grace of production when they are told to stop."""
    with collecting() as collector:
        told = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
            "USHER_SHUTDOWN_SECONDS": "45",
            "USHER_TRUSTED_PROXIES": "127.0.0.1",
        }
        with started(SERVICES, replicas=2, told={0: told}, fsync=False) as stack:
            yield Pair(stack, collector)
