"""A webhook's receiver on a real port, which does what it is told and remembers what it was sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Request:
    """What was sent."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        """The CloudEvent."""
        return orjson.loads(self.body)

    @property
    def id(self) -> str:
        """The event's id."""
        return self.headers["webhook-id"]


Answer = bytes | None
"""What is written, as HTTP; None: the connection is cut."""


@dataclass
class Sink:
    """`answer`: what each request gets."""

    port: int = 0
    requests: list[Request] = field(default_factory=list[Request])
    taken: list[Request] = field(default_factory=list[Request])
    """Those that were answered 2xx, whether or not the answer arrived."""
    connections: int = 0
    answer: Callable[[Request], Awaitable[Answer]] | None = None

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        """The events' ids in the order in which they came."""
        return [request.id for request in self.requests]

    def answers(self, *statuses: int, head: str = "", body: bytes = b"ok") -> None:
        """Each request gets the next status, and the last one for good."""
        left = list(statuses)

        async def answer(_: Request) -> Answer:
            return http(left.pop(0) if len(left) > 1 else left[0], head, body)

        self.answer = answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().strip().split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(first.split()[1], headers, body)
                self.requests.append(request)
                said = http(200) if self.answer is None else await self.answer(request)
                if said is None:
                    break
                if said.startswith(b"HTTP/1.1 2"):
                    self.taken.append(request)
                writer.write(said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass  # it hung up, or the test has ended
        finally:
            writer.close()


def http(status: int, head: str = "", body: bytes = b"ok") -> bytes:
    """An answer. head: further lines, each with its end."""
    return f"HTTP/1.1 {status} Said\r\n{head}content-length: {len(body)}\r\n\r\n".encode() + body


@asynccontextmanager
async def sink(port: int = 0, ssl: Any = None) -> AsyncGenerator[Sink]:
    """A receiver for as long as the block lasts."""
    receiver = Sink()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", port, ssl=ssl)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
