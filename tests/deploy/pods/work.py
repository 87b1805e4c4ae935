"""An admin's work as it goes on all the time: small batches, from the upload to the last mail."""

import threading
import time
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx

from deploy.devstack.invite.client import XLSX
from tests.e2e.workbooks import grid

PEOPLE = 2
_EVERY = 3.0
"""Seconds from one batch to the next: 20 a minute."""
_PATIENCE = 600.0


@dataclass
class Work:
    """Batches of new people, each of its own. `failed`: every request that was not answered well, in its words."""

    upload: str
    headers: Mapping[str, str]
    name: str = field(default_factory=lambda: f"kim-{uuid4().hex[:8]}")
    failed: list[str] = field(default_factory=list[str])
    completed: list[int] = field(default_factory=list[int])
    invited: list[str] = field(default_factory=list[str])
    requests: int = 0

    @contextmanager
    def going_on(self) -> Generator["Work"]:
        """Meanwhile a batch begins every three seconds; at the end all that began are waited for."""
        end = threading.Event()
        with ThreadPoolExecutor(12) as people, ThreadPoolExecutor(1) as clock:
            ticking = clock.submit(self._begin_many, end, people)
            try:
                yield self
            finally:
                end.set()
                ticking.result()

    def _begin_many(self, end: threading.Event, people: ThreadPoolExecutor) -> None:
        number = 0
        while not end.wait(_EVERY if number else 0):
            number += 1
            people.submit(self.one, number)

    def one(self, number: int) -> None:
        """One batch from its upload to its last mail."""
        name = f"{self.name}-{number}"
        emails = [f"{name}.{person}@northwind.example" for person in range(PEOPLE)]
        rows = [_row(email) for email in emails]
        files = {"file": (f"{name}.xlsx", grid(*rows), XLSX)}
        batch = self._ask("POST", "/api/v1/batches", files=files)
        if not batch:
            return
        where = f"/api/v1/batches/{batch['id']}"
        if self._until(where, "ready_for_review") and self._ask("POST", f"{where}/confirm"):
            self.invited += emails
            if self._until(where, "completed"):
                self.completed.append(number)

    def _until(self, where: str, status: str) -> bool:
        end = time.monotonic() + _PATIENCE
        found: dict[str, Any] | None = None
        while time.monotonic() < end:
            found = self._ask("GET", where)
            if found is not None and found["status"] == status:
                return True
            time.sleep(0.5)
        self._fail(f"{where} is not {status}: {(found or {}).get('status')}")
        return False

    def _fail(self, said: str) -> None:
        self.failed.append(f"{datetime.now(UTC):%H:%M:%S} {said}")

    def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any] | None:
        """One request by a connection of its own, so that each finds a pod anew."""
        self.requests += 1
        try:
            with httpx.Client(base_url=self.upload, headers=self.headers, timeout=60, trust_env=False) as client:
                answer = client.request(method, path, **given)
            if answer.is_success:
                return answer.json()
            self._fail(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        except httpx.HTTPError as error:
            self._fail(f"{method} {path}: {type(error).__name__} {error}")
        return None


def _row(email: str) -> Mapping[str, str]:
    return {
        "Email": email,
        "First Name": "Kim",
        "Last Name": "Okafor",
        "Functional Area": "Sales",
    }
