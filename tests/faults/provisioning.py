"""A directory provisions by SCIM while forms take licenses too: people before their managers, a group, a leaver."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from tests.faults.admin import Admin
from tests.faults.directory import Directory
from tests.faults.harness import Harness
from tests.faults.work import Work

_PEOPLE = 12
_LICENSES = 10
"""Fewer than people, of the directory and of the form together."""


class Provisioning:
    """A company with a directory and one methodology; `begin` lets both the directory and forms bring people."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        self._patience = harness.patience
        users = len(self.admin.team.get("/api/v1/team").raise_for_status().json()["items"])
        pool = {"id": "command", "name": "Command of the Message", "purchased": 2}
        self.admin.provision(purchased_licenses=users + _LICENSES, methodologies=[pool])
        self._directory = Directory(self.admin)

    def begin(self) -> Work:
        """Goes on until each was answered, and the manager who came by a form is set."""
        return Work([self._sync, *(partial(self._invite, n) for n in range(_PEOPLE // 2))], self._check)

    def _sync(self) -> None:
        late, scim = self.admin.email("late"), self._directory.http
        first = self._directory.create("first", manager=late)
        assert first, "the first has a license"
        second = self._directory.create("second")
        assert second, "the second has one"
        group = scim.put("/Groups/command", json={"members": [{"value": first}]})
        assert group.is_success, group.text
        assert scim.delete(f"/Users/{second}").status_code in (204, 404)
        form = {"email": late, "first_name": "Late", "last_name": "Boss", "functional_area": "Sales"}
        assert self.admin.team.post("/api/v1/team", json=form).status_code in (201, 409)
        for n in range(_PEOPLE):
            self._directory.create(f"person{n}")
        end = time.monotonic() + self._patience
        while self.admin.user(self.admin.email("first"))["reports_to"] != late:
            if not self._directory.found(f'userName eq "{late}"'):
                return  # the form took the last license from them
            assert time.monotonic() < end, "a manager who came by a form was not set"
            time.sleep(0.5)

    def _invite(self, number: int) -> None:
        form = {"email": self.admin.email(f"form{number}"), "first_name": "F", "last_name": "Orm"}
        answer = self.admin.team.post("/api/v1/team", json={**form, "functional_area": "Sales"})
        assert answer.status_code in (201, 409), answer.text

    def _check(self, _: Sequence[Any]) -> None:
        seats = self.admin.team.get("/api/v1/seats").raise_for_status().json()
        assert seats["occupied"] == seats["purchased"], "all licenses were taken, and none more"
        listed = self._directory.http.get("/Users", params={"count": 0, "filter": "active eq true"}).raise_for_status()
        assert listed.json()["totalResults"] == seats["occupied"], "whom the directory sees as active has a license"
        (pool,) = seats["methodologies"]
        assert pool["reserved"] == 1, "who was pushed into the group has one seat"
