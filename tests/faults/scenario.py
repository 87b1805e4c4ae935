"""What admins do while a fault happens: three companies, every way that a batch can go."""

from collections.abc import Sequence
from typing import Any

from tests.e2e.workbooks import grid
from tests.faults.admin import PEOPLE_THERE, Admin
from tests.faults.harness import Harness
from tests.faults.work import Work

_SURPLUS = 3
"""Licenses that the two contested files leave over, whichever gets its way."""


class Scenario:
    """Prepared while all is well; `begin` sets the admins to work."""

    def __init__(self, harness: Harness, rows: int) -> None:
        self.rows = rows
        self.careless, self.plain = Admin(harness), Admin(harness)
        self.rivals = Admin(harness, licenses=1 + PEOPLE_THERE + rows + _SURPLUS)
        self.admins = [self.careless, self.plain, self.rivals]
        self.left = self.plain.send(self.plain.file(3, first=rows))
        self.rival_reviews = [self.rivals.send(self.rivals.file(rows, first)) for first in (0, rows)]

    def begin(self) -> Work:
        """All of it at once."""
        return Work((self.correct, self.straight, lambda: self.contest(0), lambda: self.contest(1)), self._check)

    def _check(self, came_to: Sequence[Any]) -> None:
        rivals = set(came_to[-2:])
        assert rivals == {"completed", "needs_correction"}, f"two files for one file's licenses: {rivals}"
        assert self.left.look().status == "ready_for_review", "a batch that nobody confirmed has moved"

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
