"""The changes of the source that faults and upgrades are tried with can still be made: whoever moves code sees it here,
and not after an hour of faults."""

from pathlib import Path

import pytest

from tests.e2e.operations.releases import coming_release
from tests.faults.mutants import MUTANTS, Mutant, plant


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mistake_can_be_planted(mutant: Mutant, tmp_path: Path) -> None:
    plant(mutant, tmp_path)


def test_the_coming_release_can_be_made(tmp_path: Path) -> None:
    coming_release(tmp_path)
