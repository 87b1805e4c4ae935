"""Live parts of pages, as server-sent events that htmx swaps in: unnamed messages are HTML, `over` is the last."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Generic, TypeVar

from shared.http.sse import ServerSentEvent

T = TypeVar("T")

END_EVENT = "over"
"""The event that ends a stream: `hx-sse:close` names it. Its data is the address to go to, or "-" to stay."""
_PAUSE = 1.0
"""Seconds between two messages: a page that changes faster cannot be read."""
ANNOUNCEMENT_PAUSE = 5.0
"""Seconds between two announcements: what a screen reader says more often drowns everything else."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """What one state looks like. `over`: it is the last; then `leads_to` is where to go, None to stay."""

    html: str
    over: bool = False
    leads_to: str | None = None


@dataclass(frozen=True, slots=True)
class LiveFragment(Generic[T]):
    """The states of something as they come, and how one is shown."""

    states: AsyncGenerator[T]
    show: Callable[[T], Awaitable[Fragment]]
    pause: float = _PAUSE


class AnnouncementThrottle(Generic[T]):
    """Lets a screen reader be told something new every few seconds only, whatever changes meanwhile."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: T | None = None
        self._at = 0.0

    def say(self, now: T, *, at_once: bool = False) -> T:
        """What to say now: this, or still what was said last."""
        if self._said is None or at_once or self._clock() - self._at >= ANNOUNCEMENT_PAUSE:
            self._said, self._at = now, self._clock()
        return self._said


async def fragments(live: LiveFragment[T]) -> AsyncGenerator[Fragment]:
    """What the states look like, one after the other, with the pause between them; the last one is over.

    Beginning with the present state makes it survive a reload, a closed laptop and a restarted service. What changes
    during a pause is not missed: `states` goes on with the state as it is then.
    """
    async with aclosing(live.states) as states:
        async for state in states:
            fragment = await live.show(state)
            yield fragment
            if fragment.over:
                return
            await asyncio.sleep(live.pause)


async def events(shown: AsyncGenerator[Fragment]) -> AsyncGenerator[ServerSentEvent]:
    """A message a fragment; the last is followed by `over`. Where they just end, the browser asks for them again."""
    async with aclosing(shown):
        async for fragment in shown:
            if fragment.html:
                yield ServerSentEvent(data=fragment.html)
            if fragment.over:
                yield ServerSentEvent(event=END_EVENT, data=fragment.leads_to or "-")
                return
