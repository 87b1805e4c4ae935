"""What a directory changes in users: addresses, values, versions and managers."""

import pytest

from tests.integration.licensing.http.api import World
from tests.integration.licensing.http.directory import (
    ENTERPRISE,
    Directory,
    error,
    replace,
)

pytestmark = pytest.mark.anyio


async def test_a_directory_renames_who_is_active_and_who_waits(scim: Directory) -> None:
    await scim.api.provision_user("ann")
    ann, bob = await scim.team("ann"), await scim.create("bob")
    old_link = await scim.api.token(await scim.team("bob"))
    renamed = await scim.changed(ann["user_id"], replace("userName", scim.api.email("anna")))
    assert renamed["userName"] == scim.api.email("anna") and renamed["emails"][0]["value"] == scim.api.email("anna")
    await scim.changed(bob["id"], replace("userName", scim.api.email("rob")))
    assert await scim.statuses() == {"anna": "active", "rob": "waiting"}
    answer = await scim.api.call("GET", f"/invitations/{old_link}", None)
    assert answer.status_code == 410
    error(await scim.patch(bob["id"], replace("userName", scim.api.email("anna"))), 409, "uniqueness")
    assert (await scim.api.get(f"/team/{ann['user_id']}"))["history"][-1]["changes"][0]["field"] == "email"
    # The address that was left is free, for anybody.
    await scim.api.invite("ann")


async def test_the_domain_of_a_new_address_is_one_of_the_companys(world: World) -> None:
    scim = await Directory.of(world)
    await scim.api.provision(sso_domains=[scim.api.domain])
    ann = await scim.create("ann")
    said = error(await scim.patch(ann["id"], replace("userName", "ann@elsewhere.example")), 400, "invalidValue")
    assert scim.api.domain in said


async def test_what_put_leaves_out_is_cleared_where_the_directory_had_said_it(scim: Directory) -> None:
    ann = await scim.create("ann", title="AE")
    user = await scim.team("ann")
    await scim.api.call("PATCH", f"/team/{user['user_id']}", json={"region": "EMEA"})
    whole = await scim.call(
        "PUT", f"/Users/{ann['id']}", {**scim.person("ann"), "name": {"givenName": "Anna", "familyName": "Li"}}
    )
    assert whole.status_code == 200 and "title" not in whole.json()
    user = await scim.team("ann")
    assert (user["first_name"], user["title"], user["region"]) == ("Anna", None, "EMEA")
    off = await scim.call("PUT", f"/Users/{ann['id']}", {**scim.person("ann"), "active": False})
    assert off.json()["active"] is False and await scim.statuses() == {}


async def test_said_again_is_no_change(scim: Directory) -> None:
    ann = await scim.create("ann")
    assert await scim.changed(ann["id"], replace("active", True), replace("title", "")) == ann
    again = await scim.call("PUT", f"/Users/{ann['id']}", scim.person("ann"))
    assert again.json() == ann


async def test_what_is_not_known_is_ignored(scim: Directory) -> None:
    ann = await scim.create("ann", nickName="A", phoneNumbers=[{"value": "1"}], groups=[], password="x")
    changed = await scim.changed(
        ann["id"],
        replace('addresses[type eq "work"].locality', "Oslo", "Add"),
        replace("urn:example:2.0:User:shoe", "42"),
        replace(None, {"nickName": "B", "title": "AE"}),
    )
    assert changed["title"] == "AE"


async def test_a_version_that_is_past_changes_nothing(scim: Directory) -> None:
    ann = await scim.create("ann")
    old = ann["meta"]["version"]
    await scim.changed(ann["id"], replace("title", "AE"))
    stale = {"headers": {"If-Match": old}}
    error(await scim.patch(ann["id"], replace("title", "x"), **stale), 412)
    error(await scim.call("PUT", f"/Users/{ann['id']}", scim.person("ann"), **stale), 412)
    error(await scim.call("DELETE", f"/Users/{ann['id']}", **stale), 412)
    now = (await scim.get(ann["id"]))["meta"]["version"]
    unchanged = await scim.call("GET", f"/Users/{ann['id']}", headers={"If-None-Match": now})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    any_version = await scim.call("GET", f"/Users/{ann['id']}", headers={"If-None-Match": "*"})
    assert any_version.status_code == 304
    assert (await scim.patch(ann["id"], replace("title", "y"), headers={"If-Match": now})).status_code == 200
    assert (await scim.call("DELETE", f"/Users/{ann['id']}", headers={"If-Match": "*"})).status_code == 204


async def test_a_whole_user_without_an_address_is_refused(scim: Directory) -> None:
    ann = await scim.create("ann")
    whole = {key: value for key, value in scim.person("ann").items() if key != "userName"}
    error(await scim.call("PUT", f"/Users/{ann['id']}", {**whole, "title": "VP"}), 400, "invalidValue")
    assert await scim.get(ann["id"]) == ann


# Managers
async def test_managers_and_reports_come_in_any_order(scim: Directory) -> None:
    boss = {"value": "ext-boss"}
    ann = await scim.create("ann", **{ENTERPRISE: {"manager": boss}})
    bob = await scim.create("bob", **{ENTERPRISE: {"manager": scim.api.email("BOSS")}})
    assert ann[ENTERPRISE]["manager"]["value"] == "ext-boss" and (await scim.team("ann"))["reports_to"] is None
    made = await scim.create("boss")
    for each in (ann, bob):
        manager = (await scim.get(each["id"]))[ENTERPRISE]["manager"]
        assert (manager["value"], manager["displayName"]) == (made["id"], "Boss Lee")
    assert (await scim.team("ann"))["reports_to"] == (await scim.team("bob"))["reports_to"] == scim.api.email("boss")
    cleared = await scim.changed(ann["id"], {"op": "Remove", "path": f"{ENTERPRISE}:manager"})
    assert "manager" not in cleared.get(ENTERPRISE, {})


async def test_two_who_swap_places_end_as_the_directory_says(scim: Directory) -> None:
    top = await scim.create("top")
    ann = await scim.create("ann", **{ENTERPRISE: {"manager": top["id"]}})
    bob = await scim.create("bob", **{ENTERPRISE: {"manager": ann["id"]}})
    path = f"{ENTERPRISE}:manager"
    closed = await scim.changed(ann["id"], replace(path, bob["id"]))
    assert closed[ENTERPRISE]["manager"]["value"] == top["id"] or closed[ENTERPRISE]["manager"]["value"] == bob["id"]
    assert (await scim.team("ann"))["reports_to"] == scim.api.email("top")
    await scim.changed(bob["id"], replace(path, top["id"]))
    assert (await scim.team("ann"))["reports_to"] == scim.api.email("bob")
    assert (await scim.team("bob"))["reports_to"] == scim.api.email("top")
    itself = await scim.patch(top["id"], replace(path, top["id"]))
    assert itself.status_code == 200 and (await scim.team("top"))["reports_to"] is None


async def test_who_comes_back_reports_to_whom_they_did(scim: Directory) -> None:
    boss = await scim.create("boss")
    ann = await scim.create("ann", **{ENTERPRISE: {"manager": boss["id"]}})
    await scim.changed(ann["id"], replace("active", False))
    await scim.changed(ann["id"], replace("active", True))
    assert (await scim.team("ann"))["reports_to"] == scim.api.email("boss")
