"""Admins against each other: all take the permission from the next one, or deactivate them, at the same moment."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx

from tests.faults.admin import Admin, Patient
from tests.faults.harness import Harness
from tests.faults.work import Work
from tests.patience import PATIENCE

_ADMINS = 8
_ROUNDS = 4
_REFUSED = {"last_admin", "deactivated", "not_active", "own_account", "forbidden"}
"""How such an attempt may end where somebody else was quicker."""


class AdminContention:
    """A company of eight admins in a ring; `begin` lets each go for the next ones."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        for n in range(_ADMINS):
            self.admin.active(f"ring{n}", permissions=["manage_users"])
        self.ids = [self.admin.user(self.admin.email(f"ring{n}"))["user_id"] for n in range(_ADMINS)]

    def begin(self) -> Work:
        return Work([partial(self._take, n) for n in range(_ADMINS)], self._check)

    def _take(self, number: int) -> None:
        admin, token = (
            self.admin,
            self.admin.stack.token(self.admin.id, self.admin.email(f"ring{number}"), "manage_users"),
        )
        with httpx.Client(
            base_url=admin.stack.url("licensing"),
            headers={"Authorization": f"Bearer {token}"},
            timeout=PATIENCE,
            transport=Patient(admin.refused),
        ) as client:
            for further in range(1, _ROUNDS + 1):
                whom = self.ids[(number + further) % _ADMINS]
                if (number + further) % 2:
                    answer = client.patch(f"/api/v1/team/{whom}", json={"permissions": []})
                else:
                    body = {"action": "deactivate", "user_ids": [whom]}
                    answer = client.post("/api/v1/team/actions", json=body)
                assert answer.is_success or answer.json()["code"] in _REFUSED, answer.text

    def _check(self, came_to: Sequence[Any]) -> None:
        left = self.admin.team.get("/api/v1/team", params={"permission": "manage_users", "status": "active"})
        assert left.raise_for_status().json()["total"] == 1, "eight rounds of a ring leave the last one"
