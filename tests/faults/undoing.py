"""A batch is undone twice at once, while one of its people accepts and another file changes one of its users."""

import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.outside import Review
from tests.e2e.workbooks import grid
from tests.faults.admin import PEOPLE_THERE, Admin, Patient, Sent
from tests.faults.harness import Harness
from tests.faults.work import Work

_ROWS = 20
_LINK = re.compile(r"/join/([A-Za-z0-9_.~-]+)")


class Undoing:
    """A completed batch, two undos of it and one more file, all of them reviewed; `begin` confirms all at once, and
    undoes another batch from its beginning."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.admin = Admin(harness)
        self.admins = [self.admin]
        batch = self.admin.batch(_ROWS)
        self.undos = [self._undo(batch) for _ in range(2)]
        self.second = self.admin.send(self.admin.newcomers(3, first=_ROWS))
        self.admin.confirm(self.second)
        self.admin.until(self.second, "completed")
        self.changed, self.joining = self.admin.there[0], self.admin.email("new0")
        workbook = grid({"Email": self.changed, "Title": "Third"})
        self.other = self.admin.send(Sent(frozenset(), frozenset({self.changed}), frozenset(), workbook))
        self.admin.done.contested[self.other.id] = self.admin.done.unconfirmed.pop(self.other.id)
        self.token = self._token()

    def begin(self) -> Work:
        """Each goes on until it is done, however often it comes back to review, or the other undo has done it."""
        reviews = [*self.undos, self.other]
        confirming = [partial(self._confirm, each) for each in reviews]
        return Work([*confirming, lambda: self._confirm(self._undo(self.second)), self._accept], self._check)

    def _undo(self, batch: Review) -> Review:
        answer = batch.do("undo", key=uuid4().hex)
        assert answer.status_code == 202, answer.text
        return self.admin.until(Review(self.admin, answer.json()["id"]), "ready_for_review")

    def _confirm(self, review: Review) -> str:
        for _ in range(8):
            answer = review.do("confirm", {"review": review.look().batch["review"]}, key=uuid4().hex)
            assert answer.status_code in (202, 409), answer.text
            if answer.status_code == 409 and answer.json()["code"] == "not_undoable":
                (other,) = (each for each in self.undos if each is not review)
                if self.admin.until(other, "completed", "ready_for_review").status == "completed":
                    return "undone"
                continue  # the other one came back to review
            if self.admin.until(review, "completed", "ready_for_review").status == "completed":
                return "completed"
        raise AssertionError(f"it came back eight times: {review.batch}")

    def _accept(self) -> bool:
        """Whether they have joined: where the first answer was lost, the next one says that the link was used."""
        with httpx.Client(
            base_url=self.admin.team.base_url, transport=Patient(self.admin.refused), timeout=60
        ) as anybody:
            answer = anybody.post(f"/api/v1/invitations/{self.token}/accept")
        assert answer.status_code == 200 or answer.json()["code"] in ("used", "cancelled"), answer.text
        return answer.status_code == 200 or answer.json()["code"] == "used"

    def _token(self) -> str:
        end = time.monotonic() + self._harness.patience
        while time.monotonic() < end:
            for mail in self._harness.mail.mails():
                if mail.recipient == self.joining and (found := _LINK.search(mail.text)):
                    return found[1]
            time.sleep(0.2)
        raise AssertionError("the invitation never came")

    def _check(self, came_to: Sequence[Any]) -> None:
        *statuses, has_joined = came_to
        assert sorted(statuses[:2]) == ["completed", "undone"] and statuses[2:] == ["completed"] * 2, statuses
        left = self.admin.team.get("/api/v1/team", params={"limit": 1000}).raise_for_status().json()["items"]
        new = {user["email"]: user["status"] for user in left if user["email"].startswith("new")}
        joined = {self.joining: "active"} if has_joined else {}
        assert new == joined, f"{new} are there, of whom {joined} joined"
        assert self.admin.seats()["occupied"] == 1 + PEOPLE_THERE + len(joined)
        titles = [self.admin.user(email)["title"] for email in self.admin.there[:2]]
        assert titles == ["Third", "Before"], titles
