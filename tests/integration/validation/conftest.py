"""One validation service for all tests: its consumers' groups remember how far they have read."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from anyio.from_thread import BlockingPortal, start_blocking_portal

from services.validation.main import SERVICE, build
from services.validation.settings import ValidationSettings
from shared.core.settings import KafkaSettings
from shared.object_store.store import Blobs
from tests.integration.validation.world import Company, World, soon
from tests.patience import PATIENCE
from tests.stack import TestStack
from usher_contracts import topics


@pytest.fixture(scope="session")
def world(stack: TestStack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The service with everybody around it."""
    owner = stack.postgres_url(SERVICE)
    given: Mapping[str, Any] = {
        "database_url": stack.as_service(owner, SERVICE),
        "kafka_bootstrap_servers": stack.kafka_bootstrap,
        "oidc_issuer": stack.stack.issuer_url,
        "blob_url": f"file://{tmp_path_factory.mktemp('blobs')}",
        "file_addresses_told_per_day": 3,
    }
    settings = ValidationSettings(**given)
    with start_blocking_portal() as portal, _served(portal, settings) as url, httpx.Client(base_url=url) as http:
        options = KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap).kafka_client("others")
        producer = portal.call(_started_producer, options)
        consumer = portal.call(_started_consumer, options)
        world = World(portal, producer, Blobs(settings.blob_url), http, owner)
        listening = portal.start_task_soon(world.listen, consumer)
        yield world
        listening.cancel()
        portal.call(consumer.stop)
        portal.call(producer.stop)


async def _started_producer(options: Any) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(**options, acks="all")
    await producer.start()
    return producer


async def _started_consumer(options: Any) -> AIOKafkaConsumer:
    consumer = AIOKafkaConsumer(topics.VALIDATIONS, **options, auto_offset_reset="earliest")
    await consumer.start()
    return consumer


@contextmanager
def _served(portal: BlockingPortal, settings: ValidationSettings) -> Generator[str]:
    server: list[uvicorn.Server] = []

    async def serve() -> None:
        config = uvicorn.Config(build(settings), port=0, log_config=None, access_log=False, timeout_graceful_shutdown=2)
        server.append(uvicorn.Server(config))
        await server[0].serve()

    running = portal.start_task_soon(serve)
    soon(lambda: running.done() or (server and server[0].started))
    port = server[0].servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server[0].should_exit = True
    running.result(timeout=PATIENCE)


@pytest.fixture
def company(world: World) -> Company:
    """A company with 20 licenses, 3 of them occupied."""
    return world.company()
