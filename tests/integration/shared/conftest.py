"""The notes' table, beside the mechanism's."""

from collections.abc import AsyncGenerator

import pytest

from shared.postgres.database import Pool
from tests.integration.shared.notes import TABLE


@pytest.fixture
async def pool(pool: Pool) -> AsyncGenerator[Pool]:
    """Connections to a database that has the notes' projection."""
    await pool.execute(TABLE)
    yield pool
