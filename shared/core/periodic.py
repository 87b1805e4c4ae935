"""Work that is looked for again and again."""

import asyncio
from collections.abc import Awaitable, Callable


async def run_periodically(seconds: float, once: Callable[[], Awaitable[object]]) -> None:
    """Does it now, and again `seconds` after each end, until cancelled. Raises what it raises: whoever runs it as a
    background task starts it again."""
    while True:
        await once()
        await asyncio.sleep(seconds)
