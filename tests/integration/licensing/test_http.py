"""Licensing over HTTP: the whole application on real Kafka and Postgres, with the development issuer's tokens."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
import structlog
import uuid_utils.compat as uuids
from aiokafka import AIOKafkaProducer
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from prometheus_client import REGISTRY

from deploy.devstack.issuer.people import Person as Issued
from deploy.devstack.issuer.tokens import access_claims, load_key, sign
from services.licensing.api.routes_provisioning import PUBLISHING_WAIT
from services.licensing.main import build, signer
from services.licensing.read_models.team.standing import UsersPermissions
from services.licensing.settings import LicensingSettings
from shared.eventsourcing.events import Outgoing, Recorded
from shared.http.daily_quota import DailyQuota
from shared.messaging.cloudevents import encode
from shared.messaging.outbox_relay import Published
from shared.object_store.row_blocks import BlockWriter
from shared.object_store.store import Blobs
from tests.integration.licensing.world import context, row
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import BatchConfirmed, Event, InvitationFailed, ObjectRef, Person

pytestmark = pytest.mark.anyio

COMPANY: dict[str, Any] = {"name": "Acme", "plan": "plus", "purchased_licenses": 10}


@dataclass
class World:
    """The running application."""

    stack: TestStack
    app: FastAPI
    client: AsyncClient
    settings: LicensingSettings


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def world(stack: TestStack, tmp_path_factory: pytest.TempPathFactory, anyio_backend: str) -> AsyncIterator[World]:
    url = stack.postgres_url("licensing")
    settings = LicensingSettings.model_validate(
        {
            "database_url": stack.as_service(url, "licensing"),
            "kafka_bootstrap_servers": stack.kafka_bootstrap,
            "oidc_issuer": stack.url("issuer"),
            "blob_url": f"file://{tmp_path_factory.mktemp('blobs')}",
        }
    )
    app = build(settings)
    async with (
        LifespanManager(app, startup_timeout=PATIENCE, shutdown_timeout=PATIENCE),
        # The application itself, not the manager's: that one would give all requests one state, and so one principal.
        AsyncClient(transport=ASGITransport(app), base_url="http://licensing", timeout=PATIENCE) as client,
    ):
        yield World(stack, app, client, settings)
    stack.drop(url)


@pytest.fixture
async def acme(world: World) -> "Api":
    """A company with ten licenses."""
    api = Api(world)
    assert (await api.provision()).status_code == 200
    return api


@dataclass
class Api:
    """One company's admin, and others."""

    world: World
    company: str = field(default_factory=lambda: str(uuid4()))

    @property
    def domain(self) -> str:
        return f"{self.company[:8]}.example.com"

    def email(self, local: str) -> str:
        return f"{local}@{self.domain}"

    async def call(self, method: str, path: str, who: str | None = "admin", **more: Any) -> Response:
        headers: dict[str, str] = more.pop("headers", {})
        token = self.world.stack.token
        match who:
            case "admin":
                headers["Authorization"] = f"Bearer {token(self.company, self.email('admin'), 'manage_users')}"
            case "platform":
                headers["Authorization"] = f"Bearer {token(None, 'platform@usher.example.com', platform=True)}"
            case str():
                headers["Authorization"] = f"Bearer {token(self.company, self.email(who))}"
            case None:
                pass
        return await self.world.client.request(method, f"/api/v1{path}", headers=headers, **more)

    async def get(self, path: str, **parameters: Any) -> Any:
        answer = await self.call("GET", path, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def provision(self, **changes: Any) -> Response:
        return await self.call("PUT", f"/companies/{self.company}", "platform", json={**COMPANY, **changes})

    def form(self, local: str, **fields: Any) -> dict[str, Any]:
        new = {"email": self.email(local), "first_name": "Ann", "last_name": "Lee", "functional_area": "Sales"}
        return {**new, **fields}

    async def invite(self, local: str, **fields: Any) -> dict[str, Any]:
        answer = await self.call("POST", "/team", json=self.form(local, **fields))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def provision_user(self, local: str, *permissions: str) -> dict[str, Any]:
        body = {"permissions": list(permissions)} if permissions else None
        answer = await self.call("PUT", f"/companies/{self.company}/users/{self.email(local)}", "platform", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def act(self, action: str, *user_ids: str, **fields: Any) -> Response:
        body = {"action": action, "user_ids": list(user_ids), "fields": fields}
        return await self.call("POST", "/team/actions", json=body)

    async def token(self, user: dict[str, Any]) -> str:
        """The token of the user's present link, as notification would mail it."""
        pool = self.world.app.state.pool
        found = await pool.fetchval("SELECT invitation_id FROM users WHERE user_id = $1", UUID(user["user_id"]))
        return signer(self.world.settings).sign(UUID(str(found)))

    async def publish(self, event: Event) -> None:
        """An event of another service."""
        recorded = Recorded(uuids.uuid7(), f"test-{uuid4()}", 1, event, context(), 1)
        (wire,) = encode("upload", recorded, [Outgoing.of(event)])
        producer: Any = AIOKafkaProducer(bootstrap_servers=self.world.stack.kafka_bootstrap)
        async with producer:
            await producer.send_and_wait(event.topic, wire.value, wire.key, headers=wire.headers)


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert answer.headers["content-type"].startswith("application/problem+json")
    return answer.json()


async def eventually(what: Any) -> Any:
    """Waits for a condition that another process brings about."""
    for _ in range(300):
        if found := await what():
            return found
        await asyncio.sleep(0.1)
    raise AssertionError("not within 30 s")


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


async def test_who_may_read_and_who_may_do(acme: Api, world: World) -> None:
    boss = await acme.invite("boss")
    mid = await acme.invite("mid", reports_to=acme.email("boss"))
    low = await acme.invite("low", reports_to=acme.email("mid"))
    other = Api(world)
    await other.provision()
    problem(await other.call("GET", f"/team/{low['user_id']}"), 404, "not_found")
    problem(await other.act("cancel_invitation", low["user_id"]), 404, "not_found")
    problem(await other.call("PATCH", f"/team/{low['user_id']}", json={"title": "x"}), 404, "not_found")
    listed = (await acme.call("GET", "/team", "boss")).json()
    assert {u["user_id"] for u in listed["items"]} == {mid["user_id"], low["user_id"]}
    assert (await acme.call("GET", f"/team/{low['user_id']}", "boss")).status_code == 200
    problem(await acme.call("GET", f"/team/{boss['user_id']}", "mid"), 404, "not_found")
    for who in ("low", "boss"):
        problem(await acme.call("GET", "/seats", who), 403, "forbidden")
        problem(await acme.call("POST", "/team", who, json=acme.form("x")), 403, "forbidden")
    problem(await acme.call("GET", "/team", "low"), 403, "forbidden")
    problem(await acme.call("GET", "/seats", None), 401, "unauthorized")
    problem(await acme.call("PUT", f"/companies/{acme.company}", json=COMPANY), 403, "forbidden")
    await acme.provision(plan="free")
    problem(await acme.call("GET", "/seats"), 403, "plan_required")
    problem(await acme.call("POST", "/team", json=acme.form("x")), 403, "plan_required")


async def test_links_that_were_sent_work_while_the_company_is_off_the_plan(acme: Api) -> None:
    link = await acme.token(await acme.invite("ann"))
    await acme.provision(plan="free")
    assert (await acme.call("GET", f"/invitations/{link}", None)).json()["company"] == "Acme"
    assert (await acme.call("POST", f"/invitations/{link}/accept", None)).status_code == 200
    await acme.provision()
    assert [(u["email"], u["status"]) for u in (await acme.get("/team"))["items"]] == [(acme.email("ann"), "active")]


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


def claims(acme: Api, local: str, *permissions: str, **changes: Any) -> str:
    """A token as the issuer makes it, with other claims; a claim None is left out."""
    person = Issued(acme.email(local), acme.company, permissions=permissions)
    said = access_claims(person, acme.world.stack.url("issuer"), int(time.time()), 600) | changes
    kept = {name: value for name, value in said.items() if value is not None}
    return sign(load_key(acme.world.stack.data), kept, "at+jwt")


async def as_holder(acme: Api, token: str, method: str, path: str, **more: Any) -> Response:
    """A call with this token."""
    bearer = {"Authorization": f"Bearer {token}"}
    return await acme.world.client.request(method, f"/api/v1{path}", headers=bearer, **more)


CALLS = (
    *(("GET", path) for path in ("/seats", "/seats/events", "/team", "/team/groups", "/team/reports")),
    *(("GET", path) for path in ("/team/export.csv", "/team/export.xlsx", "/team/{id}")),
    *(("POST", "/team"), ("POST", "/team/actions"), ("PATCH", "/team/{id}")),
)


async def test_a_deactivated_admin_gets_the_same_403_from_every_call(acme: Api) -> None:
    await acme.provision_user("admin")
    ben = await acme.provision_user("ben")
    other = claims(acme, "ben", "manage_users")
    mine = claims(acme, "admin", "manage_users")
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200
    me = next(each for each in (await acme.get("/team"))["items"] if each["email"] == acme.email("admin"))
    body = {"action": "deactivate", "user_ids": [me["user_id"]]}
    problem(await as_holder(acme, mine, "POST", "/team/actions", json=body), 409, "own_account")
    assert (await as_holder(acme, other, "POST", "/team/actions", json=body)).status_code == 200
    for method, path in CALLS:
        answer = await as_holder(acme, mine, method, path.replace("{id}", ben["user_id"]), content=b"{")
        problem(answer, 403, "deactivated")
    without = claims(acme, "admin")
    problem(await as_holder(acme, without, "GET", "/team"), 403, "deactivated")
    back = {"action": "reactivate", "user_ids": [me["user_id"]]}
    problem(await as_holder(acme, mine, "POST", "/team/actions", json=back), 403, "deactivated")
    assert (await as_holder(acme, other, "POST", "/team/actions", json=back)).status_code == 200
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200


async def test_an_open_stream_of_seats_ends_when_its_reader_is_deactivated(acme: Api) -> None:
    me = await acme.provision_user("admin")
    await acme.provision_user("ben")
    other, mine = claims(acme, "ben", "manage_users"), claims(acme, "admin", "manage_users")
    # Answered when it has ended, since this transport gives whole answers.
    reading = asyncio.create_task(as_holder(acme, mine, "GET", "/seats/events"))
    async with asyncio.timeout(PATIENCE):
        while not REGISTRY.get_sample_value("usher_streams_open"):
            assert not reading.done()
            await asyncio.sleep(0.05)
        body = {"action": "deactivate", "user_ids": [me["user_id"]]}
        assert (await as_holder(acme, other, "POST", "/team/actions", json=body)).status_code == 200
        answer = await reading
    assert answer.status_code == 200 and "event: seats" in answer.text
    problem(await as_holder(acme, mine, "GET", "/seats/events"), 403, "deactivated")


async def test_a_manager_is_known_by_an_address_that_is_theirs(acme: Api) -> None:
    boss = await acme.invite("boss")
    await acme.invite("ann", reports_to=boss["email"])
    seen = await as_holder(acme, claims(acme, "boss"), "GET", "/team")
    assert [each["email"] for each in seen.json()["items"]] == [acme.email("ann")]
    for refuted in (False, "false"):
        answer = await as_holder(acme, claims(acme, "boss", email_verified=refuted), "GET", "/team")
        assert "not verified" in problem(answer, 403, "forbidden")["detail"]
    problem(await as_holder(acme, claims(acme, "boss", email=None), "GET", "/team"), 403, "forbidden")


async def test_what_an_admin_does_is_told_with_their_subject_and_issuer(acme: Api) -> None:
    await acme.invite("ann")
    subject = access_claims(Issued(acme.email("admin"), acme.company), "", 0, 1)["sub"]
    by = await acme.world.app.state.pool.fetchval(
        "SELECT data #> '{after,invitation,by}' FROM events WHERE company_id = $1 AND type = 'user-invited.v1'",
        UUID(acme.company),
    )
    assert json.loads(by) == {
        "email": acme.email("admin"),
        "name": "Admin",
        "subject": subject,
        "issuer": acme.world.stack.url("issuer"),
    }


@contextmanager
def told_at_most(acme: Api, most: int) -> Generator[None]:
    """A company's forms tell of so few people outside of it in a day."""
    state = acme.world.app.state
    parts = state.parts
    state.parts = replace(parts, disclosures=DailyQuota(state.pool, most))
    try:
        yield
    finally:
        state.parts = parts


async def test_forms_tell_of_few_people_outside_the_company_in_a_day_and_then_of_nobody(acme: Api) -> None:
    other = Api(acme.world)
    await other.provision()
    for local in ("ann", "bob", "cyd"):
        await other.invite(local)
    theirs = {"first_name": "Ann", "last_name": "Lee", "functional_area": "Sales"}

    async def invite(email: str) -> Response:
        return await acme.call("POST", "/team", json={**theirs, "email": email})

    before = refusals("addresses_told"), refusals("addresses_withheld")
    with told_at_most(acme, 2), structlog.testing.capture_logs() as lines:
        for local in ("ann", "bob", "ann"):
            problem(await invite(other.email(local)), 422, "email_in_other_company")
        for email in (other.email("cyd"), acme.email("free")):
            said = await invite(email)
            problem(said, 429, "too_many_for_today")
            assert 0 < int(said.headers["retry-after"]) <= 86_401
        problem(await invite(other.email("bob").upper()), 422, "email_in_other_company")
        assert (await other.call("POST", "/team", json=other.form("dan"))).status_code == 201, "each has its own"
        assert (await acme.call("GET", "/team")).status_code == 200
    assert (await invite(acme.email("free"))).status_code == 201
    assert (refusals("addresses_told") - before[0], refusals("addresses_withheld") - before[1]) == (4, 2)
    assert "@" not in str([line for line in lines if line.get("audit")]), "nobody is named"


async def test_a_repetition_gets_its_first_answer_when_the_day_is_used_up_too(acme: Api) -> None:
    other = Api(acme.world)
    await other.provision()
    await other.invite("ann")
    gone = (await acme.provision_user("gone"))["user_id"]
    await acme.act("deactivate", gone)
    back = {"action": "reactivate", "user_ids": [gone]}

    async def invite(local: str, key: str) -> Response:
        return await acme.call("POST", "/team", json=acme.form(local), headers={"Idempotency-Key": key})

    async def reactivate(key: str) -> Response:
        return await acme.call("POST", "/team/actions", json=back, headers={"Idempotency-Key": key})

    first, returned = await invite("bob", "b1"), await reactivate("r1")
    assert (first.status_code, returned.status_code) == (201, 200)
    with told_at_most(acme, 1):
        theirs = {**acme.form("x"), "email": other.email("ann")}
        problem(await acme.call("POST", "/team", json=theirs), 422, "email_in_other_company")
        again = await invite("bob", "b1")
        assert (again.status_code, again.json()) == (201, first.json())
        assert again.headers["location"] == first.headers["location"]
        assert (await reactivate("r1")).json() == returned.json()
        problem(await invite("cyd", "b1"), 422, "idempotency_key_reused")
        problem(await invite("cyd", "b2"), 429, "too_many_for_today")
        problem(await reactivate("r2"), 429, "too_many_for_today")


async def test_who_is_pending_transfer_counts_as_told_and_so_does_who_cannot_come_back(acme: Api) -> None:
    await acme.call("PUT", f"/individual-plans/{acme.email('pia')}", "platform", json={"plan": "pro"})
    gone = await acme.provision_user("gone")
    await acme.act("deactivate", gone["user_id"])
    other = Api(acme.world)
    await other.provision()
    await other.call("POST", "/team", json={**other.form("x"), "email": acme.email("gone")})
    left = acme.world.app.state.parts.disclosures
    company = UUID(acme.company)
    with told_at_most(acme, 2):
        assert (await acme.invite("pia"))["status"] == "pending_transfer"
        assert (await left.left(company)).more == left.most - 1
        ann = await acme.invite("ann")
        assert (await left.left(company)).more == left.most - 1, "of who is Waiting nothing is told"
        problem(await acme.act("reactivate", gone["user_id"]), 409, "email_in_other_company")
        assert (await left.left(company)).more == left.most - 2
        moved = await acme.call("PATCH", f"/team/{ann['user_id']}", json={"email": acme.email("ann2")})
        problem(moved, 429, "too_many_for_today")
        renamed = await acme.call("PATCH", f"/team/{ann['user_id']}", json={"title": "AE"})
        assert renamed.status_code == 200, "it asks about nobody"


async def test_one_who_cannot_come_back_does_not_use_up_the_day_for_the_others(acme: Api) -> None:
    ids = [(await acme.provision_user(local))["user_id"] for local in ("gone", "ann", "bob")]
    await acme.act("deactivate", *ids)
    other = Api(acme.world)
    await other.provision()
    await other.call("POST", "/team", json={**other.form("x"), "email": acme.email("gone")})
    with told_at_most(acme, 2):
        problem(await acme.act("reactivate", *ids), 409, "email_in_other_company")
        assert (await acme.act("reactivate", *ids[1:])).status_code == 200


async def test_what_was_told_yesterday_is_forgotten(acme: Api) -> None:
    pool, company = acme.world.app.state.pool, UUID(acme.company)
    budget = DailyQuota(pool, 2)
    assert await budget.spend(company, ["a", "b", "c"]) == {"a", "b"}
    assert (await budget.left(company, ["a", "c"])).told == {"a"}
    await pool.execute("UPDATE told_in_a_day SET day = day - 1 WHERE company_id = $1", company)
    assert await budget.spend(company, ["c"]) == {"c"}
    assert await pool.fetchval("SELECT count(*) FROM told_in_a_day WHERE company_id = $1", company) == 1


async def test_many_at_once_are_told_no_more_than_there_is(acme: Api) -> None:
    budget, company = DailyQuota(acme.world.app.state.pool, 5), UUID(acme.company)
    told = await asyncio.gather(*(budget.spend(company, [f"u{n}", f"v{n}"]) for n in range(8)))
    assert sum(map(len, told)) == 5


def refusals(event: str) -> float:
    return REGISTRY.get_sample_value("usher_audit_events_total", {"event": event, "code": "form"}) or 0


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


@pytest.fixture
def by_directory(world: World) -> Generator[None]:
    """Usher says who may what, as with USHER_PERMISSIONS_FROM=directory."""
    state = world.app.state
    source = UsersPermissions(state.pool)
    commands = replace(state.parts.commands, permissions_from="directory")
    before = state.permissions, state.parts
    state.permissions, state.parts = source, replace(state.parts, permissions=source, commands=commands)
    yield
    state.permissions, state.parts = before


@pytest.mark.usefixtures("by_directory")
async def test_by_the_directory_the_token_says_who_it_is_and_usher_what_they_may(acme: Api) -> None:
    ada = await acme.provision_user("ada", "manage_users")
    ben = await acme.provision_user("ben", "manage_users")
    problem(await acme.call("GET", "/seats"), 403, "forbidden")
    mine, other = claims(acme, "ada"), claims(acme, "ben")
    assert (await as_holder(acme, mine, "GET", "/seats")).status_code == 200
    refuted = claims(acme, "ada", email_verified=False)
    problem(await as_holder(acme, refuted, "GET", "/team"), 403, "forbidden")
    reading = asyncio.create_task(as_holder(acme, mine, "GET", "/seats/events"))
    async with asyncio.timeout(PATIENCE):
        while not REGISTRY.get_sample_value("usher_streams_open"):
            assert not reading.done()
            await asyncio.sleep(0.05)
        taken = await as_holder(acme, other, "PATCH", f"/team/{ada['user_id']}", json={"permissions": []})
        assert taken.status_code == 200, taken.text
        assert "event: seats" in (await reading).text
    for method, path in CALLS:
        problem(
            await as_holder(acme, mine, method, path.replace("{id}", ben["user_id"]), content=b"{"), 403, "forbidden"
        )
    claimed = claims(acme, "ada", "manage_users")
    problem(await as_holder(acme, claimed, "GET", "/team"), 403, "forbidden")
    mine_to_lose = {"permissions": ["manage_reports"], "title": "AE"}
    own = f"/team/{ben['user_id']}"
    problem(await as_holder(acme, other, "PATCH", own, json=mine_to_lose), 409, "last_admin")
    again = {"permissions": ["manage_users"]}
    assert (await as_holder(acme, other, "PATCH", f"/team/{ada['user_id']}", json=again)).status_code == 200
    lost = await as_holder(acme, other, "PATCH", own, json=mine_to_lose)
    assert (lost.status_code, lost.json()["title"]) == (200, "AE"), "one may give it up oneself"
    problem(await as_holder(acme, other, "GET", "/seats"), 403, "forbidden")
    await acme.provision_user("pat", "authorize_purchases")
    for path in ("/access", "/access/requests"):
        assert (await as_holder(acme, claims(acme, "pat"), "GET", path)).status_code == 200, "to see what to pay for"
        problem(await as_holder(acme, claims(acme, "ben", "authorize_purchases"), "GET", path), 403, "forbidden")
    problem(
        await as_holder(acme, claims(acme, "pat"), "POST", "/access/requests", json={"licenses": 1}), 403, "forbidden"
    )


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
