"""Seats of methodologies over HTTP: forms, actions, and what the platform says."""

from typing import Any

import pytest

from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio
COMMAND = {"id": "command", "name": "Command of the Message", "purchased": 2}
VALUE = {"id": "value", "name": "Value Negotiation", "purchased": 1}


async def seats(acme: Api) -> dict[str, tuple[int, int, int]]:
    found: list[dict[str, Any]] = (await acme.get("/seats"))["methodologies"]
    return {each["id"]: (each["reserved"], each["consumed"], each["available"]) for each in found}


async def test_from_a_form_to_a_used_seat(acme: Api) -> None:
    assert (await acme.provision(methodologies=[COMMAND, VALUE])).status_code == 200
    ann = await acme.invite("ann", methodologies=["command", "value"])
    assert ann["methodologies"] == {"command": "reserved", "value": "reserved"}
    short = problem(
        await acme.call("POST", "/team", json=acme.form("bob", methodologies=["value"])),
        409,
        "methodology_seats_exceeded",
    )
    assert short["methodologies"] == [{"id": "value", "requested": 1, "available": 0}]
    unknown = acme.form("bob", methodologies=["other"])
    said = problem(await acme.call("POST", "/team", json=unknown), 422, "methodology_unknown")
    assert [(each["column"], each["value"], each["suggestion"]) for each in said["errors"]] == [
        ("Methodology Access", "other", None)
    ]
    meant = acme.form("bob", methodologies=["comand", "value"], first_name="")
    errors = problem(await acme.call("POST", "/team", json=meant), 422, "first_name_required")["errors"]
    assert [(each["code"], each["suggestion"]) for each in errors][-1] == (
        "methodology_unknown",
        "Command of the Message, Value Negotiation",
    )
    me = f"/team/{ann['user_id']}"
    wrong = problem(await acme.call("PATCH", me, json={"methodologies": ["valu"]}), 422, "methodology_unknown")
    assert wrong["errors"][0]["suggestion"] == "Value Negotiation"
    edited = await acme.call("PATCH", me, json={"methodologies": ["command"]})
    assert edited.json()["methodologies"] == {"command": "reserved"} and edited.json()["undo"]
    assert await seats(acme) == {"command": (1, 0, 1), "value": (0, 0, 1)}

    of_ann = f"/companies/{acme.company}/users/{acme.email('ann')}/methodologies"
    for _ in range(2):
        used = await acme.call("PUT", f"{of_ann}/command", "platform", json={"state": "consumed"})
        assert used.status_code == 200 and used.json()["methodologies"] == {"command": "consumed"}
    assert await seats(acme) == {"command": (0, 1, 1), "value": (0, 0, 1)}
    problem(await acme.call("PATCH", me, json={"methodologies": []}), 409, "methodology_consumed")
    problem(await acme.call("DELETE", f"{of_ann}/command", "platform"), 409, "methodology_consumed")
    problem(
        await acme.call("PUT", f"{of_ann}/other", "platform", json={"state": "reserved"}), 422, "methodology_unknown"
    )
    assert (await acme.call("PUT", f"{of_ann}/value", "platform", json={"state": "reserved"})).status_code == 200
    for _ in range(2):
        assert (await acme.call("DELETE", f"{of_ann}/value", "platform")).status_code == 204
    assert (await acme.call("PUT", f"{of_ann}/value", "platform", json={"state": "lost"})).status_code == 422
    nobody = of_ann.replace("/ann@", "/nobody@")
    problem(await acme.call("PUT", f"{nobody}/value", "platform", json={"state": "reserved"}), 404, "not_found")
    assert (await acme.call("PUT", f"{of_ann}/value", json={"state": "reserved"})).status_code == 403

    history = (await acme.get(me))["history"]
    assert [(entry["what"], entry["methodology"]) for entry in history if entry["methodology"]] == [
        ("methodology_granted", "command"),
        ("methodology_granted", "value"),
        ("methodology_withdrawn", "value"),
        ("methodology_consumed", "command"),
        ("methodology_granted", "value"),
        ("methodology_withdrawn", "value"),
    ]
    in_use = problem(await acme.provision(methodologies=[VALUE]), 409, "methodology_in_use")
    assert in_use["methodologies"] == ["command"]
    assert (await acme.provision(methodologies=[{**COMMAND, "purchased": 0}, VALUE])).status_code == 200


async def test_for_many(acme: Api) -> None:
    assert (await acme.provision(methodologies=[COMMAND, VALUE])).status_code == 200
    ids = [(await acme.invite(name))["user_id"] for name in ("ann", "bob")]
    problem(await acme.act("grant_methodology", *ids, methodology="value"), 409, "methodology_seats_exceeded")
    problem(await acme.act("grant_methodology", *ids, methodology="other"), 422, "methodology_unknown")
    problem(await acme.act("grant_methodology", *ids), 422, "fields_wrong")
    problem(await acme.act("update_fields", *ids, methodology="command"), 422, "fields_wrong")
    at_top = {"action": "grant_methodology", "user_ids": ids, "methodology": "command"}
    two = {**at_top, "fields": {"methodology": "value"}}
    problem(await acme.call("POST", "/team/actions", json=two), 422, "fields_wrong")
    elsewhere = {**at_top, "action": "deactivate"}
    assert (await acme.call("POST", "/team/actions", json=elsewhere)).status_code == 422
    given = await acme.call("POST", "/team/actions", json=at_top)
    assert given.status_code == 200 and await seats(acme) == {"command": (2, 0, 0), "value": (0, 0, 1)}
    undone = await acme.call("POST", f"/team/actions/{given.json()['undo']['id']}/undo")
    assert undone.status_code == 200 and await seats(acme) == {"command": (0, 0, 2), "value": (0, 0, 1)}
    await acme.act("grant_methodology", *ids, methodology="command")
    assert (await acme.act("withdraw_methodology", *ids, methodology="command")).status_code == 200
    assert await seats(acme) == {"command": (0, 0, 2), "value": (0, 0, 1)}
