"""The whole service on real Kafka and Postgres: what it hears becomes mails in a mailbox, what it says is heard."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from asgi_lifespan import LifespanManager
from uuid_utils.compat import uuid7

from services.notification.main import INVITATION_TOKEN, build
from services.notification.settings import NotificationSettings
from shared.core.signed_ids import Signer
from shared.eventsourcing.events import Context, Outgoing, Recorded
from shared.messaging.cloudevents import encode
from tests.integration.notification.harness import MARTA, until
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import (
    BatchConfirmed,
    BatchProcessed,
    CompanyChanged,
    Event,
    ObjectRef,
    UserInvited,
)
from usher_contracts.topics import INVITATIONS

pytestmark = pytest.mark.anyio
KEY = "a key that is long enough for everybody"
OWNERS = {"usher.batches.v1": "upload", "usher.licenses.v1": "licensing", "usher.users.v1": "licensing"}


class Others:
    """The other services on Kafka: what they say, and what they hear of one company."""

    def __init__(self, producer: Any, consumer: Any) -> None:
        # Any: aiokafka has no types of its own.
        self.producer = producer
        self.consumer = consumer
        self.company_id = str(uuid4())
        self.heard: list[tuple[dict[str, str], str]] = []
        self._sequence = count(1)

    async def say(self, event: Event) -> str:
        """Publishes an event as its owner does; says its id."""
        batch_id = str(getattr(event, "batch_id", "request"))
        context = Context(batch_id, None, f"00-{'1' * 32}-{'2' * 16}-01", event.company_id, datetime.now(UTC))
        stored = Recorded(uuid7(), f"test-{uuid4()}", 1, event, context, next(self._sequence))
        (wire,) = encode(OWNERS[event.topic], stored, [Outgoing.of(event)])
        await self.producer.send_and_wait(event.topic, wire.value, wire.key, headers=wire.headers)
        return str(stored.id)

    async def listen(self, type_: str) -> list[tuple[dict[str, str], str]]:
        """What has been said of this company so far, of a type: headers and data."""
        for records in (await self.consumer.getmany(timeout_ms=100)).values():
            for record in records:
                headers = {name: (value or b"").decode() for name, value in record.headers}
                if headers.get("ce_companyid") == self.company_id:
                    self.heard.append((headers, (record.value or b"").decode()))
        return [(headers, data) for headers, data in self.heard if headers["ce_type"] == type_]


@pytest.fixture
async def service(stack: TestStack, notification_url: str) -> AsyncIterator[None]:
    """The service, in this process."""
    smtp = stack.endpoints["smtp"]
    values: dict[str, Any] = {
        "database_url": notification_url,
        "kafka_bootstrap_servers": stack.kafka_bootstrap,
        "smtp_url": f"smtp://{smtp['host']}:{smtp['port']}",
        "public_url": "https://usher.example",
        "invitation_key": KEY,
        "oidc_issuer": stack.url("issuer"),
    }
    app = build(NotificationSettings(**values))
    async with LifespanManager(app, startup_timeout=PATIENCE, shutdown_timeout=PATIENCE):
        yield


@pytest.fixture
async def others(stack: TestStack) -> AsyncIterator[Others]:
    """The other services."""
    producer = AIOKafkaProducer(bootstrap_servers=stack.kafka_bootstrap)
    consumer = AIOKafkaConsumer(INVITATIONS, bootstrap_servers=stack.kafka_bootstrap, auto_offset_reset="earliest")
    await producer.start()
    await consumer.start()
    yield Others(producer, consumer)
    await consumer.stop()
    await producer.stop()


def invited(company_id: str, batch_id: str, name: str) -> UserInvited:
    return UserInvited(
        company_id=company_id,
        user_id=str(uuid4()),
        email=f"{name}.{uuid4().hex[:8]}@northwind.example",
        first_name=name.title(),
        last_name="Holm",
        status="pending_transfer",
        previous_plan="connect",
        invitation_id=str(uuid4()),
        invited_by=MARTA,
        batch_id=batch_id,
        expires_at=datetime.now(UTC) + timedelta(days=14),
    )


async def test_a_batch_becomes_mails_and_is_told(stack: TestStack, service: None, others: Others) -> None:
    company_id, batch_id = others.company_id, str(uuid4())
    admin = MARTA.model_copy(update={"email": f"marta.{uuid4().hex[:8]}@northwind.example"})
    people = [invited(company_id, batch_id, name) for name in ("ann", "bob", "cyd")]
    rows = ObjectRef(ref="rows", sha256="0" * 64)
    decided = await others.say(
        BatchProcessed(company_id=company_id, batch_id=batch_id, invited=3, changed=0, unchanged=0)
    )
    causes = {await others.say(person): person for person in people}
    await others.say(BatchConfirmed(company_id=company_id, batch_id=batch_id, review=1, confirmed_by=admin, rows=rows))
    await others.say(CompanyChanged(company_id=company_id, name="Northwind", plan="plus", purchased_licenses=9))

    async def completed() -> bool:
        return bool(await others.listen("usher.BatchCompleted.v1"))

    await until(completed, "the batch is completed", 60)
    sent = await others.listen("usher.InvitationSent.v1")
    assert {headers["ce_causationid"] for headers, _ in sent} == causes.keys()
    assert {headers["ce_correlationid"] for headers, _ in sent} == {batch_id}
    [(headers, _)] = await others.listen("usher.BatchCompleted.v1")
    assert headers["ce_causationid"] == decided
    async with httpx.AsyncClient(base_url=stack.url("mailbox")) as mailbox:
        for person in people:
            [mail] = (await mailbox.get("/messages", params={"to": person.email})).json()
            assert "start fresh" in mail["text"]
            token = mail["text"].partition("/join/")[2].split()[0]
            assert Signer.of(INVITATION_TOKEN, KEY).verify(token) == UUID(person.invitation_id)

        async def admins_mail() -> list[Any]:
            return list((await mailbox.get("/messages", params={"to": admin.email})).json())

        await until(admins_mail, "the admin has a mail")
        [mail] = await admins_mail()
        assert "Your upload has finished" in mail["text"]
