"""Every fault once, and with --soak for as long as is asked for: no promise is broken."""

import random
import time

import pytest

from tests.faults.faults import BY_NAME, FAULTS
from tests.faults.runner import FaultRunner


@pytest.fixture
def minutes(request: pytest.FixtureRequest) -> float:
    """How long to go on."""
    return float(request.config.getoption("--soak", default=0) or 0)


@pytest.mark.parametrize("name", [fault.name for fault in FAULTS])
def test_no_promise_is_broken(name: str, runner: FaultRunner, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        result = runner.run(BY_NAME[name], seed)
    assert result.broken == {}


def test_soak(minutes: float, runner: FaultRunner, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    rng, end, runs, failed = random.Random(f"soak {seed}"), time.monotonic() + minutes * 60, 0, list[str]()
    while time.monotonic() < end:
        fault = rng.choice(FAULTS)
        runs += 1
        with capsys.disabled():
            result = runner.run(fault, f"{seed}.{runs}")
        if not result.kept:
            failed.append(f"--seed {result.seed} -k {fault.name}")
    assert failed == [], f"of {runs} runs these broke a promise"
