"""Broadcast: what many watch at the same moment is looked at once, for all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(eq=False)
class _Shared(Generic[T]):
    """What those who watch the same have in common."""

    readers: int = 0
    latest: list[T] = field(default_factory=list[T])
    """Nothing, or the newest value."""
    count: int = 0
    """Of the values there were."""
    source: "asyncio.Task[None] | None" = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self) -> None:
        """Wakes everybody who waits."""
        self.changed.set()
        self.changed = asyncio.Event()


class Broadcast(Generic[T]):
    """Watchers by what they watch. Of those who watch the same, one's source is read, the first one's; when that one
    leaves, or their source ends or fails, it is the next one's. So nobody is told anything because of what another one
    may no longer do."""

    def __init__(self) -> None:
        self._shared: dict[Hashable, _Shared[T]] = {}

    async def watch(self, key: Hashable, source: Callable[[], AsyncGenerator[T]]) -> AsyncGenerator[T]:
        """The newest value of what `key` names, then each newer one that differs, until the caller stops; a value that
        another one overtook meanwhile is left out. `source`: what is read where nobody else's is. Ends and fails as
        the caller's own source does."""
        shared = self._shared.setdefault(key, _Shared())
        shared.readers += 1
        own: asyncio.Task[None] | None = None
        seen = 0
        try:
            while True:
                if shared.count > seen:
                    seen = shared.count
                    yield shared.latest[0]
                elif shared.source is not None:
                    await shared.changed.wait()
                elif own is None:
                    own = shared.source = asyncio.create_task(_read(shared, source))
                else:
                    own.result()
                    return
        finally:
            shared.readers -= 1
            if not shared.readers:
                del self._shared[key]
            if own is not None:
                own.cancel()
                await asyncio.wait([own])


async def _read(shared: _Shared[T], source: Callable[[], AsyncGenerator[T]]) -> None:
    try:
        async with aclosing(source()) as values:
            async for value in values:
                if [value] != shared.latest:
                    shared.latest = [value]
                    shared.count += 1
                    shared.tell()
    finally:
        shared.source = None
        shared.tell()
