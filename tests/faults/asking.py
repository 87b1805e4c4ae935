"""A file that is too large for the licenses: its admin asks for more, they are bought in steps, and it becomes ready by
itself, once."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.e2e.outside import Review
from tests.faults.admin import PEOPLE_THERE, Admin
from tests.faults.harness import Harness
from tests.faults.work import Work

_ROWS = 20
_OCCUPIED = PEOPLE_THERE + 1


class Asking:
    """A company without a free license; `begin` has its admin ask, the platform buy, and the admin confirm."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        self.admin.provision(purchased_licenses=_OCCUPIED)
        self.file = self.admin.file(_ROWS)
        self.review = self.admin.judged(self.file.workbook)
        assert self.review.file_errors() == ["licenses_exceeded"], self.review.batch
        self.admin.done.unconfirmed[self.review.id] = self.file

    def begin(self) -> Work:
        return Work([self._ask], self._check)

    def _ask(self) -> Review:
        wanted, headers = {"licenses": _ROWS, "batch_id": self.review.id}, {"Idempotency-Key": uuid4().hex}
        answer = self.admin.team.post("/api/v1/access/requests", json=wanted, headers=headers)
        assert answer.status_code == 201, answer.text
        for bought in (_ROWS // 2, _ROWS):
            self.admin.provision(purchased_licenses=_OCCUPIED + bought)
        self.admin.until(self.review, "ready_for_review")
        self.admin.confirm(self.review)
        return self.admin.until(self.review, "completed")

    def _check(self, came_to: Sequence[Any]) -> None:
        assert came_to[0].batch["counts"]["invite"] == _ROWS
