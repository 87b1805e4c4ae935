"""My Team over HTTP: its seats, its list, its forms and actions."""

from typing import Any
from uuid import uuid4

import pytest

from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio


async def test_a_company_its_seats_and_its_users(acme: Api) -> None:
    assert (await acme.get("/seats")) == {
        "purchased": 10,
        "occupied": 0,
        "available": 10,
        "waiting": 0,
        "pending_transfer": 0,
        "active": 0,
        "inactive": 0,
        "methodologies": [],
    }
    ann = await acme.invite("ann", title="AE", custom_fields={})
    assert ann["status"] == "waiting" and ann["invitation"]["state"] == "queued" and ann["invited_at"]
    problem(await acme.call("POST", "/team", json=acme.form("ann")), 409, "user_exists")
    bad = acme.form("not an address", first_name="", reports_to=acme.email("ghost"))
    found = problem(await acme.call("POST", "/team", json={**bad, "email": "not one"}), 422, "email_invalid")
    assert [e["code"] for e in found["errors"]] == ["email_invalid", "first_name_required", "reports_to_unknown"]
    edited = await acme.call("PATCH", f"/team/{ann['user_id']}", json={"title": None, "region": "EMEA"})
    assert (edited.json()["title"], edited.json()["region"], edited.json()["first_name"]) == (None, "EMEA", "Ann")
    read = await acme.get(f"/team/{ann['user_id']}")
    assert [e["what"] for e in read["history"]] == ["invited", "changed"]
    assert read["history"][1]["changes"] == [
        {"field": "title", "from": "AE", "to": None},
        {"field": "region", "from": None, "to": "EMEA"},
    ]
    assert read["history"][0]["by"]["email"] == acme.email("admin")


async def test_what_is_answered_is_published(acme: Api) -> None:
    ann = await acme.invite("ann")
    pool = acme.world.app.state.pool
    published = await pool.fetchval("SELECT position FROM checkpoints WHERE reader = 'relay'")
    own = await pool.fetchval(
        "SELECT first_position + index FROM commits JOIN events USING (commit_id) WHERE stream = $1",
        f"user-{ann['user_id']}",
    )
    assert published >= own


async def test_actions_are_all_or_nothing(acme: Api) -> None:
    ann, bob = await acme.invite("ann"), await acme.invite("bob")
    await acme.call("POST", f"/invitations/{await acme.token(ann)}/accept", None)
    both = (ann["user_id"], bob["user_id"])
    refused = problem(await acme.act("deactivate", *both), 409, "not_active")
    assert [(i["user_id"], i["code"]) for i in refused["items"]] == [(bob["user_id"], "not_active")]
    problem(await acme.act("resend", bob["user_id"], str(uuid4())), 404, "not_found")
    problem(await acme.act("resend", "no uuid"), 404, "not_found")
    problem(await acme.act("assign_manager", bob["user_id"], title="x"), 422, "fields_wrong")
    assert (await acme.act("assign_manager", bob["user_id"], reports_to=acme.email("ann"))).status_code == 200
    assert (await acme.act("update_fields", *both, title="Chief")).json()["items"] == [
        {"user_id": ann["user_id"], "result": "done"},
        {"user_id": bob["user_id"], "result": "done"},
    ]
    assert (await acme.act("resend", bob["user_id"])).status_code == 200
    problem(await acme.act("resend", bob["user_id"]), 429, "too_soon")
    for action in ("deactivate", "reactivate"):
        assert (await acme.act(action, ann["user_id"])).status_code == 200
    assert (await acme.act("cancel_invitation", bob["user_id"])).status_code == 200
    problem(await acme.call("GET", f"/team/{bob['user_id']}"), 404, "not_found")
    assert (await acme.get("/seats"))["occupied"] == 1


async def test_the_list_filtered_sorted_and_paged(acme: Api) -> None:
    await acme.provision(purchased_licenses=30)
    boss = await acme.invite("boss", first_name="Bo", last_name="Ss", functional_area="Finance")
    for n in range(9):
        await acme.invite(
            f"u{n}", last_name=f"Lee{n % 3}", title=f"T_{n}", reports_to=acme.email("boss") if n < 4 else None
        )
    everyone = await acme.get("/team")
    assert everyone["total"] == 10 and everyone["next_cursor"] is None
    for sort in ("", "last_name,-email", "-invited_at", "-title,email", "reports_to,-status,first_name"):
        whole = [u["user_id"] for u in (await acme.get("/team", sort=sort))["items"]]
        paged: list[str] = []
        page: dict[str, Any] = {"next_cursor": None}
        while not paged or page["next_cursor"]:
            more = {"cursor": page["next_cursor"]} if page["next_cursor"] else {}
            page = await acme.get("/team", sort=sort, limit=3, **more)
            paged += [u["user_id"] for u in page["items"]]
            assert page["total"] == 10
        assert paged == whole and len(set(paged)) == 10, sort
    assert [u["email"] for u in (await acme.get("/team", sort="-title", limit=1))["items"]] == [acme.email("u8")]
    assert (await acme.get("/team", reports_to=acme.email("BOSS")))["total"] == 4
    assert (await acme.get("/team", reports_to=boss["user_id"]))["total"] == 4
    assert (await acme.get("/team", functional_area="finance"))["total"] == 1
    assert (await acme.get("/team", q="t_3"))["total"] == 1, "an underscore is no wildcard"
    assert (await acme.get("/team", q="ann lee1"))["total"] == 3
    assert (await acme.get("/team", status="active,inactive"))["total"] == 0
    problem(await acme.call("GET", "/team", params={"status": "x"}), 422, "status_unknown")
    problem(await acme.call("GET", "/team", params={"sort": "salary"}), 422, "sort_unknown")
    problem(await acme.call("GET", "/team", params={"cursor": "garbage"}), 422, "cursor_unknown")
