"""The last licenses, or the last seats of a methodology: many admins of one company confirm at the same moment."""

import random
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from tests.e2e.outside import Review
from tests.faults.admin import PEOPLE_THERE, Admin, Sent
from tests.faults.harness import Harness
from tests.faults.work import Work

ROWS = 3
"""Of each file."""


class LicenseContention:
    """`admins` files of three new people each, and fewer licenses than files and forms want, but more than forms alone
    can take: so some files come through, and some do not."""

    singles = 1
    """People for each file who come one by one."""

    def __init__(self, harness: Harness, rng: random.Random, admins: int) -> None:
        places = rng.randint(self.singles * admins + ROWS, (self.singles + ROWS) * admins - 1)
        self.admin = self._company(harness, places)
        self.admins = [self.admin]
        with ThreadPoolExecutor(8) as pool:
            self.reviews = list(pool.map(self._send, range(admins)))

    def _company(self, harness: Harness, places: int) -> Admin:
        return Admin(harness, licenses=1 + PEOPLE_THERE + places)

    def _beside(self) -> dict[str, Any]:
        """What a form says beside the person."""
        return {}

    def begin(self) -> Work:
        """All confirm at once, while as many people are invited by the form."""
        return Work(self._tasks(), self._check)

    def _tasks(self) -> list[Callable[[], str]]:
        files = [partial(self._confirm, review) for review in self.reviews]
        return [*files, *(partial(self._invite, f"single{n}") for n in range(len(files)))]

    def _send(self, number: int) -> Review:
        """A file of people of its own, which no other file makes stale."""
        return self.admin.send(self._people(number))

    def _people(self, number: int) -> Sent:
        return self.admin.newcomers(ROWS, first=number * ROWS)

    def _confirm(self, review: Review) -> str:
        self.admin.confirm(review, contested=True)
        return self.admin.until(review, "completed", "needs_correction").status

    def _invite(self, local: str) -> str:
        person = {"email": self.admin.email(local), "first_name": "Sin", "last_name": "Gle", "functional_area": "Sales"}
        answer = self.admin.team.post("/api/v1/team", json={**person, **self._beside()})
        return "invited" if answer.is_success else answer.json()["code"]

    def _check(self, statuses: Sequence[Any]) -> None:
        ends, seats = Counter(statuses), self.admin.seats()
        occupied = 1 + PEOPLE_THERE + ROWS * ends["completed"] + ends["invited"]
        assert seats["occupied"] == occupied, (seats, ends)
        assert not ends["licenses_exceeded"] or seats["available"] == 0, (seats, ends)
        assert not ends["needs_correction"] or seats["available"] < ROWS, (seats, ends)


class SeatContention(LicenseContention):
    """The same for the seats of a methodology, of which every new user is to have one: there are licenses for all."""

    def _beside(self) -> dict[str, Any]:
        return {"methodologies": ["command"]}

    def _company(self, harness: Harness, places: int) -> Admin:
        pool = {"id": "command", "name": "Command of the Message", "purchased": places}
        return Admin(harness, methodologies=[pool])

    def _people(self, number: int) -> Sent:
        return self.admin.newcomers(ROWS, first=number * ROWS, Methodology_Access="Command of the Message")

    def _check(self, statuses: Sequence[Any]) -> None:
        ends, seats = Counter(statuses), self.admin.seats()
        (pool,) = seats["methodologies"]
        taken = ROWS * ends["completed"] + ends["invited"]
        assert (pool["reserved"], seats["occupied"]) == (taken, 1 + PEOPLE_THERE + taken), (seats, ends)
        assert not ends["methodology_seats_exceeded"] or pool["available"] == 0, (seats, ends)
        assert not ends["needs_correction"] or pool["available"] < ROWS, (seats, ends)
