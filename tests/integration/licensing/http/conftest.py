"""Licensing over HTTP: one application for a module of tests, on real Kafka and Postgres."""

from collections.abc import AsyncIterator

import pytest
from asgi_lifespan import LifespanManager
from httpx import ASGITransport, AsyncClient

from services.licensing.main import build
from services.licensing.settings import LicensingSettings
from tests.integration.licensing.http.api import Api, World
from tests.integration.licensing.http.directory import Directory
from tests.patience import PATIENCE
from tests.stack import TestStack


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
async def acme(world: World) -> Api:
    """A company with ten licenses."""
    api = Api(world)
    assert (await api.provision()).status_code == 200
    return api


@pytest.fixture
async def scim(world: World) -> Directory:
    """The directory of a company with ten licenses."""
    return await Directory.of(world)
