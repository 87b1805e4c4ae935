"""A company and its admin, as benchmarks go their way through HTTP."""

from dataclasses import dataclass, field
from functools import cached_property
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx
import psycopg

from tests.bench.trees import Running
from tests.bench.waiting import wait_until
from tests.bench.workbooks import AREAS, REGIONS

REVIEWED = frozenset({"ready_for_review", "needs_correction"})
COMPLETED = frozenset({"completed"})


@dataclass
class Admin:
    """One company that may have so many users, with whom its admin talks to the services."""

    stack: Running
    licenses: int
    company: str = field(default_factory=lambda: str(uuid4()))
    least_pause: float = 0.02

    def __post_init__(self) -> None:
        self.domain = f"{self.company[:8]}.example.com"
        self.provision()

    @cached_property
    def upload(self) -> httpx.Client:
        """Where files go."""
        return self._client("upload")

    @cached_property
    def licensing(self) -> httpx.Client:
        """Where My Team is."""
        return self._client("licensing")

    def _client(self, service: str) -> httpx.Client:
        token = self.stack.token(self.company, f"admin@{self.domain}", "manage_users")
        return httpx.Client(base_url=self.stack.url(service), headers={"Authorization": f"Bearer {token}"}, timeout=300)

    def provision(self, **more: Any) -> None:
        """The company as it is, and ``more``."""
        platform = {"Authorization": f"Bearer {self.stack.token(None, 'platform@usher.example', platform=True)}"}
        settings = {
            "name": "Bench", "plan": "plus", "purchased_licenses": self.licenses, "sso_domains": [],
            "functional_areas": AREAS, "regions": REGIONS, "custom_fields": [{"name": "Cost Centre"}],
            "retention_days": 365, **more,
        }  # fmt: skip
        self.licensing.put(f"/api/v1/companies/{self.company}", json=settings, headers=platform).raise_for_status()

    def uploads(self, book: bytes) -> str:
        """The batch that comes of it."""
        answer = self.upload.post("/api/v1/batches", files={"file": ("people.xlsx", book)})
        return str(answer.raise_for_status().json()["id"])

    def batch(self, batch: str) -> dict[str, Any]:
        """As of now."""
        return self.upload.get(f"/api/v1/batches/{batch}").raise_for_status().json()

    def confirms(self, batch: str) -> None:
        """The review that is there."""
        self.upload.post(f"/api/v1/batches/{batch}/confirm").raise_for_status()

    def wait(self, batch: str, statuses: frozenset[str]) -> float:
        """When the batch came to one of these, by `perf_counter`."""
        looks = self.pause if statuses is REVIEWED else self.pause_completed
        return wait_until(lambda: self.batch(batch)["status"] in statuses, 3600, looks)

    def wait_for_team(self) -> float:
        """When My Team counts as many users as there are licenses."""
        return wait_until(
            lambda: self.licensing.get("/api/v1/team?limit=1").json()["total"] >= self.licenses, 3600, self.pause
        )

    @property
    def pause(self) -> float:
        """Seconds between two looks: so that looking takes little of what is measured, and says it to within a few
        hundredths."""
        return min(0.5, max(self.least_pause, self.licenses / 250_000))

    @property
    def pause_completed(self) -> float:
        """The same while mails go out, which takes ten times as long."""
        return min(1.0, max(self.least_pause, self.licenses / 40_000))

    def wait_for_kafka(self) -> float:
        """When Kafka has acknowledged all that is in licensing's log: asked of the relay's checkpoint, since reading
        along would take of the processors what is measured."""
        with psycopg.connect(self.stack.endpoints["postgres"]["licensing"], autocommit=True) as connection:

            def published() -> bool:
                row = connection.execute(_PUBLISHED).fetchone()
                return bool(row and row[0])

            return wait_until(published, 3600, self.pause)

    def close(self) -> None:
        """Its connections."""
        self.upload.close()
        self.licensing.close()


_PUBLISHED = """
SELECT position >= (SELECT max(first_position + count - 1) FROM commits) FROM checkpoints WHERE reader = 'relay'
"""


@dataclass(frozen=True)
class Times:
    """Seconds of one batch: from the upload to the review, and from the confirmation on to each end."""

    review: float
    team: float
    kafka: float
    completed: float

    @property
    def everywhere(self) -> float:
        """Until every user is in My Team and every event on Kafka."""
        return max(self.team, self.kafka)


def whole_job(admin: Admin, book: bytes) -> Times:
    """A batch of new users from the upload until the last mail is recorded, and everybody's log is published."""
    begun = perf_counter()
    batch = admin.uploads(book)
    reviewed = admin.wait(batch, REVIEWED)
    state = admin.batch(batch)
    assert state["status"] == "ready_for_review", state
    confirmed = perf_counter()
    admin.confirms(batch)
    in_team = admin.wait_for_team()
    on_kafka = admin.wait_for_kafka()
    completed = admin.wait(batch, COMPLETED)
    state = admin.batch(batch)
    assert state["progress"]["emails_sent"] == admin.licenses, state
    return Times(reviewed - begun, in_team - confirmed, on_kafka - confirmed, completed - confirmed)
