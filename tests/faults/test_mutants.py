"""The promises notice mistakes: each of these turns the one red that it is a mistake against."""

from pathlib import Path

import pytest

from tests.faults.faults import BY_NAME
from tests.faults.mutants import MUTANTS, Mutant, plant
from tests.faults.runner import FaultRunner


@pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])
def test_the_mistake_is_noticed(mutant: Mutant, tmp_path: Path, seed: str, capsys: pytest.CaptureFixture[str]) -> None:
    plant(mutant, tmp_path)
    runner = FaultRunner(tmp_path, mutant.patience)
    try:
        with capsys.disabled():
            result = runner.run(BY_NAME[mutant.fault], seed, mutant.name)
    finally:
        runner.close()
    assert mutant.breaks in result.broken
