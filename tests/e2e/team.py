"""People of My Team in each status, their links as mailed, and actions with their answers as they are."""

import re
from typing import Any
from urllib.parse import quote

import httpx

from tests.e2e.outside import Company, Json, mails, platform_client
from tests.patience import PATIENCE

STATUSES = ("waiting", "pending_transfer", "active", "inactive")
_LINK = re.compile(r"/join/([A-Za-z0-9_.~-]+)")


class Team:
    """My Team of one company, as its admin's program uses it."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.http = company.team
        self.platform = platform_client(company.stack)
        self.anybody = httpx.Client(base_url=company.stack.url("licensing"), timeout=PATIENCE)

    def person(self, status: str, local: str, **profile: Any) -> Json:
        """Somebody who is in this status."""
        match status:
            case "active":
                self.company.active(local, **profile)
            case "inactive":
                self.company.inactive(local, **profile)
            case "pending_transfer":
                self.plan(self.company.email(local), "pro")
                self.company.invite(local, **profile)
            case _:
                self.company.invite(local, **profile)
        found = self.company.user(self.company.email(local))
        assert found["status"] == status, found
        return found

    def plan(self, email: str, plan: str | None) -> None:
        """An individual plan under this address begins, or is gone."""
        url = f"/api/v1/individual-plans/{quote(email, safe='')}"
        answer = self.platform.put(url, json={"plan": plan}) if plan else self.platform.delete(url)
        answer.raise_for_status()

    def post(self, **form: Any) -> httpx.Response:
        """Invites one user; what is left out of a good form is there."""
        good = {"first_name": "Ada", "last_name": "Moss", "functional_area": "Sales"}
        return self.http.post("/api/v1/team", json=good | form)

    def patch(self, user: Json, **fields: Any) -> httpx.Response:
        """Edits one user."""
        return self.http.patch(f"/api/v1/team/{user['user_id']}", json=fields)

    def act(self, action: str, *users: Json | str, **fields: Any) -> httpx.Response:
        """One action for users, or for ids as they are."""
        ids = [user if isinstance(user, str) else user["user_id"] for user in users]
        body: Json = {"action": action, "user_ids": ids}
        return self.http.post("/api/v1/team/actions", json=body | ({"fields": fields} if fields else {}))

    def look(self, user: Json) -> Json:
        """The user now, with their history."""
        return self.http.get(f"/api/v1/team/{user['user_id']}").raise_for_status().json()

    def listed(self, **query: Any) -> list[Json]:
        """One page of the list."""
        return self.http.get("/api/v1/team", params=query).raise_for_status().json()["items"]

    def emails(self, **query: Any) -> list[str]:
        """The local parts of those listed, in their order."""
        return [user["email"].partition("@")[0] for user in self.listed(**query)]

    def token(self, email: str, mail: int = 1) -> str:
        """The token in the newest of so many invitations to an address."""
        found = _LINK.search(mails(self.company.stack, email, mail)[0]["text"])
        assert found, email
        return found[1]

    def offer(self, token: str) -> httpx.Response:
        """What a link offers."""
        return self.anybody.get(f"/api/v1/invitations/{token}")

    def accept(self, token: str, records: str | None = None) -> httpx.Response:
        """The invitee accepts."""
        body = {"records": records} if records else None
        return self.anybody.post(f"/api/v1/invitations/{token}/accept", json=body)


def what(user: Json) -> list[str]:
    """What happened to a user, oldest first."""
    return [entry["what"] for entry in user["history"]]
