"""A company's directory, as the tests speak for it: SCIM over HTTP."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from httpx import Response

from tests.integration.licensing.http.api import Api, World

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
OWN = "urn:usher:params:scim:schemas:1.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"


@dataclass
class Directory:
    """A directory with a token of a company."""

    api: Api
    token: str = ""
    token_id: str = ""
    sent: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    @staticmethod
    async def of(world: World, **company: Any) -> "Directory":
        """That of a new company."""
        api = Api(world)
        assert (await api.provision(**company)).status_code == 200
        return await Directory(api).with_token()

    async def with_token(self, name: str = "Entra ID") -> "Directory":
        made = await self.api.call("POST", "/scim/tokens", json={"name": name})
        assert made.status_code == 201, made.text
        self.token, self.token_id = made.json()["token"], made.json()["id"]
        return self

    async def call(self, method: str, path: str, json: Any = None, **more: Any) -> Response:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        headers |= more.pop("headers", {})
        self.sent.append((method, path))
        return await self.api.world.client.request(method, f"/scim/v2{path}", json=json, headers=headers, **more)

    def person(self, local: str, **more: Any) -> dict[str, Any]:
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": self.api.email(local),
            "externalId": f"ext-{local}",
            "name": {"givenName": local.title(), "familyName": "Lee"},
            "active": True,
            **more,
        }

    async def create(self, local: str, **more: Any) -> dict[str, Any]:
        made = await self.call("POST", "/Users", self.person(local, **more))
        assert made.status_code == 201, made.text
        return made.json()

    async def patch(self, resource_id: str, *operations: dict[str, Any], **more: Any) -> Response:
        return await self.call(
            "PATCH", f"/Users/{resource_id}", {"schemas": [PATCH], "Operations": list(operations)}, **more
        )

    async def changed(self, resource_id: str, *operations: dict[str, Any]) -> dict[str, Any]:
        answer = await self.patch(resource_id, *operations)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def get(self, resource_id: str, **parameters: Any) -> dict[str, Any]:
        answer = await self.call("GET", f"/Users/{resource_id}", params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def find(self, text: str = "", **parameters: Any) -> list[str]:
        """The userNames' local parts of who is found."""
        asked = {**({"filter": text} if text else {}), **parameters}
        answer = await self.call("GET", "/Users", params=asked)
        assert answer.status_code == 200, answer.text
        return [found["userName"].partition("@")[0] for found in answer.json()["Resources"]]

    async def statuses(self) -> dict[str, str]:
        """Of who stands in My Team."""
        items = (await self.api.get("/team"))["items"]
        return {each["email"].partition("@")[0]: each["status"] for each in items}

    async def team(self, local: str) -> dict[str, Any]:
        items = (await self.api.get("/team"))["items"]
        return next(each for each in items if each["email"] == self.api.email(local))


def error(answer: Response, status: int, kind: str | None = None) -> str:
    """The sentence of an error of SCIM."""
    body = answer.json()
    assert (answer.status_code, body.get("scimType")) == (status, kind), answer.text
    assert body["schemas"] == [ERROR] and body["status"] == str(status), answer.text
    assert answer.headers["content-type"].startswith("application/scim+json")
    return body["detail"]


def replace(path: str | None, value: Any, op: str = "replace") -> dict[str, Any]:
    return {"op": op, "value": value, **({"path": path} if path else {})}


def unknown_id() -> str:
    return str(uuid4())
