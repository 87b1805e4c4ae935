"""A licensing database for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from shared.postgres.database import SESSION_SETTINGS
from tests.integration.licensing.world import Licensing
from tests.stack import TestStack


@pytest.fixture
async def licensing(stack: TestStack, tmp_path: Path) -> AsyncIterator[Licensing]:
    """Licensing's commands on a fresh database."""
    url = stack.postgres_url("licensing")
    async with asyncpg.create_pool(url, min_size=1, max_size=24, server_settings=SESSION_SETTINGS) as pool:
        yield Licensing.on(pool, url, str(tmp_path))
    stack.drop(url)
