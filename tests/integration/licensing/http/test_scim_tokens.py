"""The token by which a company's directory calls, and what SCIM says of itself."""

import pytest

from tests.integration.licensing.http.api import World, problem
from tests.integration.licensing.http.directory import (
    ENTERPRISE,
    OWN,
    USER,
    Directory,
    error,
    replace,
)

pytestmark = pytest.mark.anyio


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
    for path in ("/Schemas", "/ResourceTypes", "/ServiceProviderConfig"):
        error(await scim.call("GET", f"{path}?filter=id%20pr"), 403)


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


async def test_a_company_on_another_plan_is_told_so(scim: Directory) -> None:
    await scim.api.provision(plan="basic")
    error(await scim.call("GET", "/Users"), 403)


async def test_asked_too_often_a_directory_is_told_to_wait(scim: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = scim.api.world.app.state.parts.scim.calls
    monkeypatch.setattr(limit, "_interval", 60.0 / 2)
    answers = [await scim.call("GET", "/Users", params={"count": 0}) for _ in range(4)]
    assert answers[-1].status_code == 429 and int(answers[-1].headers["retry-after"]) > 0
    error(answers[-1], 429)
