"""Each benchmark, as small as it goes: so that it still works when somebody wants to measure. Nothing is timed."""

from importlib import import_module

import pytest

from tests.bench.command import BENCHMARKS
from tests.bench.figures import Plan


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_gives_its_figures(name: str) -> None:
    figures = list(import_module(f"tests.bench.{name}").measure(Plan(smoke=True)))
    assert figures
    assert all(figure.value > 0 for figure in figures)
