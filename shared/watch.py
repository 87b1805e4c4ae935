"""Who watches something is woken when it changes: one listening connection a process, however many watch."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

from shared.database import Listener, wait_for_wakeup

_LOOK_ANYWAY = 15.0
"""Seconds after which a watcher looks though nobody called: a notification can be lost, the present state cannot."""

T = TypeVar("T")


async def watch(
    listener: Listener, channel: str, about: str, look: Callable[[], Awaitable[T]], until: datetime | None = None
) -> AsyncGenerator[T]:
    """What `look` sees, then that again whenever it sees something else, woken by NOTIFYs on `channel` with the payload
    `about`; until the caller stops, or `until` is there: nobody watches for longer than their token is good.

    Changes that follow each other faster than they can be looked at come as one. Raises what `look` raises.
    """
    woken = asyncio.Event()

    def heard(payload: str) -> None:
        if payload in ("", about):
            woken.set()

    unsubscribe = await listener.subscribe(channel, heard)
    try:
        shown: T | None = None
        while True:
            seen = await look()
            if seen != shown:
                shown = seen
                yield seen
            left = _seconds(until)
            if left <= 0:
                return
            await wait_for_wakeup(woken, min(left, _LOOK_ANYWAY))
    finally:
        unsubscribe()


def _seconds(until: datetime | None) -> float:
    return _LOOK_ANYWAY if until is None else (until - datetime.now(UTC)).total_seconds()
