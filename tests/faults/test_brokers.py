"""Three brokers, of which one is hurt: nothing is lost, nothing is doubled, nothing stands still for long."""

from collections.abc import Iterator

import pytest

from tests.faults.broker_faults import BROKER_FAULTS, BROKERS
from tests.faults.runner import FaultRunner

_BY_NAME = {fault.name: fault for fault in BROKER_FAULTS}


@pytest.fixture(scope="module")
def cluster() -> Iterator[FaultRunner]:
    """One for all of these faults."""
    runner = FaultRunner(brokers=BROKERS)
    yield runner
    runner.close()


@pytest.mark.parametrize("name", list(_BY_NAME))
def test_one_broker_of_three_is_not_missed(
    name: str, cluster: FaultRunner, seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        result = cluster.run(_BY_NAME[name], seed)
    assert result.broken == {}
