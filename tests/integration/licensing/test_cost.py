"""What confirming a batch costs in statements: counted for so many people and for twice as many, never timed."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from shared.database import SESSION_SETTINGS
from tests.integration.licensing.world import Licensing, row
from tests.stack import TestStack

pytestmark = pytest.mark.anyio


@pytest.fixture
def said() -> list[str]:
    """Every statement of licensing."""
    return []


@pytest.fixture
async def licensing(stack: TestStack, tmp_path: Path, said: list[str]) -> AsyncIterator[Licensing]:
    def heard(record: Any) -> None:
        said.append(record.query)

    async def listened(connection: Any) -> None:
        connection.add_query_logger(heard)

    url = stack.postgres_url("licensing")
    async with asyncpg.create_pool(
        url, min_size=1, max_size=8, server_settings=SESSION_SETTINGS, init=listened
    ) as pool:
        yield Licensing.on(pool, url, str(tmp_path))
    stack.drop(url)


async def statements(licensing: Licensing, said: list[str], people: int) -> int:
    """Those that change something, for a batch of so many new people."""
    company = await licensing.company(people)
    said.clear()
    await licensing.confirm(company, [row(f"p{n}@c{people}.example") for n in range(people)])
    seats = await licensing.seats(company)
    assert seats.occupied == people
    return sum("INSERT" in s or "COPY" in s for s in said)


async def test_a_batch_is_confirmed_by_the_same_statements_however_many_it_invites(
    licensing: Licensing, said: list[str]
) -> None:
    assert 0 < await statements(licensing, said, 100) == await statements(licensing, said, 200)
