"""A file that another admin has to approve: one confirms it, the other approves, and it is carried out once."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.e2e.outside import Review
from tests.faults.admin import Admin, Patient
from tests.faults.harness import Harness
from tests.faults.work import Work

_ROWS = 20


class Approving:
    """A company that wants everything approved, with two admins; `begin` has one ask and the other approve."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        self.admin.provision(approval={"rows": 0, "share": None})
        self.second = self.admin.colleague("second")
        self.second._transport = Patient(self.admin.refused)  # pyright: ignore[reportPrivateUsage]
        self.review = self.admin.send(self.admin.file(_ROWS))

    def begin(self) -> Work:
        return Work([self._approve], self._check)

    def _approve(self) -> Review:
        self.admin.confirm(self.review)
        self.admin.until(self.review, "awaiting_approval")
        seen = {"review": self.review.batch["review"]}
        headers = {"Idempotency-Key": uuid4().hex}
        answer = self.second.post(f"{self.review.url}/approve", json=seen, headers=headers)
        assert answer.status_code == 202, answer.text
        return self.admin.until(self.review, "completed")

    def _check(self, came_to: Sequence[Any]) -> None:
        approval = came_to[0].batch["approval"]
        assert (approval["decision"], approval["decided_by"]["email"]) == ("approved", self.admin.email("second"))
        assert came_to[0].batch["confirmed_by"]["email"] == self.admin.admin
