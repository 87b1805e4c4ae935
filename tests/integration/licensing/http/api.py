"""Licensing's HTTP API as a company's people call it, with the development issuer's tokens."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import uuid_utils.compat as uuids
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from httpx import AsyncClient, Response

from deploy.devstack.issuer.people import Person as Issued
from deploy.devstack.issuer.tokens import access_claims, load_key, sign
from services.licensing.main import signer
from services.licensing.settings import LicensingSettings
from shared.eventsourcing.events import Outgoing, Recorded
from shared.messaging.cloudevents import encode
from tests.integration.licensing.world import context
from tests.stack import TestStack
from usher_contracts import Event

COMPANY: dict[str, Any] = {"name": "Acme", "plan": "plus", "purchased_licenses": 10}


@dataclass
class World:
    """The running application."""

    stack: TestStack
    app: FastAPI
    client: AsyncClient
    settings: LicensingSettings


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
