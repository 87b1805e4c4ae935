"""What admins do while a fault happens: three companies, every way that a batch can go."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tests.e2e.workbooks import grid
from tests.faults.admin import PEOPLE_THERE, Admin
from tests.faults.rig import Rig

_SURPLUS = 3
"""Licenses that the two contested files leave over, whichever gets its way."""


class Scenario:
    """Prepared while all is well; `begin` sets the admins to work."""

    def __init__(self, rig: Rig, rows: int) -> None:
        self.rows = rows
        self.careless, self.plain = Admin(rig), Admin(rig)
        self.rivals = Admin(rig, licenses=1 + PEOPLE_THERE + rows + _SURPLUS)
        self.admins = [self.careless, self.plain, self.rivals]
        self.left = self.plain.send(self.plain.file(3, first=rows))
        self.rival_reviews = [self.rivals.send(self.rivals.file(rows, first)) for first in (0, rows)]

    def begin(self) -> "Work":
        """All of it at once."""
        return Work(self)

    def correct(self) -> None:
        """A file with a mistake, its correction, confirmed."""
        good = self.careless.file(self.rows)
        wrong = grid(self.careless.person("new0", Functional_Area="Falconry"))
        review = self.careless.send(good, replaces=self.careless.judged(wrong))
        self.careless.confirm(review)
        self.careless.until(review, "completed")

    def straight(self) -> None:
        """A file that is right, confirmed; and somebody who comes in beside it."""
        review = self.plain.send(self.plain.file(self.rows))
        self.plain.confirm(review)
        self.plain.active("late")
        self.plain.until(review, "completed")

    def contest(self, number: int) -> str:
        """One of two files for the same licenses; which way it went."""
        review = self.rival_reviews[number]
        self.rivals.confirm(review, contested=True)
        return self.rivals.until(review, "completed", "needs_correction").status


class Work:
    """What is under way."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self._pool = ThreadPoolExecutor(4)
        tasks = (scenario.correct, scenario.straight, lambda: scenario.contest(0), lambda: scenario.contest(1))
        self._futures: list[Future[Any]] = [self._pool.submit(task) for task in tasks]

    @property
    def going(self) -> bool:
        """Whether somebody still waits for something."""
        return not all(future.done() for future in self._futures)

    def join(self) -> None:
        """Returns when everybody has what they waited for. Raises what went wrong for one of them."""
        try:
            *_, first, second = [future.result() for future in self._futures]
        finally:
            self._pool.shutdown()
        assert {first, second} == {"completed", "needs_correction"}, (
            f"two files for one file's licenses: {first}, {second}"
        )
        assert self.scenario.left.look().status == "ready_for_review", "a batch that nobody confirmed has moved"
