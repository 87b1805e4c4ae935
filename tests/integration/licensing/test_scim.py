"""SCIM over HTTP: a company's directory and its token, on real Kafka and Postgres."""

import asyncio
from typing import Any

import pytest

from tests.integration.licensing.directory import (
    ENTERPRISE,
    OWN,
    USER,
    Directory,
    error,
    replace,
    unknown_id,
)
from tests.integration.licensing.test_http import World, problem
from tests.integration.licensing.test_http import anyio_backend as anyio_backend
from tests.integration.licensing.test_http import world as world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def scim(world: World) -> Directory:
    """The directory of a company with ten licenses."""
    return await Directory.of(world)


# Tokens


async def test_a_token_opens_scim_of_its_company_and_nothing_else(scim: Directory) -> None:
    ann = await scim.create("ann")
    assert (await scim.call("GET", "/Users")).status_code == 200
    bearer = {"Authorization": f"Bearer {scim.token}"}
    for path in ("/api/v1/team", "/api/v1/seats", "/api/v1/scim/tokens"):
        assert (await scim.api.world.client.get(path, headers=bearer)).status_code == 401, path
    other = await Directory.of(scim.api.world)
    assert (await other.call("GET", f"/Users/{ann['id']}")).status_code == 404
    assert (await other.call("DELETE", f"/Users/{ann['id']}")).status_code == 404
    assert await other.find() == []


async def test_no_other_token_opens_scim(scim: Directory) -> None:
    for who in ("admin", "platform", "somebody"):
        token = scim.api.world.stack.token
        jwt = token(scim.api.company, scim.api.email(who), "manage_users", platform=who == "platform")
        answer = await scim.call("GET", "/Users", headers={"Authorization": f"Bearer {jwt}"})
        error(answer, 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    answer = await scim.api.world.client.get("/scim/v2/ServiceProviderConfig")
    assert "Provisioning" in error(answer, 401)


async def test_two_tokens_are_valid_during_a_rotation_and_no_third(scim: Directory) -> None:
    first, second = scim.token, (await Directory(scim.api).with_token("Next")).token
    for token in (first, second):
        scim.token = token
        assert (await scim.call("GET", "/Users")).status_code == 200
    problem(await scim.api.call("POST", "/scim/tokens", json={"name": "Third"}), 409, "too_many_tokens")
    items = (await scim.api.get("/scim/tokens"))["items"]
    assert [(each["name"], each["last_used_at"] is not None) for each in items] == [("Entra ID", True), ("Next", True)]
    assert all("token" not in each for each in items)
    assert (await scim.api.call("DELETE", f"/scim/tokens/{items[0]['id']}")).status_code == 204
    scim.token = first
    error(await scim.call("GET", "/Users"), 401)
    scim.token = second
    assert (await scim.call("GET", "/Users")).status_code == 200
    problem(await scim.api.call("DELETE", f"/scim/tokens/{items[0]['id']}"), 404, "not_found")


async def test_only_admins_of_the_company_make_and_revoke_tokens(scim: Directory) -> None:
    problem(await scim.api.call("GET", "/scim/tokens", "somebody"), 403, "forbidden")
    problem(await scim.api.call("POST", "/scim/tokens", "somebody", json={"name": "x"}), 403, "forbidden")
    other = await Directory.of(scim.api.world)
    problem(await other.api.call("DELETE", f"/scim/tokens/{scim.token_id}"), 404, "not_found")
    assert (await scim.call("GET", "/Users")).status_code == 200


async def test_a_token_is_kept_as_a_hash(scim: Directory) -> None:
    rows = await scim.api.world.app.state.pool.fetch("SELECT t::text AS row FROM scim_tokens t")
    assert rows and not any(scim.token[11:] in row["row"] for row in rows)


async def test_the_directory_goes_on_when_who_made_its_token_has_left(scim: Directory) -> None:
    await scim.api.provision_user("admin")
    admin = await scim.team("admin")
    await scim.changed(admin["user_id"], replace("active", False))
    assert (await scim.get(admin["user_id"]))["active"] is False
    assert (await scim.create("ann"))["active"]


# What there is


async def test_what_the_service_can_do_is_said(scim: Directory) -> None:
    config = (await scim.call("GET", "/ServiceProviderConfig")).json()
    assert config["bulk"]["supported"] is False and config["patch"]["supported"] and config["etag"]["supported"]
    error(await scim.call("POST", "/Bulk", {}), 501)
    types = (await scim.call("GET", "/ResourceTypes")).json()
    assert [each["endpoint"] for each in types["Resources"]] == ["/Users"]
    assert (await scim.call("GET", "/ResourceTypes/User")).status_code == 200
    error(await scim.call("GET", "/ResourceTypes/Nope"), 404)
    schemas = (await scim.call("GET", "/Schemas")).json()["Resources"]
    assert {USER, ENTERPRISE, OWN} <= {each["id"] for each in schemas}
    assert (await scim.call("GET", f"/Schemas/{ENTERPRISE}")).json()["id"] == ENTERPRISE
    error(await scim.call("GET", "/Nope"), 404)
    error(await scim.call("POST", "/Schemas", {}), 405)


async def test_own_fields_are_described_and_written(world: World) -> None:
    fields = [{"name": "Cost Center"}, {"name": "Site", "values": ["Oslo", "Lyon"]}]
    scim = await Directory.of(world, custom_fields=fields)
    schema = (await scim.call("GET", f"/Schemas/{OWN}")).json()
    assert [each["name"] for each in schema["attributes"]] == ["costCenter", "site", "status"]
    ann = await scim.create("ann", **{OWN: {"costCenter": "4711", "site": "oslo"}})
    assert ann[OWN] == {"costCenter": "4711", "site": "Oslo"}
    asked = await scim.get(ann["id"], attributes=f"{OWN}:status")
    assert asked[OWN] == {"status": "waiting"}
    bad = await scim.patch(ann["id"], replace(f"{OWN}:site", "Osla"))
    assert "Oslo" in error(bad, 400, "invalidValue")
    cleared = await scim.changed(ann["id"], {"op": "remove", "path": f"{OWN}:costCenter"})
    assert cleared[OWN] == {"site": "Oslo"}


# Create


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


# Change


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
    assert (await scim.patch(ann["id"], replace("title", "y"), headers={"If-Match": now})).status_code == 200
    assert (await scim.call("DELETE", f"/Users/{ann['id']}", headers={"If-Match": "*"})).status_code == 204


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


# Search


async def test_filters(scim: Directory) -> None:
    await scim.create("ann", title="AE", **{ENTERPRISE: {"department": "Sales"}})
    bob = await scim.create("bob", title="100%_sure")
    eve = await scim.create("eve", externalId="Ext-Eve")
    await scim.changed(eve["id"], replace("active", False))
    mark = (await scim.get(bob["id"]))["meta"]["lastModified"]
    expected = {
        f'userName eq "{scim.api.email("ANN")}"': ["ann"],
        f'userName eq "{scim.api.email("eve")}"': ["eve"],
        'userName sw "B"': ["bob"],
        'userName ne "x"': ["ann", "bob", "eve"],
        'title co "0%_s"': ["bob"],
        'title co "0_s"': [],
        "title pr": ["ann", "bob"],
        "not (title pr)": ["eve"],
        "active eq true": ["ann", "bob"],
        'active eq "False"': ["eve"],
        'externalId eq "Ext-Eve"': ["eve"],
        'externalId eq "ext-eve"': [],
        'name.givenName eq "ANN" or displayName eq "bob lee"': ["ann", "bob"],
        '(title eq "ae" or title eq "x") and active eq true': ["ann"],
        f'{ENTERPRISE}:department eq "sales"': ["ann"],
        'emails[type eq "work" and value sw "bob"]': ["bob"],
        f'emails.value eq "{scim.api.email("bob")}"': ["bob"],
        f'meta.lastModified ge "{mark}"': ["bob", "eve"],
        f'meta.lastModified lt "{mark}"': ["ann"],
        f'meta.lastModified gt "2000-01-01T00:00:00Z" and meta.lastModified le "{mark}"': ["ann", "bob"],
        'nickName eq "x"': [],
        'nickName ne "x"': ["ann", "bob", "eve"],
        f'id eq "{bob["id"]}"': ["bob"],
        f'{OWN}:status eq "waiting"': ["ann", "bob"],
        'userName eq "x\' OR 1=1 --"': [],
    }
    for text, who in expected.items():
        assert sorted(await scim.find(text)) == who, text


NO_FILTERS = (
    'userName eq "x', "userName", "userName eq", "active gt true", 'active eq "maybe"', 'meta.lastModified gt "soon"',
    "title eq 5", "(" * 200 + "title pr" + ")" * 200 + " and", 'title xx "y"', "x" * 5_000,
)  # fmt: skip


async def test_a_filter_that_is_none_is_refused(scim: Directory) -> None:
    for text in NO_FILTERS:
        error(await scim.call("POST", "/Users/.search", {"filter": text}), 400, "invalidFilter")


async def test_pages_orders_and_attributes(scim: Directory) -> None:
    for local in ("cat", "ann", "bob"):
        await scim.create(local, title=None if local == "bob" else local)
    assert await scim.find(sortBy="userName") == ["ann", "bob", "cat"]
    assert await scim.find(sortBy="userName", sortOrder="descending") == ["cat", "bob", "ann"]
    assert await scim.find(sortBy="title") == ["ann", "cat", "bob"]
    assert await scim.find(sortBy="userName", startIndex=2, count=1) == ["bob"]
    none = (await scim.call("GET", "/Users", params={"count": 0})).json()
    assert (none["totalResults"], none["Resources"], none["itemsPerPage"]) == (3, [], 0)
    past = (await scim.call("GET", "/Users", params={"startIndex": 9, "count": -1})).json()
    assert (past["totalResults"], past["Resources"]) == (3, [])
    some = (await scim.call("GET", "/Users", params={"attributes": "userName", "count": 1})).json()["Resources"][0]
    assert set(some) == {"id", "schemas", "userName"}
    body = {"excludedAttributes": ["emails", "name"], "filter": 'userName sw "ann"', "startIndex": 1, "count": 5}
    less = (await scim.call("POST", "/Users/.search", body)).json()["Resources"]
    assert len(less) == 1 and "emails" not in less[0] and "name" not in less[0] and less[0]["userName"]
    both = (await scim.call("POST", "/.search", {"attributes": ["userName"]})).json()
    assert both["totalResults"] == 3
    error(await scim.call("GET", "/Users", params={"count": "many"}), 400, "invalidValue")
    error(await scim.call("GET", "/Users", params={"sortBy": "nope"}), 400, "invalidPath")


# What is none


async def test_a_body_that_is_none_is_refused(scim: Directory) -> None:
    headers = {"Authorization": f"Bearer {scim.token}", "Content-Type": "application/scim+json"}
    ann = await scim.create("ann")
    for body in (b"", b"{", b"[]", b'"x"', b"null", b"\xff", b'{"userName": 5}', b'{"name": "x"}'):
        for method, path in (("POST", "/Users"), ("PUT", f"/Users/{ann['id']}"), ("PATCH", f"/Users/{ann['id']}")):
            answer = await scim.api.world.client.request(method, f"/scim/v2{path}", content=body, headers=headers)
            error(answer, 400, answer.json().get("scimType"))
    assert await scim.get(ann["id"]) == ann


async def test_texts_that_no_database_holds_are_refused(scim: Directory) -> None:
    for bad in ("a\0b", "\u202eb"):
        said = await scim.call("POST", "/Users", scim.person("ann", title=bad))
        error(said, 400, "invalidValue")
        error(await scim.call("POST", "/Users", scim.person("ann", externalId="a\0b")), 400, "invalidValue")


async def test_a_company_on_another_plan_is_told_so(scim: Directory) -> None:
    await scim.api.provision(plan="basic")
    error(await scim.call("GET", "/Users"), 403)


async def test_asked_too_often_a_directory_is_told_to_wait(scim: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = scim.api.world.app.state.parts.scim.calls
    monkeypatch.setattr(limit, "_interval", 60.0 / 2)
    answers = [await scim.call("GET", "/Users", params={"count": 0}) for _ in range(4)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    error(answers[-1], 429)


async def test_a_repeated_creation_is_a_duplicate_and_is_found(scim: Directory) -> None:
    ann = await scim.create("ann")
    error(await scim.call("POST", "/Users", scim.person("ann")), 409, "uniqueness")
    assert await scim.find('externalId eq "ext-ann"') == ["ann"] and (await scim.get(ann["id"])) == ann


# Groups

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
