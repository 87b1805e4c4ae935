"""A cycle of a directory: each person is looked for and created where nobody is found; then managers are assigned."""

from collections.abc import Callable
from typing import Any

import httpx

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_REPORTS = 5


class Sync:
    """People `person1@domain` and so on, each but the first with a manager among those before."""

    def __init__(self, scim: httpx.Client, domain: str, say: Callable[[str], object]) -> None:
        self._scim, self._domain, self._say = scim, domain, say
        self._ids: dict[int, str] = {}

    def everybody(self, people: int) -> None:
        """The cycle. A refusal is said and does not end it, as with a directory."""
        for n in range(1, people + 1):
            self._one(n)
        for n in range(2, people + 1):
            boss = self._ids.get((n - 2) // _REPORTS + 1)
            if n in self._ids and boss:
                self._change(n, {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": boss})
        self._say(f"{len(self._ids)} of {people} people are provisioned.")

    def leave(self) -> None:
        """Everybody leaves."""
        for n in self._ids:
            self._change(n, {"op": "Replace", "path": "active", "value": "False"})
        self._say("All of them have left.")

    def _one(self, n: int) -> None:
        email = f"person{n}@{self._domain}"
        asked = {"filter": f'userName eq "{email}"'}
        found: list[Any] = self._scim.get("/Users", params=asked).json().get("Resources") or []
        if found:
            self._ids[n] = found[0]["id"]
            return
        made = self._scim.post(
            "/Users",
            json={
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
                "userName": email,
                "externalId": f"person-{n}",
                "active": True,
                "name": {"givenName": f"Person {n}", "familyName": "Directory"},
            },
        )
        if self._told(made, email):
            self._ids[n] = made.json()["id"]

    def _change(self, n: int, operation: dict[str, Any]) -> None:
        changed = self._scim.patch(f"/Users/{self._ids[n]}", json={"schemas": [_PATCH], "Operations": [operation]})
        self._told(changed, f"person{n}")

    def _told(self, answer: httpx.Response, whom: str) -> bool:
        if not answer.is_success:
            self._say(f"{whom}: {answer.status_code} {answer.json().get('detail', '')}")
        return answer.is_success
