"""Waiting for a wake-up: it ends by one, after a while, and always by being cancelled."""

import asyncio
from pathlib import Path

import pytest

from shared.postgres.database import wait_for_wakeup
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio


async def test_a_wakeup_ends_it_and_is_used_up() -> None:
    event = asyncio.Event()
    event.set()
    await wait_for_wakeup(event, 60)
    assert not event.is_set()
    await wait_for_wakeup(event, 0.01)


@pytest.mark.parametrize("turns", range(4))
async def test_a_cancellation_in_the_moment_of_a_wakeup_is_not_lost(turns: int) -> None:
    """Else who waits for the end of what waits would wait for ever."""
    event = asyncio.Event()

    async def working() -> None:
        while True:
            await wait_for_wakeup(event, 60)

    task = asyncio.ensure_future(working())
    for _ in range(3):
        await asyncio.sleep(0)
    event.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=PATIENCE)
    assert done and task.cancelled()


def test_nobody_notifies_but_the_one_who_does_it_after_the_commit() -> None:
    """In a transaction of its own change it would make all services of a server wait for each other's disk."""
    root = Path(__file__).parents[3]
    files = (path for folder in ("shared", "services", "deploy") for path in (root / folder).rglob("*.py"))
    assert [path.name for path in files if "pg_notify" in path.read_text()] == ["wakeups.py"]
