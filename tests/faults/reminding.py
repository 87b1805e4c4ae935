"""Who does not answer is reminded, while others answer at the same moment."""

import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import httpx

from tests.faults.admin import Admin, Patient
from tests.faults.harness import REMINDED_AFTER, Harness
from tests.faults.work import Work

_SILENT, _ANSWERING = 6, 8
_LINK = re.compile(r"/join/([A-Za-z0-9_.~-]+)")


class Reminding:
    """A file of new people of a company that has who does not answer reminded; `begin` confirms it. Some answer, one
    after the other from before they would be reminded until after it."""

    def __init__(self, harness: Harness) -> None:
        self._harness = harness
        self.admin = Admin(harness, reminders=True)
        self.admins = [self.admin]
        file = self.admin.newcomers(_SILENT + _ANSWERING, first=0)
        self.review = self.admin.send(file)
        people = sorted(file.invites)
        self.silent, self.answering = people[:_SILENT], people[_SILENT:]

    def begin(self) -> Work:
        """Goes on until My Team knows that each of the silent was reminded, and that the others have joined."""
        self.admin.done.silent |= set(self.silent)
        waits = [REMINDED_AFTER * (0.5 + n / _ANSWERING) for n in range(_ANSWERING)]
        answers = [partial(self._answer, *each) for each in zip(self.answering, waits, strict=True)]
        return Work([self._confirm, *answers, *(partial(self._reminded, email) for email in self.silent)], self._check)

    def _confirm(self) -> None:
        self.admin.confirm(self.review)
        self.admin.until(self.review, "completed")

    def _answer(self, email: str, wait: float) -> None:
        token = self._token(email)
        time.sleep(wait)
        with httpx.Client(
            base_url=self.admin.team.base_url, transport=Patient(self.admin.refused), timeout=60
        ) as anybody:
            answer = anybody.post(f"/api/v1/invitations/{token}/accept")
        # Where the first answer was lost, the next one says that the link was used.
        assert answer.status_code == 200 or answer.json()["code"] == "used", answer.text

    def _token(self, email: str) -> str:
        found: list[str] = []

        def look() -> bool:
            mails = (mail for mail in self._harness.mail.mails() if mail.recipient == email)
            found.extend(link[1] for mail in mails if (link := _LINK.search(mail.text)))
            return bool(found)

        self._until(look, f"a mail to {email}")
        return found[0]

    def _reminded(self, email: str) -> None:
        self._until(lambda: bool(self._invitation(email).get("reminded_at")), f"My Team on the reminder to {email}")

    def _invitation(self, email: str) -> dict[str, Any]:
        found = self.admin.team.get("/api/v1/team", params={"q": email}).raise_for_status().json()["items"]
        return (found[0]["invitation"] or {}) if found else {}

    def _until(self, look: Any, what: str) -> None:
        end = time.monotonic() + self._harness.patience
        while not look():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.2)

    def _check(self, came_to: Sequence[Any]) -> None:
        pass
