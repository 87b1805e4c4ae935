"""Admins who don't give up: what they do during a fault, they say again until it is answered."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.outside import Company, Review
from tests.e2e.workbooks import grid
from tests.faults.harness import Harness
from tests.patience import PATIENCE

_AGAIN = {429, 502, 503, 504}
"""Statuses that say: ask again later."""
PEOPLE_THERE = 6
"""Active users of each company that a file changes, beside its admin."""


class Patient(httpx.BaseTransport):
    """Sends a request again while nobody answers it, or somebody answers that it can't be done just now. Every request
    here may be repeated: uploads carry an Idempotency-Key. `refused` are answers that nobody should ever get."""

    def __init__(self, refused: list[str]) -> None:
        self._transport = httpx.HTTPTransport()
        self._refused = refused

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        end = time.monotonic() + 2 * PATIENCE
        while True:
            try:
                answer = self._transport.handle_request(request)
                answer.read()  # who dies in the middle of an answer has not answered
            except httpx.TransportError:
                if time.monotonic() > end:
                    raise
            else:
                if not self._ask_again(request, answer) or time.monotonic() > end:
                    return answer
                answer.close()
            time.sleep(0.2)

    def _ask_again(self, request: httpx.Request, answer: httpx.Response) -> bool:
        if answer.status_code == 500:
            self._refused.append(f"{request.method} {request.url.path}: 500 {answer.text[:200]}")
        busy = answer.status_code == 409 and "retry-after" in answer.headers
        return busy or answer.status_code in _AGAIN | {500}


@dataclass(frozen=True)
class Sent:
    """What one file says: the addresses of those whom it invites, changes, and leaves as they are."""

    invites: frozenset[str]
    changes: frozenset[str]
    unchanged: frozenset[str]
    workbook: bytes


@dataclass(frozen=True)
class Hook:
    """A webhook: its path at the receiver, and when it was registered."""

    path: str
    since: datetime


@dataclass
class Ledger:
    """What admins have done, to hold the services to it."""

    confirmed: dict[str, Sent] = field(default_factory=dict[str, Sent])
    """By batch. Each of them must happen, once."""
    contested: dict[str, Sent] = field(default_factory=dict[str, Sent])
    """Confirmed too, but for licenses or people that others want as well: each happens whole or not at all."""
    unconfirmed: dict[str, Sent] = field(default_factory=dict[str, Sent])
    """By batch. Nothing of them may ever happen."""
    came_back: set[str] = field(default_factory=set[str])
    """Whose mail a mail system has sent back."""
    created: set[str] = field(default_factory=set[str])
    """Of whom a directory was told that they are there now."""
    turned_away: set[str] = field(default_factory=set[str])
    """Of whom it was told that there is no license for them."""
    silent: set[str] = field(default_factory=set[str])
    """Who does not answer, and is to be reminded."""
    erased: set[str] = field(default_factory=set[str])
    """Texts of those who are forgotten: nobody else has them."""
    webhooks: list[Hook] = field(default_factory=list[Hook])


class Admin(Company):
    """A company of its own and the admin who uploads files for it."""

    def __init__(self, harness: Harness, *, licenses: int = 1000, **settings: Any) -> None:
        self.refused: list[str] = []
        self._patience = harness.patience
        self.done = Ledger()
        super().__init__(harness.tests, purchased_licenses=licenses, name=f"Company {uuid4().hex[:8]}", **settings)
        for client in (self.http, self.team, self._platform):
            client._transport = Patient(self.refused)  # pyright: ignore[reportPrivateUsage]
        self.there = [self.active(f"here{n}", title="Before") for n in range(PEOPLE_THERE)]

    @property
    def platform(self) -> httpx.Client:
        """The platform, at licensing."""
        return self._platform

    def file(self, rows: int, first: int = 0) -> Sent:
        """A file that invites `rows` people, changes two of those who are there and leaves two as they are."""
        managers = self.there[4:]
        new = [
            self.person(f"new{n}", Title=f"Title {n}", Reports_To=managers[n % 2] if n % 3 else None)
            for n in range(first, first + rows)
        ]
        changes = [{"Email": email, "Title": f"After {uuid4().hex[:4]}"} for email in self.there[:2]]
        unchanged = [{"Email": email, "Title": "Before"} for email in self.there[2:4]]
        return Sent(
            frozenset(row["Email"] for row in new),
            frozenset(row["Email"] for row in changes),
            frozenset(row["Email"] for row in unchanged),
            grid(*new, *changes, *unchanged),
        )

    def newcomers(self, rows: int, first: int, reports_to: str | None = None, **cells: str) -> Sent:
        """A file that invites `rows` people and says nothing about anybody else."""
        new = [self.person(f"new{n}", Reports_To=reports_to, **cells) for n in range(first, first + rows)]
        return Sent(frozenset(row["Email"] for row in new), frozenset(), frozenset(), grid(*new))

    def send(self, file: Sent, replaces: Review | None = None) -> Review:
        """Uploads, and waits until it can be confirmed."""
        review = self.judged(file.workbook, replaces)
        self.done.unconfirmed[review.id] = file
        assert review.status == "ready_for_review", review.batch
        return review

    def judged(self, workbook: bytes, replaces: Review | None = None) -> Review:
        """Uploads, and waits until it is judged."""
        answer = self.upload(workbook, replaces=replaces.id if replaces else None, key=uuid4().hex)
        assert answer.status_code == 202, answer.text
        return self.until(Review(self, answer.json()["id"]), "ready_for_review", "needs_correction")

    def confirm(self, review: Review, *, contested: bool = False) -> None:
        """Says yes; returns when that is answered."""
        file = self.done.unconfirmed.pop(review.id)
        (self.done.contested if contested else self.done.confirmed)[review.id] = file
        # By a key: where the first answer was lost, licensing may have refused the batch before it is said again.
        answer = review.do("confirm", {"review": review.batch["review"]}, key=uuid4().hex)
        assert answer.status_code == 202, answer.text

    def until(self, review: Review, *statuses: str) -> Review:
        """When its status is one of these."""
        end = time.monotonic() + self._patience
        while review.look().status not in statuses:
            assert time.monotonic() < end, f"{statuses} never came, it is {review.batch}"
            time.sleep(0.3)
        return review

    def batch(self, rows: int, first: int = 0) -> Review:
        """One file from its upload to its completion."""
        review = self.send(self.file(rows, first))
        self.confirm(review)
        return self.until(review, "completed")
