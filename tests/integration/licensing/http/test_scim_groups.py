"""Groups of SCIM: methodologies, whose members have seats."""

from typing import Any

import pytest

from tests.integration.licensing.http.api import World
from tests.integration.licensing.http.directory import (
    Directory,
    error,
    replace,
    unknown_id,
)

pytestmark = pytest.mark.anyio


METHODOLOGIES = [
    {"id": "command", "name": "Command of the Message", "purchased": 2},
    {"id": "x", "name": "X", "purchased": 0},
]


def members(group: dict[str, Any]) -> set[str]:
    return {each["value"] for each in group.get("members", ())}


async def test_groups_are_the_methodologies_and_members_have_seats(world: World) -> None:
    scim = await Directory.of(world, methodologies=METHODOLOGIES)
    types = (await scim.call("GET", "/ResourceTypes")).json()["Resources"]
    assert [each["name"] for each in types] == ["User", "Group"]
    found = (await scim.call("GET", "/Groups", params={"filter": 'displayName eq "command of the message"'})).json()
    assert [each["id"] for each in found["Resources"]] == ["command"]
    ann, bob, eve = [(await scim.create(local))["id"] for local in ("ann", "bob", "eve")]

    async def push(*operations: dict[str, Any]) -> Any:
        return await scim.call("PATCH", "/Groups/command", {"Operations": list(operations)})

    # Entra adds with a $ref that is null, and removes by value; Okta by a filter.
    assert members((await push(replace("members", [{"$ref": None, "value": ann}], "Add"))).json()) == {ann}
    added = await push(replace("members", [{"value": bob, "display": "Bob"}], "add"), replace("displayName", "Other"))
    assert members(added.json()) == {ann, bob} and added.json()["displayName"] == "Command of the Message"
    assert (await scim.get(ann))["groups"][0]["value"] == "command"
    assert (await scim.api.get("/seats"))["methodologies"][0]["reserved"] == 2
    error(await push(replace("members", [{"value": eve}], "add")), 403)
    assert members((await scim.call("GET", "/Groups/command")).json()) == {ann, bob}
    assert members((await push({"op": "Remove", "path": "members", "value": [{"value": ann}]})).json()) == {bob}
    assert members((await push({"op": "remove", "path": f'members[value eq "{bob}"]'})).json()) == set()
    assert members((await push(replace(None, {"members": [{"value": eve}]}, "add"))).json()) == {eve}
    whole = await scim.call("PUT", "/Groups/command", {"displayName": "x", "members": [{"value": ann}]})
    assert members(whole.json()) == {ann}
    error(await push(replace("members", [{"value": unknown_id()}], "add")), 400, "invalidValue")
    error(await push(replace("members", [{"value": "nobody"}], "add")), 400, "invalidValue")
    await scim.changed(ann, replace("active", False))
    assert members((await scim.call("GET", "/Groups/command")).json()) == set()
    assert (await scim.api.get("/seats"))["methodologies"][0]["available"] == 2


async def test_groups_are_not_made_here(world: World) -> None:
    scim = await Directory.of(world, methodologies=METHODOLOGIES)
    error(await scim.call("POST", "/Groups", {"displayName": "Command of the Message"}), 409, "uniqueness")
    error(await scim.call("POST", "/Groups", {"displayName": "Sales"}), 403)
    error(await scim.call("DELETE", "/Groups/command"), 403)
    error(await scim.call("GET", "/Groups/nope"), 404)
    error(await scim.call("PATCH", "/Groups/command", {"Operations": []}), 400, "invalidSyntax")


async def test_a_seat_that_was_used_stays(world: World) -> None:
    scim = await Directory.of(world, methodologies=METHODOLOGIES)
    ann = await scim.create("ann")
    await scim.call("PUT", "/Groups/command", {"members": [{"value": ann["id"]}]})
    path = f"/companies/{scim.api.company}/users/{scim.api.email('ann')}/methodologies/command"
    assert (await scim.api.call("PUT", path, "platform", json={"state": "consumed"})).status_code == 200
    error(await scim.call("PUT", "/Groups/command", {"members": []}), 403)
    assert members((await scim.call("GET", "/Groups/command")).json()) == {ann["id"]}
