"""A webhook is told what happens, and what has happened once more, while people are invited and changed."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from tests.faults.admin import Admin, Hook, Patient
from tests.faults.harness import Harness
from tests.faults.work import Work
from tests.patience import PATIENCE

_ROWS = 20
_CHANGES = 6


class Delivering:
    """A company with a webhook; `begin` lets things happen in it, and asks for a replay beside that."""

    def __init__(self, harness: Harness) -> None:
        self.admin = Admin(harness)
        self.admins = [self.admin]
        stack = self.admin.stack
        self._client = httpx.Client(
            base_url=stack.url("notification"),
            timeout=PATIENCE,
            transport=Patient(self.admin.refused),
            headers={"Authorization": f"Bearer {stack.token(self.admin.id, self.admin.admin, 'manage_users')}"},
        )
        path = f"/hook/{uuid4().hex}"
        url = f"http://127.0.0.1:{harness.proxies['webhook'].port}{path}"
        made = self._client.post("/api/v1/webhooks", json={"url": url})
        assert made.status_code == 201, made.text
        self._url = f"/api/v1/webhooks/{made.json()['id']}"
        self.admin.done.webhooks.append(Hook(path, datetime.now(UTC)))
        self.review = self.admin.send(self.admin.newcomers(_ROWS, first=0))

    def begin(self) -> Work:
        return Work([self._invite, self._change, self._replay], self._check)

    def _invite(self) -> None:
        self.admin.confirm(self.review)
        self.admin.until(self.review, "completed")

    def _change(self) -> None:
        for n in range(_CHANGES):
            for email in self.admin.there[:3]:
                url = f"/api/v1/team/{self.admin.user(email)['user_id']}"
                self.admin.team.patch(url, json={"title": f"Title {n}"}).raise_for_status()

    def _replay(self) -> None:
        since = datetime.now(UTC) - timedelta(hours=1)
        asked = self._client.post(f"{self._url}/replay", json={"since": since.isoformat()})
        # Said again where the first answer was lost, it is under way.
        assert asked.status_code == 202 or asked.json()["code"] == "webhook_replay_running", asked.text

    def _check(self, came_to: Sequence[Any]) -> None:
        webhook = self._client.get(self._url).raise_for_status().json()
        assert (webhook["status"], webhook["dead"]) == ("on", 0), webhook
