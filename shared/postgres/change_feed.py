"""Who watches something is woken when it changes: one listening connection a process, however many watch."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TypeVar

from shared.postgres.database import LOOK_ANYWAY, Listener, wait_for_wakeup

T = TypeVar("T")


async def watch(listener: Listener, channel: str, look: Callable[[], Awaitable[T]], *about: str) -> AsyncGenerator[T]:
    """What `look` sees, then that again whenever it sees something else, woken by NOTIFYs on `channel` whose payload is
    one of `about`; until the caller stops.

    Changes that follow each other faster than they can be looked at come as one. Raises what `look` raises.
    """
    woken = asyncio.Event()

    def heard(payload: str) -> None:
        if payload == "" or payload in about:
            woken.set()

    unsubscribe = await listener.subscribe(channel, heard)
    try:
        seen = await look()
        yield seen
        while True:
            await wait_for_wakeup(woken, LOOK_ANYWAY)
            before, seen = seen, await look()
            if seen != before:
                yield seen
    finally:
        unsubscribe()
