"""A database with notification's schema, and a harness of the service on it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import asyncpg
import pytest

from shared.postgres.database import SESSION_SETTINGS, Listener
from tests.integration.notification.harness import Harness
from tests.integration.notification.smtp import MailServerScript, mail_server
from tests.integration.notification.webhooks import Webhooks
from tests.stack import TestStack


@pytest.fixture
def notification_url(stack: TestStack) -> Iterator[str]:
    """A fresh database with notification's tables."""
    url = stack.postgres_url("notification")
    yield url
    stack.drop(url)


@pytest.fixture
async def harness(notification_url: str) -> AsyncIterator[Harness]:
    """One process of notification, but for Kafka."""
    listener = Listener(notification_url)
    listening = asyncio.ensure_future(listener.run())
    async with asyncpg.create_pool(notification_url, min_size=1, max_size=10, server_settings=SESSION_SETTINGS) as pool:
        yield Harness(pool, listener, notification_url)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest.fixture(params=[True, False], ids=["pipelining", "one-by-one"])
async def mail(request: pytest.FixtureRequest) -> AsyncIterator[MailServerScript]:
    """A mail server that does what it is told, of either kind."""
    async with mail_server(pipelining=request.param) as script:
        yield script


@pytest.fixture
def webhooks(harness: Harness) -> Webhooks:
    """The parts of that process that have to do with webhooks."""
    return Webhooks(harness)
