"""Whoever waits for a NOTIFY is woken by it, and not by looking again."""

import asyncio
from contextlib import AsyncExitStack, suppress

import pytest

from shared.postgres.database import Listener, Pool
from tests.patience import PATIENCE

pytestmark = pytest.mark.anyio

CHANNELS = [f"channel_{n}" for n in range(20)]


async def test_whoever_gives_up_subscribing_is_in_nobody_s_way(database: str, pool: Pool) -> None:
    listener = Listener(database)
    listening = asyncio.ensure_future(listener.run())
    async with AsyncExitStack() as subscribed:
        first = await subscribed.enter_async_context(listener.wakeups("first"))
        await asyncio.wait_for(first.wait(), PATIENCE)
        async with listener._using:  # pyright: ignore[reportPrivateUsage]  # as while the connection is looked at
            impatient = asyncio.ensure_future(listener.subscribe("later", lambda _: None))
            await asyncio.sleep(0)
            impatient.cancel()
            with suppress(asyncio.CancelledError):
                await impatient
        event = await subscribed.enter_async_context(listener.wakeups("later"))
        await pool.execute("SELECT pg_notify('later', 'now')")
        await asyncio.wait_for(event.wait(), PATIENCE)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


@pytest.mark.parametrize("connected", [True, False])
async def test_all_who_subscribe_at_the_same_moment_are_woken(database: str, pool: Pool, *, connected: bool) -> None:
    listener = Listener(database)
    listening = asyncio.ensure_future(listener.run())
    async with AsyncExitStack() as subscribed:
        if connected:
            first = await subscribed.enter_async_context(listener.wakeups("first"))
            await asyncio.wait_for(first.wait(), PATIENCE)  # said to all once it is connected
        events = await asyncio.gather(
            *(subscribed.enter_async_context(listener.wakeups(channel)) for channel in CHANNELS)
        )
        if not connected:
            await asyncio.wait_for(asyncio.gather(*(event.wait() for event in events)), PATIENCE)
            for event in events:
                event.clear()
        for channel in CHANNELS:
            await pool.execute("SELECT pg_notify($1, 'now')", channel)
        await asyncio.wait_for(asyncio.gather(*(event.wait() for event in events)), PATIENCE)
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening
