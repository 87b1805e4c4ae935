"""An admin says what the columns of a text with values are, and the batch is confirmed as it is read then."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from tests.e2e.outside import Review
from tests.faults.admin import Admin, Sent
from tests.faults.harness import Harness
from tests.faults.work import Work

_ROWS = 20
_CHOSEN = {"Kontakt": "Email", "Name": "Full name", "Notiz": None}


class Mapping:
    """A text of new people whose addresses no header tells; `begin` says which column has them."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        people = [self.admin.person(f"new{n}")["Email"] for n in range(_ROWS)]
        lines = (f"{email};Ann Lee;Sales;{n}" for n, email in enumerate(people))
        self.review = self.admin.judged("\n".join(("Kontakt;Name;Abteilung;Notiz", *lines)).encode())
        self.people = frozenset(people)

    def begin(self) -> Work:
        return Work([self._choose], self._check)

    def _choose(self) -> Review:
        body = {"review": self.review.batch["review"], "columns": _CHOSEN}
        answer = self.review.do("columns", body, key=uuid4().hex)
        assert answer.status_code == 202, answer.text
        review = self.admin.until(self.review, "ready_for_review")
        self.admin.done.unconfirmed[review.id] = Sent(self.people, frozenset(), frozenset(), b"")
        self.admin.confirm(review)
        return self.admin.until(review, "completed")

    def _check(self, came_to: Sequence[Any]) -> None:
        assert came_to[0].batch["review"] >= 2
        remembered = self.admin.http.get("/api/v1/column-mappings").raise_for_status().json()
        assert remembered == {"columns": _CHOSEN}
