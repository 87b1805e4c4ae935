"""A TCP proxy between the services and what they stand on: the network, as it is on a bad day."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["pass", "refuse", "slow", "stall"]
"""refuse: no connection is taken; slow: every piece comes late; stall: nothing comes through, nothing is closed."""
_PIECE = 1 << 16
_LATE = 0.05
"""Seconds that each piece is late on a slow network."""


@dataclass
class Proxy:
    """Passes on what comes to `port`, to `target`. Only the event loop that serves it may call it."""

    target: int
    port: int = 0
    mode: Mode = "pass"
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])
    _flows: asyncio.Event = field(default_factory=asyncio.Event)

    def behave(self, mode: Mode) -> None:
        """From now on the network is like this."""
        self.mode = mode
        if mode == "stall":
            self._flows.clear()
        else:
            self._flows.set()

    async def serve(self, near: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """One connection, until either side ends it."""
        self._open.add(answer)
        try:
            if self.mode == "refuse":
                return
            far, onward = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(onward)
            await self._both(near, onward, far, answer)
        except OSError:
            pass  # nobody answers there: the near side sees its connection closed, as it would without us
        finally:
            self.hang_up(answer)

    async def _both(
        self,
        near: asyncio.StreamReader,
        onward: asyncio.StreamWriter,
        far: asyncio.StreamReader,
        answer: asyncio.StreamWriter,
    ) -> None:
        ways = [asyncio.create_task(self._pass(near, onward)), asyncio.create_task(self._pass(far, answer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            self.hang_up(onward)

    async def _pass(self, come: asyncio.StreamReader, go: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await come.read(_PIECE):
                if self.mode == "stall":
                    await self._flows.wait()
                if self.mode == "slow":
                    await asyncio.sleep(_LATE)
                go.write(piece)
                await go.drain()

    def hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Cuts one connection."""
        self._open.discard(writer)
        writer.transport.abort()

    def cut(self) -> None:
        """Cuts every connection, in the middle of whatever it carries."""
        for writer in tuple(self._open):
            self.hang_up(writer)


@asynccontextmanager
async def listening(proxy: Proxy) -> AsyncGenerator[Proxy]:
    """The proxy, taking connections; `port` is set."""
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", proxy.port)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut()
