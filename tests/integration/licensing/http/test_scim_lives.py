"""The life of a company as two providers tell it, request by request, in the shapes of their documentation.

Entra ID: https://learn.microsoft.com/en-us/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups
(a user is looked for before it is created, `op` is capitalized, booleans are texts, a manager is a bare text) and
https://learn.microsoft.com/en-us/entra/identity/app-provisioning/how-provisioning-works (cycles, retries, leaving).
Okta: https://developer.okta.com/docs/api/openapi/okta-scim/guides/scim-20/ (a user is looked for, created, replaced
whole by PUT, deactivated by PATCH without a path; groups are pushed with members by PATCH).

USHER_SCIM_PEOPLE=1000 makes the companies larger.
"""

import os
import random
from typing import Any

import pytest

from tests.integration.licensing.http.api import Api, World
from tests.integration.licensing.http.directory import ENTERPRISE, USER, Directory, error

pytestmark = pytest.mark.anyio

PEOPLE = int(os.environ.get("USHER_SCIM_PEOPLE", "24"))
METHODOLOGIES = [{"id": "command", "name": "Command of the Message", "purchased": 5}]


def boss_of(n: int) -> int | None:
    """A tree: everybody but the first reports to somebody before them."""
    return None if n == 0 else (n - 1) // 3


def shuffled() -> list[int]:
    order = list(range(PEOPLE))
    random.Random(7).shuffle(order)
    return order


async def managers(api: Api) -> dict[str, str]:
    """Who reports to whom, in My Team."""
    found, cursor = dict[str, str](), None
    while True:
        page = await api.get("/team", limit=100, **({"cursor": cursor} if cursor else {}))
        found |= {each["email"]: each["reports_to"] for each in page["items"]}
        cursor = page["next_cursor"]
        if cursor is None:
            return found


class Entra(Directory):
    """Entra's provisioning service."""

    async def look_for(self, n: int) -> dict[str, Any] | None:
        asked = {"filter": f'userName eq "{self.api.email(f"p{n}")}"', "startIndex": 1, "count": 2}
        found = (await self.call("GET", "/Users", params=asked)).json()["Resources"]
        return found[0] if found else None

    async def sync(self, n: int) -> dict[str, Any]:
        """One user of a cycle: looked for, and created where nobody is found."""
        if found := await self.look_for(n):
            return found
        made = await self.call("POST", "/Users", {
            "schemas": [USER, ENTERPRISE], "externalId": f"object-{n}", "userName": self.api.email(f"p{n}"),
            "active": True, "emails": [{"primary": True, "type": "work", "value": self.api.email(f"p{n}")}],
            "meta": {"resourceType": "User"}, "roles": [], "displayName": f"P{n} Entra",
            "name": {"formatted": f"P{n} Entra", "familyName": "Entra", "givenName": f"P{n}"},
        })  # fmt: skip
        assert made.status_code == 201, made.text
        return made.json()


async def test_a_life_with_entra(world: World) -> None:
    made = await Directory.of(world, purchased_licenses=PEOPLE, methodologies=METHODOLOGIES)
    entra = Entra(made.api, made.token, made.token_id)
    # The first cycle, in no good order. It is cut off, and begins again from its cursor: what was done is found.
    order = shuffled()
    ids = {n: (await entra.sync(n))["id"] for n in order[: PEOPLE // 2]}
    ids |= {n: (await entra.sync(n))["id"] for n in order[PEOPLE // 3 :]}
    assert len(set(ids.values())) == PEOPLE == (await entra.api.get("/seats"))["occupied"]
    # References in a second pass.
    for n in shuffled():
        if (boss := boss_of(n)) is not None:
            operation = {"op": "Add", "path": f"{ENTERPRISE}:manager", "value": ids[boss]}
            assert (await entra.patch(ids[n], operation)).status_code == 200
    team = await managers(entra.api)
    for n in range(1, PEOPLE):
        assert team[entra.api.email(f"p{n}")] == entra.api.email(f"p{boss_of(n)}")
    # Changes, a rename, and each sent twice: the answer to the first was lost.
    rename = [
        {"op": "Replace", "path": "userName", "value": entra.api.email("p3-married")},
        {"op": "Replace", "path": "name.familyName", "value": "Married"},
        {"op": "Replace", "path": 'emails[type eq "work"].value', "value": entra.api.email("p3-married")},
        {"op": "Add", "path": f"{ENTERPRISE}:department", "value": "Sales"},
    ]
    first, second = await entra.changed(ids[3], *rename), await entra.changed(ids[3], *rename)
    assert first == second and first["userName"] == entra.api.email("p3-married")
    # Somebody leaves, their reports move up; they return under the same id and report to whom they did.
    off = {"op": "Replace", "path": "active", "value": "False"}
    assert (await entra.changed(ids[1], off))["active"] is False
    assert (await entra.get(ids[4]))[ENTERPRISE]["manager"]["value"] == ids[0]
    assert (await entra.api.get("/seats"))["occupied"] == PEOPLE - 1
    back = await entra.changed(ids[1], {"op": "Replace", "path": "active", "value": "True"})
    assert back["active"] and back[ENTERPRISE]["manager"]["value"] == ids[0]
    # No license for one more: the same answer at each cycle, until there is one.
    error(await entra.call("POST", "/Users", entra.person("late")), 403)
    await entra.api.provision(purchased_licenses=PEOPLE + 1, methodologies=METHODOLOGIES)
    assert (await entra.call("POST", "/Users", entra.person("late"))).status_code == 201
    # A group is found by its name, and pushed a member a change.
    asked = {"filter": 'displayName eq "Command of the Message"', "excludedAttributes": "members"}
    group = (await entra.call("GET", "/Groups", params=asked)).json()["Resources"][0]
    assert "members" not in group
    push = [{"op": "Add", "path": "members", "value": [{"$ref": None, "value": ids[n]}]} for n in range(5)]
    answer = await entra.call("PATCH", f"/Groups/{group['id']}", {"Operations": push})
    assert len(answer.json()["members"]) == 5
    # Deleted for good thirty days after.
    assert (await entra.call("DELETE", f"/Users/{ids[2]}")).status_code == 204
    assert await entra.look_for(2) is None and (await entra.sync(2))["id"] != ids[2]


async def test_a_life_with_okta(world: World) -> None:
    okta = await Directory.of(world, purchased_licenses=PEOPLE, methodologies=METHODOLOGIES)
    ids: dict[int, str] = {}

    def profile(n: int, **more: Any) -> dict[str, Any]:
        boss = boss_of(n)
        manager = {"manager": {"value": okta.api.email(f"p{boss}")}} if boss is not None else {}
        return {
            "schemas": [USER, ENTERPRISE],
            "userName": okta.api.email(f"p{n}"),
            "externalId": f"00u{n}",
            "locale": "en-US",
            "displayName": f"P{n} Okta",
            "groups": [],
            "name": {"givenName": f"P{n}", "familyName": "Okta"},
            "emails": [{"primary": True, "value": okta.api.email(f"p{n}"), "type": "work"}],
            "active": True,
            "password": "1mz050nq",
            ENTERPRISE: {"department": "Sales", **manager},
            **more,
        }

    # Managers by their address, in no good order: reports are there before who they report to.
    for n in shuffled():
        asked = {"filter": f'userName eq "{okta.api.email(f"p{n}")}"', "startIndex": "1", "count": "100"}
        assert (await okta.call("GET", "/Users", params=asked)).json()["totalResults"] == 0
        made = await okta.call("POST", "/Users", profile(n))
        assert made.status_code == 201 and "password" not in made.json(), made.text
        ids[n] = made.json()["id"]
    team = await managers(okta.api)
    for n in range(1, PEOPLE):
        assert team[okta.api.email(f"p{n}")] == okta.api.email(f"p{boss_of(n)}")
    # Replaced whole; said again it is no change.
    changed = {**profile(5), "title": "Lead", "id": ids[5]}
    first = await okta.call("PUT", f"/Users/{ids[5]}", changed)
    assert first.json()["title"] == "Lead"
    assert (await okta.call("PUT", f"/Users/{ids[5]}", changed)).json() == first.json()
    assert "title" not in (await okta.call("PUT", f"/Users/{ids[5]}", profile(5))).json()
    # Deactivated without a path, and back by a whole user.
    assert (await okta.changed(ids[5], {"op": "replace", "value": {"active": False}}))["active"] is False
    assert (await okta.call("PUT", f"/Users/{ids[5]}", profile(5))).json()["active"] is True
    # A group: it is there, so it is linked, and pushed.
    pushed: dict[str, Any] = {"schemas": [], "displayName": "Command of the Message", "members": []}
    error(await okta.call("POST", "/Groups", pushed), 409, "uniqueness")
    group = (await okta.call("GET", "/Groups", params={"startIndex": 1, "count": 100})).json()["Resources"][0]
    add = {"op": "add", "path": "members", "value": [{"value": ids[n], "display": "x"} for n in range(3)]}
    renamed = {"op": "replace", "value": {"id": group["id"], "displayName": "Command of the Message"}}
    answer = await okta.call("PATCH", f"/Groups/{group['id']}", {"Operations": [renamed, add]})
    assert {each["value"] for each in answer.json()["members"]} == {ids[n] for n in range(3)}
    remove = {"op": "remove", "path": f'members[value eq "{ids[0]}"]'}
    answer = await okta.call("PATCH", f"/Groups/{group['id']}", {"Operations": [remove]})
    assert {each["value"] for each in answer.json()["members"]} == {ids[1], ids[2]}
