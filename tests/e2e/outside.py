"""The product as an admin's program reaches it: a company for each test, over HTTP alone."""

import time
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from uuid import uuid4

import httpx

from tests.e2e.workbooks import grid
from tests.patience import PATIENCE
from tests.stack import TestStack

T = TypeVar("T")
Json = dict[str, Any]

JUDGED = ("ready_for_review", "needs_correction")


class Company:
    """A new company with one Active admin, and what that admin says to Usher."""

    def __init__(self, stack: TestStack, **settings: Any) -> None:
        self.stack = stack
        self.id = str(uuid4())
        self.domain = f"c{uuid4().hex[:8]}.example"
        self.admin = self.email("admin")
        self.settings: Json = {
            "name": "Northwind Trading",
            "plan": "plus",
            "purchased_licenses": 50,
            "sso_domains": [],
            "functional_areas": ["Sales", "Finance", "Engineering"],
            "regions": ["EMEA", "APAC"],
            "custom_fields": [],
            "retention_days": 365,
        }
        self._platform = platform_client(stack)
        self.http = _client(stack.url("upload"), stack.token(self.id, self.admin, "manage_users"))
        self.team = _client(stack.url("licensing"), stack.token(self.id, self.admin, "manage_users"))
        self.provision(**settings)
        self.active("admin", first_name="Marta", last_name="Lindqvist")

    def colleague(self, local: str) -> httpx.Client:
        """Another admin, who has been here before, at upload."""
        client = _client(self.stack.url("upload"), self.stack.token(self.id, self.email(local), "manage_users"))
        client.get("/api/v1/batches").raise_for_status()
        return client

    def email(self, local: str) -> str:
        """An address in the company's own domain."""
        return f"{local}@{self.domain}"

    # --- licensing: what is so before and beside the upload

    def provision(self, **settings: Any) -> None:
        """The company as the platform says it is from now on."""
        self.settings |= settings
        self._platform.put(f"/api/v1/companies/{self.id}", json=self.settings).raise_for_status()

    def active(self, local: str, **profile: Any) -> str:
        """An Active user; their address."""
        known = {"first_name": local.title(), "last_name": "Active", "functional_area": "Sales"}
        url = f"/api/v1/companies/{self.id}/users/{self.email(local)}"
        self._platform.put(url, json=known | profile).raise_for_status()
        return self.email(local)

    def invite(self, local: str, **profile: Any) -> str:
        """A Waiting user; their address."""
        known = {"email": self.email(local), "first_name": local.title(), "last_name": "Waiting"}
        self.team.post("/api/v1/team", json=known | {"functional_area": "Sales"} | profile).raise_for_status()
        return self.email(local)

    def inactive(self, local: str, **profile: Any) -> str:
        """An Inactive user; their address."""
        self.act("deactivate", self.active(local, **profile))
        return self.email(local)

    def act(self, action: str, *emails: str) -> None:
        """One action of My Team for these users."""
        chosen = {"action": action, "user_ids": [self.user(email)["user_id"] for email in emails]}
        self.team.post("/api/v1/team/actions", json=chosen).raise_for_status()

    def user(self, email: str) -> Json:
        """A user in My Team."""
        found = self.team.get("/api/v1/team", params={"q": email}).raise_for_status().json()["items"]
        return next(each for each in found if each["email"].lower() == email.lower())

    def seats(self) -> Json:
        """Licenses now."""
        return self.team.get("/api/v1/seats").raise_for_status().json()

    # --- upload

    def person(self, local: str, **cells: Any) -> Json:
        """The cells of a new user's good row; `Job_Title` stands for the column Job Title, None for a blank cell."""
        good = {"Email": self.email(local), "First Name": "Ada", "Last Name": "Moss", "Functional Area": "Sales"}
        return good | {name.replace("_", " "): value for name, value in cells.items()}

    def upload(
        self, data: bytes, name: str = "people.xlsx", replaces: str | None = None, key: str | None = None
    ) -> httpx.Response:
        """Sends a file; the answer as it is."""
        form = {"replaces": replaces} if replaces else None
        headers = {"Idempotency-Key": key} if key else None
        return self.http.post("/api/v1/batches", files={"file": (name, data)}, data=form, headers=headers)

    def review(self, data: bytes, name: str = "people.xlsx", replaces: str | None = None) -> "Review":
        """Sends a file and waits until it is judged."""
        answer = self.upload(data, name, replaces)
        assert answer.status_code == 202, answer.text
        return Review(self, answer.json()["id"]).wait()

    def rows(self, *rows: Mapping[str, Any]) -> "Review":
        """The review of a sheet with these rows, the first of them row 2."""
        return self.review(grid(*rows))


class Review:
    """A batch as it was when it was last looked at."""

    def __init__(self, company: Company, batch_id: str) -> None:
        self.company = company
        self.id = batch_id
        self.batch: Json = {}

    @property
    def url(self) -> str:
        """The batch's path."""
        return f"/api/v1/batches/{self.id}"

    def look(self) -> "Review":
        """As it is now."""
        self.batch = self.company.http.get(self.url).raise_for_status().json()
        return self

    def wait(self, *statuses: str) -> "Review":
        """When its status is one of these; by default, when it is judged."""
        wanted: Collection[str] = statuses or JUDGED
        eventually(lambda: self.look().batch["status"] in wanted, f"{wanted}, it is {self.batch}")
        return self

    def wait_for_review(self, number: int) -> "Review":
        """When it is judged for the `number`-th time."""
        eventually(
            lambda: self.look().batch["review"] >= number and self.status in JUDGED,
            f"review {number}, it is {self.batch}",
        )
        return self

    @property
    def status(self) -> str:
        """Its status."""
        return self.batch["status"]

    def do(self, what: str, body: Json | None = None, key: str | None = None) -> httpx.Response:
        """`confirm`, `cancel` or `revalidate`; the answer as it is."""
        headers = {"Idempotency-Key": key} if key else None
        return self.company.http.post(f"{self.url}/{what}", json=body, headers=headers)

    def confirm(self) -> "Review":
        """Confirmed, and processed to its end or sent back."""
        answer = self.do("confirm", {"review": self.batch["review"]})
        assert answer.status_code == 202, answer.text
        return self.wait("completed", *JUDGED)

    def page(self, **query: Any) -> Json:
        """One page of rows."""
        return self.company.http.get(f"{self.url}/rows", params=query).raise_for_status().json()

    def rows(self) -> dict[int, Json]:
        """The first 1,000 rows, by their number."""
        return {row["row"]: row for row in self.page(limit=1000)["items"]}

    def row(self, number: int = 2) -> Json:
        """One of them."""
        return self.rows()[number]

    def errors(self) -> dict[int, dict[str, str]]:
        """Code by column, of each row in error."""
        return {n: codes(row["errors"]) for n, row in self.rows().items() if row["errors"]}

    def file_errors(self) -> list[str]:
        """Codes of the errors of the file as a whole."""
        return [error["code"] for error in self.batch["file_errors"]]

    def warnings(self) -> list[str]:
        """Codes of the warnings of the file as a whole."""
        return [warning["code"] for warning in self.batch["warnings"]]


def codes(findings: list[Json]) -> dict[str, str]:
    """Code by column. Two errors of one cell are a bug."""
    found = {each["column"]: each["code"] for each in findings}
    assert len(found) == len(findings), findings
    assert all(len(each["message"]) > 15 for each in findings), findings
    return found


def problem(answer: httpx.Response, status: int, code: str) -> Json:
    """The answer as RFC 9457 has it, with our code."""
    assert answer.status_code == status, (answer.status_code, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    said = answer.json()
    assert (said["status"], said["code"]) == (status, code), said
    assert said["title"] and said["type"] and len(said["detail"]) > 15, said
    return said


def mails(stack: TestStack, to: str, count: int = 1) -> list[Json]:
    """At least so many mails to somebody, newest first."""

    def look() -> list[Json] | None:
        messages = httpx.get(f"{stack.url('mailbox')}/messages", params={"to": to}, timeout=PATIENCE)
        found = messages.raise_for_status().json()
        return found if len(found) >= count else None

    return eventually(look, f"{count} mails to {to}")


def erased(client: httpx.Client, body: Json) -> Json:
    """The erasure that was asked for, once every service has done it."""
    answer = client.post("/api/v1/erasures", json=body)
    assert answer.status_code == 202, answer.text
    url = answer.headers["location"]

    def look() -> Json | None:
        said = client.get(url).raise_for_status().json()
        return said if said["state"] == "done" else None

    return eventually(look, f"an erasure that is done, it is {client.get(url).text}")


def eventually(look: Callable[[], T | None], what: str) -> T:
    """What `look` answers once that is something. It is asked often at first, and the longer it takes the less."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE:
        if found := look():
            return found
        time.sleep(min(0.02 + waited / 5, 0.2))
    raise AssertionError(f"never came: {what}")


def platform_client(stack: TestStack) -> httpx.Client:
    """Licensing as the platform calls it."""
    return _client(stack.url("licensing"), stack.token(None, "platform@usher.example", platform=True))


def _client(url: str, token: str) -> httpx.Client:
    return httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE)
