"""A file's mistakes are put right in its draft, and the workbook that comes of it is confirmed."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.e2e.outside import Review
from tests.e2e.workbooks import grid
from tests.faults.admin import Admin, Sent
from tests.faults.harness import Harness
from tests.faults.work import Work

_ROWS = 20


class Correcting:
    """A file of new people with one wrong value in every row; `begin` corrects them all at once."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        people = [self.admin.person(f"new{n}", Functional_Area="Falconry") for n in range(_ROWS)]
        self.review = self.admin.judged(grid(*people))
        self.people = frozenset(person["Email"] for person in people)

    def begin(self) -> Work:
        return Work([self._correct], self._check)

    def _correct(self) -> Review:
        change = {"column": "Functional Area", "from": "Falconry", "to": "Sales"}
        body = {"review": self.review.batch["review"], "replacements": [change]}
        draft = self.admin.http.patch(f"{self.review.url}/corrections", json=body)
        assert draft.status_code == 200, draft.text
        applied = self.review.do("corrections/apply", key=uuid4().hex)
        assert applied.status_code == 202, applied.text
        review = self.admin.until(Review(self.admin, applied.json()["id"]), "ready_for_review")
        self.admin.done.unconfirmed[review.id] = Sent(self.people, frozenset(), frozenset(), b"")
        self.admin.confirm(review)
        return self.admin.until(review, "completed")

    def _check(self, came_to: Sequence[Any]) -> None:
        assert self.review.look().status == "superseded", self.review.batch
        assert came_to[0].batch["replaces"] == self.review.id
