"""A manager's address changes, and of each who reports to them that is told again, a portion at a time."""

import time
from typing import Any

import psycopg

from services.licensing.application.restate_users import PORTION
from tests.faults.admin import Admin
from tests.faults.harness import Harness
from tests.faults.work import Work

_REPORTS = 2 * PORTION + 50
"""Three portions, of which the last is not full."""
_TOLD = "SELECT count(*) FROM events WHERE type = 'user-restated.v1' AND company_id = %s"


class Restating:
    """Many who report to one manager, all of them invited; `begin` gives the manager another address."""

    def __init__(self, harness: Harness) -> None:
        self._licensing = harness.stack.database_url("licensing")
        self._patience = harness.patience
        self.admin = Admin(harness, licenses=2 * _REPORTS)
        self.admins = [self.admin]
        self.manager = self.admin.invite("manager")
        review = self.admin.send(self.admin.newcomers(_REPORTS, first=0, reports_to=self.manager))
        self.admin.confirm(review)
        self.admin.until(review, "completed")

    def begin(self) -> Work:
        """Goes on until each of them is told again."""
        return Work([self._move], self._check)

    def _move(self) -> None:
        user_id = self.admin.user(self.manager)["user_id"]
        answer = self.admin.team.patch(f"/api/v1/team/{user_id}", json={"email": self.admin.email("moved")})
        assert answer.is_success, answer.text
        end = time.monotonic() + self._patience
        while (told := self._told()) < _REPORTS:
            assert time.monotonic() < end, f"of {_REPORTS} who report to the manager {told} were told again"
            time.sleep(0.2)

    def _told(self) -> int:
        try:
            with psycopg.connect(self._licensing) as connection:
                row = connection.execute(_TOLD, [self.admin.id]).fetchone()
        except psycopg.OperationalError:
            return 0
        return row[0] if row else 0

    def _check(self, _: Any) -> None:
        assert self.admin.user(self.admin.email("moved")), "the manager has another address"
