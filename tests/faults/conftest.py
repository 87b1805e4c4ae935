"""How the faults are asked for: `./usher test faults [--bounded] [--seed S] [--soak MINUTES] [-k NAME]`."""

from collections.abc import Iterator

import pytest

from tests.faults.faults import BOUNDED
from tests.faults.runner import FaultRunner


def pytest_addoption(parser: pytest.Parser) -> None:
    """What ./usher test faults takes beside pytest's own options."""
    parser.addoption("--bounded", action="store_true", help="only the faults that CI has time for")
    parser.addoption("--seed", default="1", help="what chance is made of; the same seed is the same run")
    parser.addoption("--soak", type=float, default=0, metavar="MINUTES", help="only this: work and faults for so long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --bounded: only what is marked so in faults.py. With --soak: only that, and without it all but that."""
    long = bool(config.getoption("--soak"))
    items[:] = [item for item in items if (item.path.name == "test_soak.py") == long]
    if config.getoption("--bounded"):
        items[:] = [item for item in items if item.name in {f"test_no_promise_is_broken[{f.name}]" for f in BOUNDED}]


@pytest.fixture(scope="session")
def runner() -> Iterator[FaultRunner]:
    """One for all faults."""
    made = FaultRunner()
    yield made
    made.close()


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> str:
    """What the runs' chance is made of."""
    return str(request.config.getoption("--seed", default="1"))
