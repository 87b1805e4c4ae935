"""What Kafka still has of somebody who is forgotten is delivered to no webhook. On real Postgres."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from aiokafka import TopicPartition
from msgspec import structs

from services.notification.application.webhooks.replay_events import ReplayEvents
from services.notification.read_models.webhooks.replays import Span
from shared.core.settings import KafkaSettings
from shared.erasure import forgotten
from shared.erasure.erase_job import record
from tests.integration.notification.harness import Harness, until
from tests.integration.notification.webhooks import DIGESTS, Webhooks
from tests.integration.records import records
from usher_contracts import ErasureRequested, UserInvited

pytestmark = pytest.mark.anyio

EMAIL, FIRST, LAST = "zebedee.quillon@northwind.example", "Zebedee", "Quillon"


def invited(harness: Harness) -> UserInvited:
    return harness.invited("z").model_copy(update={"email": EMAIL, "first_name": FIRST, "last_name": LAST})


async def asked_to_forget(harness: Harness, user_id: str, after: timedelta = timedelta(hours=1)) -> ErasureRequested:
    """It is known here that they are to be forgotten; the job is not begun."""
    request = ErasureRequested(
        company_id=harness.company_id,
        erasure_id=str(uuid4()),
        user_ids=(user_id,),
        address_digests=DIGESTS.of(EMAIL),
        erased_at=harness.clock() + after,
    )
    received = structs.replace(Webhooks(harness).received("x", UUID(harness.company_id)), event=request)
    await harness.store.run(lambda tx: record(tx, [received]))
    return request


async def bodies(harness: Harness) -> list[str]:
    return [row["body"] for row in await harness.pool.fetch("SELECT body FROM webhook_deliveries ORDER BY place")]


async def test_a_record_that_is_read_late_is_delivered_without_them(harness: Harness) -> None:
    hooks = Webhooks(harness)
    await hooks.register("https://hooks.northwind.example/in")
    await hooks.register("https://hooks.usher.example/in", platform=True)
    event = invited(harness)
    await asked_to_forget(harness, event.user_id)
    late: Any = hooks.received(event.user_id, hooks.company, event.type)
    data = event.model_dump(mode="json")
    await hooks.hear([structs.replace(late, event=data, value=orjson.dumps(data))])
    found = await bodies(harness)
    assert len(found) == 2
    for body in found:
        assert not [each for each in (EMAIL, FIRST, LAST) if each in body]
        assert orjson.loads(body)["data"]["user_id"] == event.user_id


async def test_a_replay_is_without_them(harness: Harness) -> None:
    hooks = Webhooks(harness)
    webhook, _ = await hooks.register("https://hooks.northwind.example/in")
    event, other = invited(harness), harness.invited("bo")
    await asked_to_forget(harness, event.user_id)
    settings = KafkaSettings(kafka_bootstrap_servers="nowhere:1")
    replay = ReplayEvents(harness.pool, settings, harness.clock, DIGESTS)
    since = harness.clock() - timedelta(hours=1)
    await replay.ask(hooks.company, webhook, since, hooks.context(hooks.company))
    spans = {TopicPartition(event.topic, 0): Span(2, 2)}
    await replay._record(  # pyright: ignore[reportPrivateUsage]
        webhook, since, records("licensing", iter((event, other))), spans
    )
    first, second = await bodies(harness)
    assert not [each for each in (EMAIL, FIRST, LAST) if each in first]
    assert "bo@northwind.example" in second and '"Bo"' in second


async def test_who_has_read_without_knowing_is_waited_for(harness: Harness) -> None:
    """So the job finds what they store."""
    async with harness.pool.acquire() as conn:
        async with conn.transaction():
            assert (await forgotten.known(conn, DIGESTS)).people == []
            asking = asyncio.ensure_future(asked_to_forget(harness, str(uuid4())))

            async def waits() -> bool:
                return bool(await harness.pool.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

            await until(waits, "the request waits")
        request = await asking
        async with conn.transaction():
            (person,) = (await forgotten.known(conn, DIGESTS, [harness.company_id])).people
            assert person.erasure_id == UUID(request.erasure_id) and person.has_address(EMAIL)
            assert (await forgotten.known(conn, DIGESTS, [str(uuid4())])).people == []
