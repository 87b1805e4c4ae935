"""What the platform provisions over HTTP."""

from uuid import uuid4

import pytest

from services.licensing.api.routes_provisioning import PUBLISHING_WAIT
from shared.messaging.outbox_relay import Published
from tests.integration.licensing.http.api import Api, problem

pytestmark = pytest.mark.anyio


async def test_provisioning_alone_waits_longer_behind_what_is_being_published(
    acme: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited = list[float | None]()

    async def wait(_: Published, position: int | None, timeout: float = 5.0, longest: float | None = None) -> bool:
        waited.append(longest)
        return True

    monkeypatch.setattr(Published, "wait", wait)
    await acme.provision(purchased_licenses=11)
    await acme.call("PUT", f"/companies/{acme.company}/users/{acme.email('eve')}", "platform", json={})
    await acme.call("PUT", f"/individual-plans/{acme.email('zoe')}", "platform", json={"plan": "pro"})
    await acme.invite("ann")
    assert waited == [PUBLISHING_WAIT, PUBLISHING_WAIT, PUBLISHING_WAIT, None]


async def test_what_the_platform_provisions(acme: Api) -> None:
    admin = await acme.call("PUT", f"/companies/{acme.company}/users/{acme.email('admin')}", "platform")
    assert (admin.json()["status"], admin.json()["invitation"]) == ("active", None)
    again = await acme.call("PUT", f"/companies/{acme.company}/users/{acme.email('ADMIN')}", "platform", json={})
    assert again.json() == admin.json() and (await acme.get("/seats"))["occupied"] == 1
    problem(await acme.call("PUT", f"/companies/{uuid4()}/users/{acme.email('x')}", "platform"), 404, "not_found")
    twice = {"custom_fields": [{"name": "Cost Center"}, {"name": "cost-center"}]}
    assert (await acme.provision(**twice)).status_code == 422
    assert (await acme.provision(custom_fields=[{"name": "E-Mail"}])).status_code == 422, "that is a column already"
    assert (await acme.provision(sso_domains=["@Acme.example"])).json()["sso_domains"] == ["acme.example"]
    command = {"id": "command", "name": "Command of the Message", "purchased": 3}
    for wrong in (
        {"id": "Command"}, {"id": "c" * 41}, {"id": ""}, {"id": "a_b"}, {"id": "command\n"}, {"name": " "},
        {"name": "n" * 101}, {"purchased": -1}, {"seats": 1},
    ):  # fmt: skip
        assert (await acme.provision(methodologies=[{**command, **wrong}])).status_code == 422, wrong
    for other in (
        {"id": "other"},
        {"name": "Other"},
        {"id": "other", "name": "COMMAND  of the Message"},
        {"id": "other", "name": "Command"},
    ):
        assert (await acme.provision(methodologies=[command, {**command, **other}])).status_code == 422, other
    many = [{"id": f"m-{n}", "name": f"M {n}", "purchased": n} for n in range(51)]
    assert (await acme.provision(methodologies=many)).status_code == 422
    assert (await acme.provision(methodologies=many[:50])).json()["methodologies"] == many[:50]
    assert (await acme.get("/seats"))["methodologies"][7] == {**many[7], "reserved": 0, "consumed": 0, "available": 7}
    assert (await acme.provision()).json()["methodologies"] == []
    lowered = await acme.provision(purchased_licenses=0)
    assert lowered.json()["purchased_licenses"] == 0
    assert (await acme.get("/seats")) | {"waiting": 0} == {
        "purchased": 0,
        "occupied": 1,
        "available": 0,
        "waiting": 0,
        "pending_transfer": 0,
        "active": 1,
        "inactive": 0,
        "methodologies": [],
    }
    problem(await acme.call("POST", "/team", json=acme.form("x")), 409, "licenses_exceeded")
    huge = [f"{n:05}" + "ü" * 90 for n in range(500)]
    fields = [{"name": f"Field {n}", "values": huge} for n in range(5)]
    problem(await acme.provision(custom_fields=fields), 422, "too_large")
