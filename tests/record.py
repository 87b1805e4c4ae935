"""A pytest plugin: writes down which tests a process found, which of them ran, how they ended and how long they took.

`--record FILE` is where to, as JSON. Of several workers it is their controller that writes.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest


@dataclass
class Record:
    """What became of a process' tests, by their node ids."""

    collected: set[str] = field(default_factory=set[str])
    ended: dict[str, str] = field(default_factory=dict[str, str])
    """passed, failed or skipped."""
    seconds: dict[str, float] = field(default_factory=dict[str, float])
    """With what it takes to set a test up and to clear up after it."""

    @property
    def lost(self) -> set[str]:
        """Tests that were found and did not run."""
        return self.collected - self.ended.keys()

    @property
    def files(self) -> set[str]:
        """The files that the tests which ran stand in."""
        return {test.split("::")[0] for test in self.ended}

    def slowest(self, count: int) -> list[str]:
        """So many tests, that which took longest first."""
        return sorted(self.seconds, key=self.seconds.__getitem__, reverse=True)[:count]

    def add(self, test: str, seconds: float, outcome: str, *, is_call: bool) -> None:
        """One of a test's three phases. The call decides, and what fails or skips before or after it."""
        self.seconds[test] = self.seconds.get(test, 0.0) + seconds
        if is_call or outcome != "passed":
            self.ended[test] = "failed" if self.ended.get(test) == "failed" else outcome

    def write(self, file: Path) -> None:
        """For `read`."""
        ways = {"collected": sorted(self.collected), "ended": self.ended, "seconds": self.seconds}
        file.write_text(json.dumps(ways))

    @classmethod
    def read(cls, file: Path) -> Self:
        """What a process wrote; nothing where it came to no end."""
        if not file.exists():
            return cls()
        said = json.loads(file.read_text())
        return cls(set(said["collected"]), said["ended"], said["seconds"])

    @classmethod
    def sum(cls, records: Iterable[Self]) -> Self:
        """Those of several processes as one."""
        whole = cls()
        for record in records:
            whole.collected |= record.collected
            whole.ended |= record.ended
            whole.seconds |= record.seconds
        return whole


class Recorder:
    """Hears what pytest and, where there are workers, xdist tell."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._record = Record()

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._record.collected |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Iterable[str]) -> None:
        self._record.collected |= set(ids)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._record.add(report.nodeid, report.duration, report.outcome, is_call=report.when == "call")

    def pytest_sessionfinish(self) -> None:
        self._record.write(self._file)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--record", type=Path, help="a file for what became of each test, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("--record")
    if file and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Recorder(file))
