"""What integration tests stand on: the stack's real Postgres and Kafka, a fresh database for each test."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from shared.postgres.database import SESSION_SETTINGS, Pool


@pytest.fixture
async def pool(database: str) -> AsyncIterator[Pool]:
    """Connections to the test's own database. They wait for each other's locks as long as a loaded machine takes."""
    settings = {**SESSION_SETTINGS, "lock_timeout": "60s"}
    async with asyncpg.create_pool(database, min_size=1, max_size=10, server_settings=settings) as opened:
        yield opened
