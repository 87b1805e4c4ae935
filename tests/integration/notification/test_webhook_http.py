"""Webhooks over HTTP: the whole application on real Kafka and Postgres, with the development issuer's tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from asgi_lifespan import LifespanManager
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient, Response
from standardwebhooks.webhooks import Webhook
from uuid_utils.compat import uuid7

from services.notification.main import build
from services.notification.settings import NotificationSettings
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.http.heard_permissions import HeardPermissions
from shared.messaging.cloudevents import encode
from tests.integration.notification.harness import MARTA, until
from tests.patience import PATIENCE
from tests.stack import TestStack
from tests.webhook_receiver import sink
from usher_contracts import CompanyChanged, Event, UserDeactivated, UserPermissionsChanged, UserReactivated
from usher_contracts.topics import TOPICS

pytestmark = pytest.mark.anyio
OWNERS = {topic.name: topic.owner for topic in TOPICS}
NOWHERE = "http://127.0.0.1:9/hook"


@dataclass
class World:
    """The running application, and what the other services say."""

    stack: TestStack
    app: FastAPI
    client: AsyncClient
    producer: Any
    sequence: Any = field(default_factory=lambda: count(1))

    async def say(self, event: Event) -> str:
        """Publishes an event as its owner does; its id."""
        user = getattr(event, "user_id", None)
        stream = f"user-{user}" if user else f"company-{event.company_id}"
        context = Context("request", None, f"00-{'1' * 32}-{'2' * 16}-01", event.company_id, datetime.now(UTC))
        stored = Recorded(uuid7(), stream, 1, event, context, next(self.sequence))
        (wire,) = encode(OWNERS[event.topic], stored, [Outgoing.of(event)])
        await self.producer.send_and_wait(event.topic, wire.value, wire.key, headers=wire.headers)
        return str(stored.id)


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def world(stack: TestStack, anyio_backend: str) -> AsyncIterator[World]:
    url, smtp = stack.postgres_url("notification"), stack.endpoints["smtp"]
    values: dict[str, Any] = {
        "database_url": stack.as_service(url, "notification"),
        "kafka_bootstrap_servers": stack.kafka_bootstrap,
        "smtp_url": f"smtp://{smtp['host']}:{smtp['port']}",
        "oidc_issuer": stack.url("issuer"),
        "webhooks_per_company": 3,
    }
    app = build(NotificationSettings(**values))
    producer: Any = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap)
    async with (
        producer,
        LifespanManager(app, startup_timeout=PATIENCE, shutdown_timeout=PATIENCE),
        AsyncClient(transport=ASGITransport(app), base_url="http://notification", timeout=PATIENCE) as client,
    ):
        yield World(stack, app, client, producer)
    stack.drop(url)


@dataclass
class Api:
    """One company's admin, and others."""

    world: World
    company: str = field(default_factory=lambda: str(uuid4()))

    @property
    def admin(self) -> str:
        return f"admin@{self.company[:8]}.example"

    async def call(self, method: str, path: str, who: str | None = "admin", **more: Any) -> Response:
        token, headers = self.world.stack.token, dict[str, str]()
        match who:
            case "admin":
                headers["Authorization"] = f"Bearer {token(self.company, self.admin, 'manage_users')}"
            case "platform":
                headers["Authorization"] = f"Bearer {token(None, 'platform@usher.example', platform=True)}"
            case "user":
                headers["Authorization"] = f"Bearer {token(self.company, self.admin)}"
            case _:
                pass
        return await self.world.client.request(method, f"/api/v1/webhooks{path}", headers=headers, **more)

    async def register(self, url: str = NOWHERE, who: str = "admin", **more: Any) -> dict[str, Any]:
        answer = await self.call("POST", "", who, json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        assert answer.headers["location"] == f"/api/v1/webhooks/{answer.json()['id']}"
        return answer.json()

    async def named(self, plan: Any = "plus") -> str:
        return await self.world.say(
            CompanyChanged(company_id=self.company, name="Northwind", plan=plan, purchased_licenses=9)
        )

    async def happen(self, user: str | None = None) -> str:
        """Something that is told of."""
        return await self.world.say(
            UserReactivated(company_id=self.company, user_id=user or str(uuid4()), email=self.admin, by=None)
        )


@pytest.fixture
async def api(world: World) -> Api:
    made = Api(world)
    await made.named()
    return made


def problem(answer: Response, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    return answer.json()


async def test_a_webhook_is_registered_shown_changed_and_deleted(api: Api) -> None:
    made = await api.register(events=["usher.UserInvited.v1"], description="HR sync")
    assert made["secret"].startswith("whsec_")
    shown = (await api.call("GET", f"/{made['id']}")).json()
    assert "secret" not in shown
    assert shown == {
        "id": made["id"], "url": NOWHERE, "events": ["usher.UserInvited.v1"], "description": "HR sync",
        "status": "on", "off_reason": None, "created_at": made["created_at"],
        "created_by": {"email": api.admin, "name": shown["created_by"]["name"]}, "waiting": 0, "dead": 0,
        "failing_since": None, "delivered_at": None, "replay": None,
    }  # fmt: skip
    changed = await api.call("PATCH", f"/{made['id']}", json={"events": None, "enabled": False})
    assert (changed.json()["events"], changed.json()["status"], changed.json()["description"]) == (
        None,
        "off",
        "HR sync",
    )
    assert [each["id"] for each in (await api.call("GET", "")).json()["items"]] == [made["id"]]
    assert (await api.call("DELETE", f"/{made['id']}")).status_code == 204
    problem(await api.call("GET", f"/{made['id']}"), 404, "webhook_not_found")


async def test_another_companys_and_the_platforms_are_not_found(api: Api) -> None:
    made, other = await api.register(), Api(api.world)
    await other.named()
    platforms = await api.register(who="platform")
    for caller, who, id_ in (
        (other, "admin", made["id"]),
        (api, "platform", made["id"]),
        (api, "admin", platforms["id"]),
    ):
        for method, path, more in (
            ("GET", "", {}), ("PATCH", "", {"json": {"enabled": False}}), ("DELETE", "", {}), ("PUT", "/secret", {}),
            ("POST", "/test", {}), ("GET", "/deliveries", {}), ("POST", "/deliveries/retry", {}),
            ("POST", "/replay", {"json": {"since": "2026-01-01T00:00:00Z"}}), ("GET", f"/deliveries/{uuid4()}", {}),
        ):  # fmt: skip
            answer = await caller.call(method, f"/{id_}{path}", who, **more)
            assert answer.status_code == 404, (method, path, answer.text)
    assert (await api.call("DELETE", f"/{platforms['id']}", "platform")).status_code == 204


async def test_who_may_not_is_told_so(api: Api) -> None:
    problem(await api.call("GET", "", None), 401, "unauthorized")
    problem(await api.call("GET", "", "user"), 403, "forbidden")
    problem(await api.call("POST", "", None, content=b"{"), 401, "unauthorized")
    stranger = Api(api.world)
    problem(await stranger.call("GET", ""), 403, "plan_required")
    lapsed = Api(api.world)
    await lapsed.named("pro")
    problem(await lapsed.call("GET", ""), 403, "plan_required")


async def test_who_is_inactive_is_turned_away_until_they_are_back(api: Api) -> None:
    user = str(uuid4())
    await api.world.say(UserDeactivated(company_id=api.company, user_id=user, email=api.admin, by=MARTA))

    async def out() -> bool:
        return (await api.call("GET", "")).status_code == 403

    await until(out, "turned away")
    problem(await api.call("GET", ""), 403, "deactivated")
    await api.happen(user)
    assert (await api.call("GET", "")).status_code == 200, "what was said before is waited for"


@pytest.fixture
def by_directory(world: World) -> Iterator[None]:
    """Usher says who may what, as with USHER_PERMISSIONS_FROM=directory."""

    async def nothing_to_wait_for(company_id: str) -> None:
        del company_id

    state = world.app.state
    before, state.permissions = state.permissions, HeardPermissions(state.pool, nothing_to_wait_for)
    yield
    state.permissions = before


@pytest.mark.usefixtures("by_directory")
async def test_by_the_directory_who_was_granted_the_permission_is_let_in(api: Api) -> None:
    """Whatever the token claims."""
    problem(await api.call("GET", ""), 403, "forbidden")
    told: dict[str, Any] = {"company_id": api.company, "user_id": str(uuid4()), "email": api.admin, "status": "active"}
    for before, after, status in (((), ("manage_users",), 200), (("manage_users",), ("manage_reports",), 403)):
        await api.world.say(UserPermissionsChanged(**told, from_=before, to=after))

        async def answered(status: int = status) -> bool:
            return (await api.call("GET", "")).status_code == status

        await until(answered, f"answered {status}")


async def test_what_cannot_be_one_is_refused_with_the_reason(api: Api) -> None:
    for url in ("ftp://a.example", "http://10.0.0.1/", "http://169.254.169.254/latest/meta-data/", "nonsense"):
        assert problem(await api.call("POST", "", json={"url": url}), 422, "webhook_url")["detail"]
    wrong = {"url": NOWHERE, "events": ["usher.Nothing.v1"]}
    assert "usher.UserInvited.v1" in problem(await api.call("POST", "", json=wrong), 422, "webhook_event")["detail"]
    problem(await api.call("POST", "", json={"url": NOWHERE, "more": 1}), 422, "request_not_understood")
    for _ in range(3):
        await api.register()
    assert (
        "3 webhooks" in problem(await api.call("POST", "", json={"url": NOWHERE}), 409, "too_many_webhooks")["detail"]
    )


async def test_what_happens_is_delivered_listed_and_sent_again(api: Api) -> None:
    async with sink() as receiver:
        made = await api.register(receiver.url, events=["usher.UserReactivated.v1"])
        event = await api.happen()

        async def delivered() -> bool:
            items = (await api.call("GET", f"/{made['id']}/deliveries?state=delivered")).json()["items"]
            return [item["id"] for item in items] == [event]

        await until(delivered, "it is delivered")
        path = f"/{made['id']}/deliveries/{event}"
        one = (await api.call("GET", path)).json()
        assert (one["status"], one["answer"], one["attempts"], one["body"]["id"]) == (200, "ok", 1, event)
        assert (await api.call("POST", f"{path}/retry")).status_code == 202

        async def twice() -> bool:
            return receiver.ids == [event, event]

        await until(twice, "it is sent again")
        Webhook(made["secret"]).verify(receiver.requests[-1].body, dict(receiver.requests[-1].headers))
        tested = (await api.call("POST", f"/{made['id']}/test")).json()
        assert (tested["state"], tested["type"]) == ("delivered", "usher.WebhookTest.v1")
        rotated = (await api.call("PUT", f"/{made['id']}/secret")).json()
        assert rotated["secret"] != made["secret"]
        page = (await api.call("GET", f"/{made['id']}/deliveries?limit=1")).json()
        following = (await api.call("GET", f"/{made['id']}/deliveries?cursor={page['next_cursor']}")).json()
        assert [page["items"][0]["id"], following["items"][0]["id"]] == [tested["id"], event]


async def test_what_happened_before_is_replayed_in_order(api: Api) -> None:
    began, user = datetime.now(UTC), str(uuid4())
    before = [await api.happen(user) for _ in range(5)]
    async with sink() as receiver:
        made = await api.register(receiver.url, events=["usher.UserReactivated.v1"])
        since = (began - timedelta(seconds=1)).isoformat()
        answer = await api.call("POST", f"/{made['id']}/replay", json={"since": since})
        assert answer.status_code == 202, answer.text

        async def replayed() -> bool:
            shown = (await api.call("GET", f"/{made['id']}")).json()
            return shown["replay"] is None and shown["waiting"] == 0 and len(receiver.ids) >= 5

        await until(replayed, "it is replayed")
        assert receiver.ids[-5:] == before
        off = await api.call("PATCH", f"/{made['id']}", json={"enabled": False})
        assert off.json()["status"] == "off"
        problem(await api.call("POST", f"/{made['id']}/replay", json={"since": since}), 409, "webhook_off")


async def test_the_platform_is_told_of_all_companies(api: Api) -> None:
    async with sink() as receiver:
        made = await api.register(receiver.url, "platform", events=["usher.UserReactivated.v1"])
        events = {await api.happen(), await Api(api.world).happen()}

        async def told() -> bool:
            return events <= set(receiver.ids)

        await until(told, "of both")
        assert (await api.call("DELETE", f"/{made['id']}", "platform")).status_code == 204


async def test_tests_are_rationed(api: Api) -> None:
    made = await api.register()
    answers = [(await api.call("POST", f"/{made['id']}/test")).status_code for _ in range(11)]
    assert answers == [200] * 10 + [429]
