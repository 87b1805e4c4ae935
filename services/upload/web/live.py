"""Live parts of pages, as server-sent events that htmx swaps in: unnamed messages are HTML, `over` is the last."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass

from sse_starlette import EventSourceResponse, ServerSentEvent

from services.upload.batches.view import Batch

OVER = "over"
"""The event that ends a stream: `hx-sse:close` names it. Its data is the address to go to, or "-" to stay."""
HEARTBEAT = 15
"""Seconds between comments that keep proxies from closing a quiet stream (architecture.md)."""
_PAUSE = 1.0
"""Seconds between two messages: a page that changes faster cannot be read."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one state of a batch looks like. `over`: it is the last; then `leads_to` is where to go, None to stay."""

    html: str
    over: bool
    leads_to: str | None


@dataclass(frozen=True, slots=True)
class Live:
    """The states of a batch as they come, and how one is shown."""

    batches: AsyncGenerator[Batch]
    show: Callable[[Batch], Awaitable[Change]]
    pause: float = _PAUSE


async def events(live: Live) -> AsyncGenerator[ServerSentEvent]:
    """A message a state; the last is followed by `over`.

    Beginning with the present state makes it survive a reload, a closed laptop and a restarted service. What changes
    during a pause is not missed: `batches` goes on with the state as it is then.
    """
    async with aclosing(live.batches) as batches:
        async for batch in batches:
            change = await live.show(batch)
            if change.html:
                yield ServerSentEvent(data=change.html)
            if change.over:
                yield ServerSentEvent(event=OVER, data=change.leads_to or "-")
                return
            await asyncio.sleep(live.pause)


def stream(live: Live) -> EventSourceResponse:
    """The answer."""
    # Proxies must neither keep nor buffer it.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return EventSourceResponse(events(live), ping=HEARTBEAT, headers=headers)
