"""Users over SCIM: how they come, are changed and go."""

import asyncio
from typing import Any

import pytest

from tests.integration.licensing.http.api import World
from tests.integration.licensing.http.directory import (
    ENTERPRISE,
    USER,
    Directory,
    error,
    replace,
)

pytestmark = pytest.mark.anyio


async def test_who_is_new_is_invited(scim: Directory) -> None:
    made = await scim.call(
        "POST", "/Users", scim.person("ann", title="AE", **{ENTERPRISE: {"department": "Sales", "division": "EMEA"}})
    )
    ann = made.json()
    assert made.status_code == 201 and made.headers["location"] == ann["meta"]["location"]
    assert made.headers["etag"] == ann["meta"]["version"]
    assert (ann["userName"], ann["externalId"], ann["active"]) == (scim.api.email("ann"), "ext-ann", True)
    assert ann[ENTERPRISE] == {"department": "Sales", "division": "EMEA"}
    user = await scim.team("ann")
    assert (user["status"], user["functional_area"], user["region"], user["title"]) == (
        "waiting",
        "Sales",
        "EMEA",
        "AE",
    )
    history = (await scim.api.get(f"/team/{user['user_id']}"))["history"]
    assert history[0]["by"] == {"email": scim.api.email("admin"), "name": "SCIM: Entra ID"}
    assert (await scim.api.get("/seats"))["occupied"] == 1
    assert await scim.get(ann["id"]) == ann


async def test_where_the_company_wants_it_they_are_active_at_once(world: World) -> None:
    scim = await Directory.of(world, scim={"create": "active"})
    await scim.create("ann")
    assert await scim.statuses() == {"ann": "active"}


async def test_what_a_directory_need_not_know_is_not_required(scim: Directory) -> None:
    await scim.create("ann")
    assert (await scim.team("ann"))["functional_area"] is None
    nameless = scim.person("bob")
    del nameless["name"]
    said = error(await scim.call("POST", "/Users", nameless), 400, "invalidValue")
    assert "First Name" in said and "Last Name" in said


async def test_who_is_there_already_is_a_duplicate(scim: Directory) -> None:
    await scim.create("ann")
    error(await scim.call("POST", "/Users", scim.person("ann")), 409, "uniqueness")
    await scim.api.invite("bob")
    error(await scim.call("POST", "/Users", scim.person("bob")), 409, "uniqueness")
    assert await scim.find(f'userName eq "{scim.api.email("BOB")}"') == ["bob"]
    other = await Directory.of(scim.api.world)
    taken = {**other.person("x"), "userName": scim.api.email("ann")}
    error(await other.call("POST", "/Users", taken), 409, "uniqueness")


async def test_without_a_license_nothing_is_done(world: World) -> None:
    scim = await Directory.of(world, purchased_licenses=1)
    await scim.create("ann")
    said = error(await scim.call("POST", "/Users", scim.person("bob")), 403)
    assert "all 1 " in said and "bought" in said
    assert await scim.statuses() == {"ann": "waiting"} and await scim.find() == ["ann"]
    (refused,) = (await scim.api.get("/activity", what="refused"))["items"]
    assert (refused["refused"]["action"], refused["refused"]["code"]) == ("invite", "licenses_exceeded")
    assert (refused["origin"], refused["by"]["name"]) == ("scim", "SCIM: Entra ID")


async def test_an_unknown_value_of_a_list_is_refused_with_the_sentence_of_a_row(world: World) -> None:
    scim = await Directory.of(world, functional_areas=["Sales", "Finance"])
    bad = scim.person("ann", **{ENTERPRISE: {"department": "Salse"}})
    said = error(await scim.call("POST", "/Users", bad), 400, "invalidValue")
    assert "Sales" in said and "Functional Area" in said
    assert (await scim.create("ann", **{ENTERPRISE: {"department": "sales"}}))[ENTERPRISE]["department"] == "Sales"


async def test_who_is_inactive_comes_back_as_a_new_person(scim: Directory) -> None:
    await scim.api.provision_user("ann")
    user = await scim.team("ann")
    await scim.api.act("deactivate", user["user_id"])
    ann = await scim.create("ann", title="Back")
    assert ann["active"] and (await scim.team("ann"))["status"] == "active"
    assert (await scim.team("ann"))["title"] == "Back" and (await scim.team("ann"))["user_id"] == user["user_id"]


# Away and back
OFF: list[Any] = [
    [replace("active", False)],
    [replace("active", "False", "Replace")],
    [replace("active", "false")],
    [replace(None, {"active": False})],
    [replace(None, {"active": "False"}, "Replace")],
    [replace(f"{USER}:active", False)],
    [replace("active", [{"value": "False"}], "Replace")],
    [replace("title", "x"), replace("active", False, "add")],
]


async def test_inactive_in_any_form(world: World) -> None:
    scim = await Directory.of(world, purchased_licenses=100)
    for n, operations in enumerate(OFF):
        await scim.api.provision_user(f"ann{n}")
        active, waiting = await scim.team(f"ann{n}"), await scim.create(f"bob{n}")
        for resource_id in (active["user_id"], waiting["id"]):
            assert (await scim.changed(resource_id, *operations))["active"] is False, operations
            assert (await scim.get(resource_id))["active"] is False
    assert set((await scim.statuses()).values()) == {"inactive"} and len(await scim.statuses()) == len(OFF)
    assert (await scim.api.get("/seats"))["occupied"] == 0


async def test_a_cancelled_invitation_stays_readable_and_comes_back_under_its_id(scim: Directory) -> None:
    ann = await scim.create("ann", title="AE", **{ENTERPRISE: {"department": "Sales"}})
    gone = await scim.changed(ann["id"], replace("active", False))
    assert (gone["id"], gone["title"], gone[ENTERPRISE]["department"]) == (ann["id"], "AE", "Sales")
    assert await scim.find() == ["ann"] and await scim.statuses() == {}
    renamed = await scim.changed(ann["id"], replace("userName", scim.api.email("anna")))
    assert renamed["userName"] == scim.api.email("anna")
    back = await scim.changed(ann["id"], replace("active", "True"))
    assert (back["id"], back["active"], back["externalId"]) == (ann["id"], True, "ext-ann")
    assert await scim.statuses() == {"anna": "waiting"} and await scim.find() == ["anna"]
    assert (await scim.team("anna"))["title"] == "AE"


async def test_deactivated_and_reactivated_under_one_id(scim: Directory) -> None:
    await scim.api.provision_user("ann")
    user = await scim.team("ann")
    await scim.changed(user["user_id"], replace("active", False))
    assert (await scim.changed(user["user_id"], replace("title", "Changed meanwhile")))["title"] == "Changed meanwhile"
    back = await scim.changed(user["user_id"], replace(None, {"active": True}))
    assert back["active"] and back["title"] == "Changed meanwhile"
    assert (await scim.team("ann"))["status"] == "active"


async def test_to_come_back_takes_a_license(world: World) -> None:
    scim = await Directory.of(world, purchased_licenses=1)
    ann = await scim.create("ann")
    await scim.changed(ann["id"], replace("active", False))
    await scim.create("bob")
    error(await scim.patch(ann["id"], replace("active", True)), 403)
    assert (await scim.get(ann["id"]))["active"] is False


async def test_deleted_is_gone_and_can_be_created_anew(scim: Directory) -> None:
    await scim.api.provision_user("ann")
    ann, bob = await scim.team("ann"), await scim.create("bob")
    for resource_id in (ann["user_id"], bob["id"]):
        assert (await scim.call("DELETE", f"/Users/{resource_id}")).status_code == 204
        error(await scim.call("GET", f"/Users/{resource_id}"), 404)
        error(await scim.call("DELETE", f"/Users/{resource_id}"), 404)
        error(await scim.patch(resource_id, replace("active", True)), 404)
    assert await scim.find() == [] and await scim.statuses() == {"ann": "inactive"}
    again = await scim.create("ann")
    assert again["id"] != ann["user_id"] and await scim.statuses() == {"ann": "active"}
    error(await scim.call("GET", f"/Users/{ann['user_id']}"), 404)
    assert (await scim.create("bob"))["id"] != bob["id"]


async def test_who_was_deleted_and_is_brought_back_by_an_admin_is_found_under_another_id(scim: Directory) -> None:
    await scim.api.provision_user("ann")
    user = await scim.team("ann")
    await scim.call("DELETE", f"/Users/{user['user_id']}")
    await scim.api.act("reactivate", user["user_id"])
    found = (await scim.call("GET", "/Users", params={"filter": f'userName eq "{user["email"]}"'})).json()["Resources"]
    assert [each["id"] != user["user_id"] for each in found] == [True]
    error(await scim.call("GET", f"/Users/{user['user_id']}"), 404)


async def test_created_inactive_takes_no_license_and_no_mail(scim: Directory) -> None:
    ann = await scim.create("ann", active=False)
    assert ann["active"] is False and await scim.statuses() == {}
    error(await scim.call("POST", "/Users", {**scim.person("bob"), "userName": "no address"}), 400, "invalidValue")
    assert (await scim.changed(ann["id"], replace("active", True)))["active"]
    assert await scim.statuses() == {"ann": "waiting"}


async def test_who_an_admin_invited_meanwhile_is_the_same_resource(scim: Directory) -> None:
    ann = await scim.create("ann")
    await scim.changed(ann["id"], replace("active", False))
    await scim.api.invite("ann")
    assert (await scim.get(ann["id"]))["active"] is True and await scim.find() == ["ann"]
    assert (await scim.changed(ann["id"], replace("title", "AE")))["externalId"] == "ext-ann"
    assert (await scim.team("ann"))["title"] == "AE"


async def test_a_repeated_creation_is_a_duplicate_and_is_found(scim: Directory) -> None:
    ann = await scim.create("ann")
    error(await scim.call("POST", "/Users", scim.person("ann")), 409, "uniqueness")
    assert await scim.find('externalId eq "ext-ann"') == ["ann"] and (await scim.get(ann["id"])) == ann


# Races
async def test_a_directory_and_admins_race_for_the_last_licenses(world: World) -> None:
    scim = await Directory.of(world, purchased_licenses=3)
    by_scim = [scim.call("POST", "/Users", scim.person(f"s{n}")) for n in range(6)]
    by_form = [scim.api.call("POST", "/team", json=scim.api.form(f"f{n}")) for n in range(6)]
    answers = await asyncio.gather(*by_scim, *by_form)
    assert sorted(each.status_code for each in answers).count(201) == 3
    assert {each.status_code for each in answers[:6]} <= {201, 403}
    assert {each.status_code for each in answers[6:]} <= {201, 409}
    assert (await scim.api.get("/seats"))["occupied"] == 3 == len(await scim.find())


async def test_two_at_once_who_create_one_person_make_one(scim: Directory) -> None:
    answers = await asyncio.gather(*(scim.call("POST", "/Users", scim.person("ann")) for _ in range(4)))
    assert sorted(each.status_code for each in answers) == [201, 409, 409, 409]
    assert await scim.find() == ["ann"]
