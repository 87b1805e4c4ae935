"""A company's places are counted over all replicas, and one that a dead process held comes free."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import asyncpg
import pytest

from shared.postgres.leased_slots import LeasedSlots, NoFreeSlot
from tests.stack import TestStack

pytestmark = pytest.mark.anyio
NORTHWIND, CONTOSO = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"


@pytest.fixture
async def replicas(stack: TestStack) -> AsyncIterator[tuple[LeasedSlots, LeasedSlots]]:
    """Two processes' places, two for each company."""
    url = stack.postgres_url("upload")
    async with asyncpg.create_pool(url, min_size=0) as one, asyncpg.create_pool(url, min_size=0) as other:
        yield LeasedSlots(one, 2), LeasedSlots(other, 2)
    stack.drop(url)


async def test_places_are_counted_over_all_replicas_and_for_each_company(
    replicas: tuple[LeasedSlots, LeasedSlots],
) -> None:
    one, other = replicas
    async with AsyncExitStack() as taken:
        await taken.enter_async_context(one.take(NORTHWIND))
        await taken.enter_async_context(other.take(NORTHWIND))
        for places in replicas:
            with pytest.raises(NoFreeSlot):
                await taken.enter_async_context(places.take(NORTHWIND))
            await taken.enter_async_context(places.take(CONTOSO))
    async with one.take(NORTHWIND), other.take(NORTHWIND):
        pass


async def test_a_place_is_given_back_when_the_work_fails(replicas: tuple[LeasedSlots, LeasedSlots]) -> None:
    one, other = replicas
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            async with one.take(NORTHWIND):
                raise ZeroDivisionError
    async with other.take(NORTHWIND), other.take(NORTHWIND):
        pass


async def test_what_a_dead_process_held_comes_free(replicas: tuple[LeasedSlots, LeasedSlots]) -> None:
    one, other = replicas
    async with one.take(NORTHWIND), one.take(NORTHWIND):
        await one._pool.execute("UPDATE places SET until = now()")  # pyright: ignore[reportPrivateUsage]
        async with other.take(NORTHWIND):
            pass
