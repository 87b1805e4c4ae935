"""The last licenses: many admins of one company confirm at the same moment."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.e2e.outside import Review
from tests.faults.admin import PEOPLE_THERE, Admin
from tests.faults.rig import Rig
from tests.faults.work import Work

_ROWS = 3


class Rush:
    """`admins` files of three new people each, and licenses for about half of them."""

    def __init__(self, rig: Rig, rng: random.Random, admins: int) -> None:
        self.fit: int = rng.randint(1, max(1, admins - 1))
        self.admin = Admin(rig, licenses=1 + PEOPLE_THERE + _ROWS * self.fit + rng.randrange(_ROWS))
        self.admins = [self.admin]
        with ThreadPoolExecutor(8) as pool:
            self.reviews = list(pool.map(self._send, range(admins)))

    def begin(self) -> Work:
        """All confirm at once."""
        return Work([partial(self._confirm, review) for review in self.reviews], self._check)

    def _send(self, number: int) -> Review:
        """A file of people of its own, which no other file makes stale."""
        return self.admin.send(self.admin.newcomers(_ROWS, first=number * _ROWS))

    def _confirm(self, review: Review) -> str:
        self.admin.confirm(review, contested=True)
        return self.admin.until(review, "completed", "needs_correction").status

    def _check(self, statuses: Sequence[Any]) -> None:
        happened = statuses.count("completed")
        assert happened == self.fit, f"{happened} files went through where {self.fit} fit: {statuses}"
        seats = self.admin.seats()
        assert seats["occupied"] == 1 + PEOPLE_THERE + _ROWS * self.fit, seats
