"""Waiting for what is measured: looked at so often that it hardly counts, and so seldom that it costs little."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from time import perf_counter

LOOKS = 0.01
"""Seconds between two looks."""


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 600, looks: float = LOOKS) -> float:
    """When it is so, by `perf_counter`. Raises TimeoutError. Each look takes of the processor that is measured: a
    hundredth of what is waited for is often enough."""
    async with asyncio.timeout(seconds):
        while True:
            if await holds():
                return perf_counter()
            await asyncio.sleep(looks)


def wait_until(holds: Callable[[], bool], seconds: float = 600, looks: float = LOOKS) -> float:
    """The same without an event loop."""
    end = perf_counter() + seconds
    while not holds():
        if perf_counter() > end:
            raise TimeoutError(f"it did not come within {seconds:.0f} s")
        time.sleep(looks)
    return perf_counter()
