"""The last licenses, or the last seats of a methodology: a directory wants them by SCIM at the same moment as files and
forms."""

import random
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.faults.admin import PEOPLE_THERE
from tests.faults.directory import Directory
from tests.faults.harness import Harness
from tests.faults.license_contention import ROWS, LicenseContention, SeatContention
from tests.faults.work import Work


class DirectoryContention(LicenseContention):
    """As many people by SCIM as by forms, beside the files: for all of them there are too few licenses."""

    singles = 2

    def __init__(self, harness: Harness, rng: random.Random, admins: int) -> None:
        super().__init__(harness, rng, admins)
        self._directory = Directory(self.admin)

    def begin(self) -> Work:
        return Work([*self._tasks(), *(partial(self._create, n) for n in range(len(self.reviews)))], self._check)

    def _create(self, number: int) -> str:
        return "provisioned" if self._directory.create(f"scim{number}") else "turned away"

    def _check(self, statuses: Sequence[Any]) -> None:
        ends, seats = Counter(statuses), self.admin.seats()
        occupied = 1 + PEOPLE_THERE + ROWS * ends["completed"] + ends["invited"] + ends["provisioned"]
        assert seats["occupied"] == occupied, (seats, ends)
        assert not ends["licenses_exceeded"] + ends["turned away"] or seats["available"] == 0, (seats, ends)
        assert not ends["needs_correction"] or seats["available"] < ROWS, (seats, ends)


class SeatDirectoryContention(SeatContention):
    """People whom the directory has brought without a seat are pushed into the group, each by a request."""

    singles = 2

    def __init__(self, harness: Harness, rng: random.Random, admins: int) -> None:
        super().__init__(harness, rng, admins)
        self._directory = Directory(self.admin)
        self._members = [self._directory.create(f"scim{n}") for n in range(admins)]

    def begin(self) -> Work:
        return Work([*self._tasks(), *(partial(self._push, member) for member in self._members)], self._check)

    def _push(self, member: str | None) -> str:
        assert member, "there are licenses for all"
        return "pushed" if self._directory.add_to_group("command", member) else "turned away"

    def _check(self, statuses: Sequence[Any]) -> None:
        ends, seats = Counter(statuses), self.admin.seats()
        (pool,) = seats["methodologies"]
        invited = ROWS * ends["completed"] + ends["invited"]
        assert pool["reserved"] == invited + ends["pushed"], (seats, ends)
        assert seats["occupied"] == 1 + PEOPLE_THERE + len(self._members) + invited, (seats, ends)
        full = ends["methodology_seats_exceeded"] + ends["turned away"]
        assert not full or pool["available"] == 0, (seats, ends)
        assert not ends["needs_correction"] or pool["available"] < ROWS, (seats, ends)
