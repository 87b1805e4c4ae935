"""Permissions over HTTP: who grants which, and who keeps the last one."""

import pytest

from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio


async def test_permissions_are_granted_by_admins_and_shown_with_who_granted_them_when(acme: Api) -> None:
    ann = await acme.invite("ann", permissions=["manage_reports", "manage_users"])
    assert ann["permissions"] == ["manage_users", "manage_reports"]
    one = f"/team/{ann['user_id']}"
    changed = await acme.call("PATCH", one, json={"permissions": ["manage_assignments"], "title": "AE"})
    assert (changed.json()["permissions"], changed.json()["title"]) == (["manage_assignments"], "AE")
    back = await acme.call("POST", f"/team/actions/{changed.json()['undo']['id']}/undo")
    assert back.status_code == 200, back.text
    read = await acme.get(one)
    assert (read["permissions"], read["title"]) == (["manage_users", "manage_reports"], None)
    entry = next(each for each in read["history"] if each["what"] == "permissions_changed")
    assert (entry["granted"], entry["by"]["email"]) == (["manage_users", "manage_reports"], acme.email("admin"))
    granted = {each["permission"]: each for each in read["granted"]}
    assert set(granted) == {"manage_users", "manage_reports"} and granted["manage_users"]["at"] > entry["at"]
    bob = await acme.provision_user("bob", "authorize_purchases")
    for wanted, found in (("manage_users", {"ann"}), ("authorize_purchases,manage_users", {"ann", "bob"})):
        page = await acme.get("/team", permission=wanted)
        assert {each["email"] for each in page["items"]} == {acme.email(local) for local in found}
        assert page["total"] == len(found)
    problem(await acme.call("GET", "/team", params={"permission": "rule"}), 422, "permission_unknown")
    csv = await acme.call("GET", "/team/export.csv", params={"columns": "permissions", "permission": "manage_users"})
    assert "manage_users, manage_reports" in csv.text
    kept = await acme.call("PATCH", f"/team/{bob['user_id']}", json={"permissions": []})
    assert kept.json()["permissions"] == ["authorize_purchases"], "an admin does not take what they do not grant"


async def test_what_nobody_grants_so_is_refused_and_nothing_is_done(acme: Api) -> None:
    ann = await acme.invite("ann")
    one = f"/team/{ann['user_id']}"
    problem(await acme.call("PATCH", one, json={"permissions": ["authorize_purchases"]}), 403, "platform_grants")
    problem(
        await acme.call("POST", "/team", json=acme.form("bob", permissions=["authorize_purchases"])),
        403,
        "platform_grants",
    )
    for wrong in (["rule_the_world"], "manage_users", {"manage_users": True}):
        assert (await acme.call("PATCH", one, json={"permissions": wrong})).status_code == 422
    many = {"action": "update_fields", "user_ids": [ann["user_id"]], "fields": {"permissions": ["manage_users"]}}
    assert (await acme.call("POST", "/team/actions", json=many)).status_code == 422, "not for many"
    assert (await acme.call("PATCH", one, json={"permissions": None})).json()["permissions"] == []
    page = await acme.get("/team")
    assert [each["permissions"] for each in page["items"]] == [[]]


async def test_the_last_admin_is_kept_by_form_action_and_platform(acme: Api) -> None:
    ada = await acme.provision_user("ada", "manage_users")
    one = f"/team/{ada['user_id']}"
    problem(await acme.call("PATCH", one, json={"permissions": [], "title": "Gone"}), 409, "last_admin")
    refused = problem(await acme.act("deactivate", ada["user_id"]), 409, "last_admin")
    assert [each["code"] for each in refused["items"]] == ["last_admin"]
    users = f"/companies/{acme.company}/users/{acme.email('ada')}"
    problem(await acme.call("PUT", users, "platform", json={"permissions": []}), 409, "last_admin")
    kept = await acme.get(one)
    assert (kept["permissions"], kept["status"], kept["title"]) == (["manage_users"], "active", None)
    await acme.provision_user("ben", "manage_users")
    assert (await acme.act("deactivate", ada["user_id"])).status_code == 200
    inactive = await acme.get(one)
    assert inactive["permissions"] == ["manage_users"], "it comes back with them"
    problem(await acme.call("PATCH", one, json={"permissions": ["manage_users", "manage_reports"]}), 409, "not_active")
    assert (await acme.call("PATCH", one, json={"permissions": []})).json()["permissions"] == []
