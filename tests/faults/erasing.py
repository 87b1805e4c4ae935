"""People are forgotten while batches of their company run: an admin who has left, somebody whose invitation was
cancelled, and somebody who was only ever a row of a file."""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.workbooks import grid
from tests.faults.admin import Admin, Hook
from tests.faults.harness import Harness
from tests.faults.work import Work
from tests.patience import PATIENCE

_ROWS = 20


class Erasing:
    """They are in logs, read models, files, mails and a webhook's deliveries; `begin` has them forgotten, confirms a
    batch of others, and sends one more beside that."""

    def __init__(self, harness: Harness) -> None:
        self._patience = harness.patience
        self.admin = Admin(harness)
        self.admins = [self.admin]
        self._register(harness)
        self._own = uuid4().hex[:8]
        self.left, self.cancelled = self._who_left(), self._whose_invitation_was_cancelled()
        self.only_a_row = self.admin.person(f"row-{self._own}", **self._names("row"), Region="Atlantis")
        self.admin.judged(grid(self.only_a_row, self.admin.person("other")))
        self.beside = self.admin.send(self.admin.newcomers(_ROWS, first=100, reports_to=self.admin.there[4]))

    def begin(self) -> Work:
        """Until each is forgotten everywhere, and the batches are done."""
        left, cancelled, row = self.left, self.cancelled, self.only_a_row
        who_left = {"user_id": left["user_id"]}, left["email"], *self._names("left").values()
        who_was_cancelled = {"user_id": cancelled["user_id"]}, cancelled["email"]
        who_was_a_row = {"email": row["Email"]}, row["Email"], *self._names("row").values()
        team, platform = self.admin.team, self.admin.platform
        forgetting = [
            self._forgetting(team, *who_left),
            self._forgetting(team, *who_was_cancelled),
            self._forgetting(platform, *who_was_a_row),
        ]
        return Work([*forgetting, self._batches], self._check)

    def _forgetting(self, client: httpx.Client, who: dict[str, str], *texts: str) -> Callable[[], Any]:
        def forget() -> Any:
            asked = client.post("/api/v1/erasures", json={**who, "reason": "They asked for it."})
            assert asked.status_code == 202, asked.text
            url, end = f"/api/v1/erasures/{asked.json()['id']}", time.monotonic() + self._patience
            while (said := client.get(url).raise_for_status().json())["state"] != "done":
                assert time.monotonic() < end, f"they are not forgotten yet: {said}"
                time.sleep(0.3)
            self.admin.done.erased |= set(texts)
            return said

        return forget

    def _batches(self) -> None:
        self.admin.confirm(self.beside)
        self.admin.batch(_ROWS, first=200)
        self.admin.until(self.beside, "completed")

    def _check(self, came_to: Sequence[Any]) -> None:
        for said in came_to[:3]:
            assert len(said["services"]) == 4, said
        listed = self.admin.team.get("/api/v1/team", params={"limit": 1000}).raise_for_status().json()["items"]
        assert not {self.left["email"], self.cancelled["email"]} & {user["email"] for user in listed}

    def _names(self, what: str) -> dict[str, str]:
        """Names that nobody else has."""
        return {"First_Name": f"First{what}{self._own}", "Last_Name": f"Last{what}{self._own}"}

    def _who_left(self) -> dict[str, Any]:
        """An admin who has uploaded and confirmed a batch before."""
        names = {name.lower(): text for name, text in self._names("left").items()}
        local = f"left-{self._own}"
        email = self.admin.active(local, **names)
        with self._acting(self.admin.colleague(local)):
            self.admin.batch(2, first=300)
        self.admin.act("deactivate", email)
        return self.admin.user(email)

    def _whose_invitation_was_cancelled(self) -> dict[str, Any]:
        review = self.admin.send(self.admin.newcomers(2, first=400))
        self.admin.confirm(review)
        self.admin.until(review, "completed")
        user = self.admin.user(self.admin.email("new400"))
        self.admin.act("cancel_invitation", user["email"])
        return user

    @contextmanager
    def _acting(self, client: httpx.Client) -> Generator[None]:
        """Uploads and confirmations are another admin's."""
        own, self.admin.http = self.admin.http, client
        try:
            yield
        finally:
            self.admin.http = own

    def _register(self, harness: Harness) -> None:
        stack, path = self.admin.stack, f"/hook/{uuid4().hex}"
        url = f"http://127.0.0.1:{harness.proxies['webhook'].port}{path}"
        token = stack.token(self.admin.id, self.admin.admin, "manage_users")
        with httpx.Client(
            base_url=stack.url("notification"), timeout=PATIENCE, headers={"Authorization": f"Bearer {token}"}
        ) as client:
            client.post("/api/v1/webhooks", json={"url": url}).raise_for_status()
        self.admin.done.webhooks.append(Hook(path, datetime.now(UTC)))
