"""Alive is what needs no new process: an outage is none of its business, a consumer that hangs and a dead task are."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from shared.core.settings import ServiceSettings
from shared.messaging.broker import make_broker
from shared.service import create_app
from shared.service.health import Health
from shared.service.lifespan import Connections
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


def health(inboxes: list[Any], patience: float = 60) -> Health:
    return Health(Connections(None, None, {}, inboxes), patience)


def inbox(attempt_began: float | None) -> Any:
    return SimpleNamespace(consumer="test.letters", attempt_began=attempt_began)


async def test_a_consumer_that_hangs_in_its_handler_is_not_alive() -> None:
    now = time.monotonic()
    assert health([inbox(None), inbox(now)]).stuck() is None
    assert health([inbox(None), inbox(now - 61)]).stuck() == "not a step further for 60 s: test.letters"


async def test_a_task_that_nobody_starts_again_is_said() -> None:
    async def lost() -> None:
        raise asyncio.CancelledError

    app = create_app(ServiceSettings(), "test", pool=None, background={"relay": lost})
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        async with asyncio.timeout(PATIENCE):
            answer = await client.get("/livez")
            while answer.status_code == 200:
                await asyncio.sleep(0.01)
                answer = await client.get("/livez")
    assert (answer.status_code, answer.json()["reason"]) == (503, "ended for good: relay")


async def test_while_kafka_and_postgres_are_away_it_is_alive_and_says_what_is_missing() -> None:
    settings = ServiceSettings(kafka_bootstrap_servers="127.0.0.1:1")
    connections = Connections(None, make_broker(settings, "test"), {})
    await connections.open(0.1)
    try:
        assert Health(connections).stuck() is None
        assert await Health(connections).reason() == "Kafka cannot be reached"
    finally:
        await connections.close()


async def test_who_stops_is_not_ready() -> None:
    connections = Connections(None, None, {})
    await connections.open(1)
    assert await Health(connections).reason() is None
    connections.told_to_stop()
    assert await Health(connections).reason() == "stopping"
    await connections.close()


async def test_a_consumer_whose_loop_has_ended_is_said() -> None:
    async def ends() -> None: ...

    ended = asyncio.create_task(ends())
    await ended
    reads = asyncio.create_task(asyncio.Event().wait())
    subscribers = [
        SimpleNamespace(running=True, tasks=[ended], group_id="test.dead"),
        SimpleNamespace(running=True, tasks=[ended, reads], group_id="test.begun-again"),
        SimpleNamespace(running=False, tasks=[ended], group_id="test.not-begun"),
    ]
    broker: Any = SimpleNamespace(subscribers=subscribers)
    assert Health(Connections(None, broker, {})).stuck() == "ended for good: test.dead"
    reads.cancel()
