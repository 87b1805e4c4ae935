"""Invitations over HTTP: their links, from the offer until they are used, and what became of their mails."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest

from services.licensing.main import signer
from shared.object_store.row_blocks import BlockWriter
from shared.object_store.store import Blobs
from tests.integration.licensing.http.api import Api, eventually, problem
from tests.integration.licensing.world import row
from usher_contracts import BatchConfirmed, InvitationFailed, ObjectRef, Person

pytestmark = pytest.mark.anyio


async def test_a_link_from_offer_to_used(acme: Api) -> None:
    await acme.call("PUT", f"/individual-plans/{quote(acme.email('pia'), safe='')}", "platform", json={"plan": "pro"})
    pia, ann = await acme.invite("pia"), await acme.invite("ann")
    link = f"/invitations/{await acme.token(pia)}"
    offer = (await acme.call("GET", link, None)).json()
    assert (offer["company"], offer["transfer"], offer["email"]) == ("Acme", {"plan": "pro"}, acme.email("pia"))
    problem(await acme.call("POST", f"{link}/accept", None), 422, "records_required")
    wrong = await acme.call("POST", f"{link}/accept", None, json={"records": "burn"})
    assert wrong.status_code == 422
    assert (await acme.call("POST", f"{link}/accept", None, json={"records": "transfer"})).status_code == 200
    for method, path in (("GET", link), ("POST", f"{link}/accept")):
        problem(await acme.call(method, path, None), 410, "used")
    for other in (f"{link}x", f"{link}=", f"{link[:-1]}%{ord(link[-1]):02X}"):
        problem(await acme.call("GET", other, None), 404, "not_found")
    await acme.call("PUT", f"/individual-plans/{acme.email('ann')}", "platform", json={"plan": "connect"})
    problem(await acme.call("POST", f"/invitations/{await acme.token(ann)}/accept", None), 409, "records_required")
    gone = await acme.call("DELETE", f"/individual-plans/{acme.email('ann')}", "platform")
    assert gone.status_code == 204
    assert (await acme.call("POST", f"/invitations/{await acme.token(ann)}/accept", None)).status_code == 200


async def test_the_same_invitation_twice_by_its_key(acme: Api) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = await acme.call("POST", "/team", json=acme.form("ann"), headers=dict(key))
    again = await acme.call("POST", "/team", json=acme.form("ann"), headers=dict(key))
    assert (again.status_code, again.content) == (201, first.content)
    other = await acme.call("POST", "/team", json=acme.form("bob"), headers=dict(key))
    problem(other, 422, "idempotency_key_reused")


async def test_links_that_were_sent_work_while_the_company_is_off_the_plan(acme: Api) -> None:
    link = await acme.token(await acme.invite("ann"))
    await acme.provision(plan="free")
    assert (await acme.call("GET", f"/invitations/{link}", None)).json()["company"] == "Acme"
    assert (await acme.call("POST", f"/invitations/{link}/accept", None)).status_code == 200
    await acme.provision()
    assert [(u["email"], u["status"]) for u in (await acme.get("/team"))["items"]] == [(acme.email("ann"), "active")]


async def test_a_confirmed_batch_and_its_deliveries(acme: Api) -> None:
    writer = BlockWriter()
    for n in range(3):
        writer.add(json.dumps(row(acme.email(f"b{n}"))).encode(), ["invite"])
    ref = await Blobs(acme.world.settings.blob_url).put(acme.company, "rows", writer.finish({}))
    by = Person(email=acme.email("admin"), name="Ada")
    batch = str(uuid4())
    await acme.publish(
        BatchConfirmed(
            batch_id=batch,
            company_id=acme.company,
            review=1,
            confirmed_by=by,
            rows=ObjectRef(ref=ref.ref, sha256=ref.sha256),
        )
    )

    async def all_three() -> Any:
        page = await acme.get("/team")
        return page["items"] if page["total"] == 3 else None

    invited = await eventually(all_three)
    assert (await acme.get("/seats"))["occupied"] == 3
    failed = invited[0]
    link = str(signer(acme.world.settings).verify(await acme.token(failed)))
    await acme.publish(
        InvitationFailed(
            user_id=failed["user_id"],
            company_id=acme.company,
            email=failed["email"],
            invitation_id=link,
            batch_id=batch,
            message_id="<1@usher>",
            attempts=1,
            error="550 no such user",
        )
    )

    async def told() -> Any:
        found = await acme.get(f"/team/{failed['user_id']}")
        return found["invitation"] if found["invitation"]["state"] == "failed" else None

    assert (await eventually(told))["error"] == "550 no such user"
