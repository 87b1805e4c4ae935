"""Every fault once: no promise is broken."""

import pytest

from tests.faults.faults import BY_NAME, FAULTS
from tests.faults.runner import FaultRunner


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_no_promise_is_broken(name: str, runner: FaultRunner, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        result = runner.run(BY_NAME[name], seed)
    assert result.broken == {}
