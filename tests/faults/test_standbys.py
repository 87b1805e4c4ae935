"""A standby that has every commit takes over: nothing is lost, nothing is doubled, nothing stands still for long."""

from collections.abc import Iterator

import pytest

from tests.faults.runner import FaultRunner
from tests.faults.standby_faults import STANDBY_FAULTS

_BY_NAME = {fault.name: fault for fault in STANDBY_FAULTS}


@pytest.fixture(scope="module")
def replicated() -> Iterator[FaultRunner]:
    """One for all of these faults."""
    runner = FaultRunner(standbys=1)
    yield runner
    runner.close()


@pytest.mark.parametrize("name", list(_BY_NAME))
def test_a_lost_primary_is_not_missed(
    name: str, replicated: FaultRunner, seed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with capsys.disabled():
        result = replicated.run(_BY_NAME[name], seed)
    assert result.broken == {}
