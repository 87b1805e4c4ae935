"""Each benchmark, as small as it goes: so that it still works when somebody wants to measure. Nothing is timed."""

from importlib import import_module

import pytest

from tests.bench.against import PARTS, Pair
from tests.bench.command import BENCHMARKS
from tests.bench.figures import Plan
from tests.bench.trees import this


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_benchmark_gives_its_figures(name: str) -> None:
    figures = list(import_module(f"tests.bench.{name}").measure(Plan(smoke=True)))
    assert any(figure.value > 0 for figure in figures)
    # So small a stage may be over within one reading of the clock, and so few browsers may take nothing.
    assert not [(figure.what, figure.value) for figure in figures if figure.value < 0]


@pytest.mark.parametrize("part", PARTS)
def test_two_trees_are_compared(part: str) -> None:
    """This one beside itself, which takes no second checkout."""
    rows = list(PARTS[part](Pair(this(), this()), Plan(smoke=True)))
    assert rows
    assert all(row.ours and row.theirs and row.reach.text for row in rows)
