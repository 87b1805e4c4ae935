"""Activity over HTTP."""

import pytest

from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio


async def test_activity_says_who_did_what_from_where_and_what_was_refused(acme: Api) -> None:
    admin = await acme.provision_user("admin")
    ann = await acme.invite("ann", first_name="=1+1")
    problem(await acme.act("deactivate", admin["user_id"]), 409, "own_account")
    problem(await acme.call("POST", "/team", json=acme.form("ann")), 409, "user_exists")
    problem(await acme.call("PATCH", f"/team/{ann['user_id']}", json={"region": "x" * 400}), 422, "too_long")
    accepted = await acme.call("POST", f"/invitations/{await acme.token(ann)}/accept", None)
    assert accepted.status_code == 200
    found = (await acme.get("/activity"))["items"]
    assert [(each["what"], each["origin"]) for each in found] == [
        ("activated", "invitee"),
        ("refused", "form"),
        ("refused", "form"),
        ("invited", "form"),
        ("provisioned", "platform"),
        ("company_changed", "platform"),
    ]
    assert [each["refused"] and (each["refused"]["action"], each["refused"]["code"]) for each in found[1:3]] == [
        ("invite", "user_exists"),
        ("deactivate", "own_account"),
    ]
    assert found[3]["by"]["email"] == acme.email("admin") and found[3]["user"]["email"] == acme.email("ann")
    mine = (await acme.get("/activity", who=acme.email("admin"), what="invited,refused", limit=2))["items"]
    assert [each["what"] for each in mine] == ["refused", "refused"]
    assert (await acme.get("/activity", who=admin["user_id"], what="invited"))["items"] == [found[3]]
    assert not (await acme.get("/activity", to="2001-01-01"))["items"]
    assert len((await acme.get("/activity", user_id=ann["user_id"], **{"from": "2001-01-01"}))["items"]) == 2
    assert (await acme.call("POST", "/access/requests", json={"licenses": 2})).status_code == 201
    asked = (await acme.get("/activity"))["items"][0]
    assert (asked["what"], asked["wanted"]["licenses"]) == ("seats_requested", 2)
    assert "licenses: 2" in (await acme.call("GET", "/activity.csv?what=seats_requested")).text
    await acme.call("PATCH", f"/team/{ann['user_id']}", json={"permissions": ["manage_reports"]})
    assert (await acme.get("/activity"))["items"][0]["granted"] == ["manage_reports"]
    table = (await acme.call("GET", "/activity.csv?what=invited")).text
    assert "\u200b=1+1 Lee" in table and "deactivate" not in table
    problem(await acme.call("GET", "/activity?what=flown"), 422, "what_unknown")
    problem(await acme.call("GET", "/activity?from=yesterday"), 422, "time_unknown")
    problem(await acme.call("GET", "/activity?to=9999-12-31"), 422, "time_unknown")
    problem(await acme.call("GET", "/activity?cursor=WzFd"), 422, "cursor_unknown")
    problem(await acme.call("GET", "/activity", "ann"), 403, "forbidden")
    problem(await acme.call("GET", "/activity.csv", "ann"), 403, "forbidden")
    problem(await acme.call("GET", "/team/joined?by=shoe"), 422, "group_unknown")
    assert (await acme.get("/team/joined", by="region"))["joined"] == 1
    other = Api(acme.world)
    assert (await other.provision()).status_code == 200
    assert [each["what"] for each in (await other.get("/activity"))["items"]] == ["company_changed"]
    problem(await other.call("GET", f"/activity/{found[3]['id']}/users"), 404, "not_found")
    assert not (await other.get("/activity", user_id=ann["user_id"]))["items"]
