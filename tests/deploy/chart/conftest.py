"""One API server for all tests of a run, with the operators' kinds in it."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.deploy.chart.cluster import Cluster, started
from tests.deploy.chart.crds import definitions


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """An API server that knows the kinds of every operator; none of the operators runs."""
    with started() as ready:
        for definition in definitions().values():
            ready.create(definition)
        for definition in definitions().values():
            while not established(ready.get(definition)):
                time.sleep(0.1)
        yield ready


def established(definition: dict[str, Any] | None) -> bool:
    """Whether the server serves a kind that was defined."""
    assert definition is not None
    conditions: list[dict[str, str]] = definition.get("status", {}).get("conditions") or []
    return any(one["type"] == "Established" and one["status"] == "True" for one in conditions)
