"""A directory provisions by SCIM while forms take licenses too: people before their managers, a group, who is deleted.
It says again what was not answered, as directories do."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx

from tests.faults.admin import Admin, Patient
from tests.faults.harness import Harness
from tests.faults.work import Work
from tests.patience import PATIENCE

_PEOPLE = 12
_LICENSES = 10
"""Fewer than people, of the directory and of the form together."""
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Provisioning:
    """A company with a directory and one methodology; `begin` lets both the directory and forms bring people."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        self._patience = harness.patience
        users = len(self.admin.team.get("/api/v1/team").raise_for_status().json()["items"])
        pool = {"id": "command", "name": "Command of the Message", "purchased": 2}
        self.admin.provision(purchased_licenses=users + _LICENSES, methodologies=[pool])
        made = self.admin.team.post("/api/v1/scim/tokens", json={"name": "Directory"}).raise_for_status()
        self._scim = httpx.Client(
            base_url=self.admin.stack.url("licensing") + "/scim/v2", timeout=PATIENCE,
            headers={"Authorization": f"Bearer {made.json()['token']}"}, transport=Patient(self.admin.refused),
        )  # fmt: skip

    def begin(self) -> Work:
        """Goes on until each was answered, and the manager who came by a form is set."""
        return Work([self._sync, *(partial(self._invite, n) for n in range(_PEOPLE // 2))], self._check)

    def _sync(self) -> None:
        late = self.admin.email("late")
        first = self._create("first", manager=late)
        assert first, "the first has a license"
        second = self._create("second")
        assert second, "the second has one"
        group = self._scim.put("/Groups/command", json={"members": [{"value": first}]})
        assert group.is_success, group.text
        assert self._scim.delete(f"/Users/{second}").status_code in (204, 404)
        form = {"email": late, "first_name": "Late", "last_name": "Boss", "functional_area": "Sales"}
        assert self.admin.team.post("/api/v1/team", json=form).status_code in (201, 409)
        for n in range(_PEOPLE):
            self._create(f"person{n}")
        end = time.monotonic() + self._patience
        while self.admin.user(self.admin.email("first"))["reports_to"] != late:
            if not self._found("late", "userName"):
                return  # the form took the last license from them
            assert time.monotonic() < end, "a manager who came by a form was not set"
            time.sleep(0.5)

    def _create(self, local: str, manager: str | None = None) -> str | None:
        """Looked for after an answer that says that they are there: the first may have been lost. None: no license."""
        body: dict[str, Any] = {
            "userName": self.admin.email(local), "name": {"givenName": local, "familyName": "Directory"},
            "active": True, "externalId": local, **({_ENTERPRISE: {"manager": manager}} if manager else {}),
        }  # fmt: skip
        made = self._scim.post("/Users", json=body)
        assert made.status_code in (201, 403, 409), made.text
        if made.status_code == 409:
            (found,) = self._found(local, "externalId")
            return found["id"]
        return made.json()["id"] if made.is_success else None

    def _found(self, local: str, by: str) -> list[dict[str, Any]]:
        value = local if by == "externalId" else self.admin.email(local)
        return self._scim.get("/Users", params={"filter": f'{by} eq "{value}"'}).raise_for_status().json()["Resources"]

    def _invite(self, number: int) -> None:
        form = {"email": self.admin.email(f"form{number}"), "first_name": "F", "last_name": "Orm"}
        answer = self.admin.team.post("/api/v1/team", json={**form, "functional_area": "Sales"})
        assert answer.status_code in (201, 409), answer.text

    def _check(self, _: Sequence[Any]) -> None:
        seats = self.admin.team.get("/api/v1/seats").raise_for_status().json()
        assert seats["occupied"] == seats["purchased"], "all licenses were taken, and none more"
        listed = self._scim.get("/Users", params={"count": 0, "filter": "active eq true"}).raise_for_status().json()
        assert listed["totalResults"] == seats["occupied"], "whom the directory sees as active has a license"
        (pool,) = seats["methodologies"]
        assert pool["reserved"] == 1, "who was pushed into the group has one seat"
