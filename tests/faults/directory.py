"""A company's directory during a fault: it says again what was not answered, and then finds what was done."""

from typing import Any

import httpx

from tests.faults.admin import Admin, Patient
from tests.patience import PATIENCE

_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Directory:
    """Speaks SCIM for the company of an admin, who notes whom it was told of."""

    def __init__(self, admin: Admin) -> None:
        self._admin = admin
        made = admin.team.post("/api/v1/scim/tokens", json={"name": "Directory"}).raise_for_status()
        self.http = httpx.Client(
            base_url=admin.stack.url("licensing") + "/scim/v2",
            timeout=PATIENCE,
            headers={"Authorization": f"Bearer {made.json()['token']}"},
            transport=Patient(admin.refused),
        )

    def create(self, local: str, manager: str | None = None) -> str | None:
        """The id of who is there then. Looked for after an answer that says that they are: the first may have been
        lost. None: no license."""
        email = self._admin.email(local)
        body: dict[str, Any] = {
            "userName": email,
            "name": {"givenName": local, "familyName": "Directory"},
            "active": True,
            "externalId": local,
            **({_ENTERPRISE: {"manager": manager}} if manager else {}),
        }
        made = self.http.post("/Users", json=body)
        assert made.status_code in (201, 403, 409), made.text
        if made.status_code == 403:
            self._admin.done.turned_away.add(email)
            return None
        self._admin.done.created.add(email)
        if made.status_code == 201:
            return made.json()["id"]
        (found,) = self.found(f'externalId eq "{local}"')
        return found["id"]

    def found(self, text: str) -> list[dict[str, Any]]:
        """Who is found by a filter."""
        return self.http.get("/Users", params={"filter": text}).raise_for_status().json()["Resources"]

    def add_to_group(self, group: str, resource_id: str) -> bool:
        """Whether there was a seat for one more member. What is said again changes nothing."""
        operation = {"op": "add", "path": "members", "value": [{"value": resource_id}]}
        pushed = self.http.patch(f"/Groups/{group}", json={"Operations": [operation]})
        assert pushed.status_code in (200, 403), pushed.text
        return pushed.is_success
