"""A stranger on a real socket, and an application that bears them. Limits are lowered, and little goes past them."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import uvicorn
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from shared.core.settings import ServiceSettings
from shared.http import lost_reader
from shared.http.server_protocol import Limits
from shared.service import create_app
from shared.service.process import server_config
from tests.patience import PATIENCE

LONG = 600.0
"""Seconds: for limits that a test is not about."""

ROOMY = Limits(head_seconds=LONG, body_seconds=LONG, idle_seconds=600, unread_seconds=LONG, parting_seconds=LONG)

SOON = 0.3

LONG_ANSWER = 3_000_000
"""Bytes: more than the reader's kernel takes before the reader does."""


def application(settings: ServiceSettings) -> FastAPI:
    app = create_app(settings, "test", pool=None, unlimited_paths=frozenset({"/size"}))

    @app.post("/size")
    async def size(request: Request) -> int:
        return sum([len(part) async for part in request.stream()])

    @app.get("/trailers")
    @app.post("/trailers")
    async def headers(request: Request) -> list[str]:
        await request.body()
        return list(request.headers)

    @app.get("/much")
    async def much() -> StreamingResponse:
        async def parts() -> AsyncIterator[bytes]:
            while True:
                yield b"x" * 100_000
                await asyncio.sleep(0)

        return StreamingResponse(parts())

    @app.post("/slow")
    async def slow() -> int:
        await asyncio.sleep(SOON * 5)
        return 1

    @app.get("/long")
    async def long() -> Response:
        return Response(b"x" * LONG_ANSWER)

    @app.get("/live")
    async def live(request: Request) -> int:
        lost_reader.notice_soon(request.scope)
        return 1

    return app


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 (nothing there tells)
            await asyncio.sleep(0.02)


@asynccontextmanager
async def serving(limits: Limits, **settings: Any) -> AsyncGenerator[int]:
    """A service on a free port; gives the port."""
    told = ServiceSettings(port=0, shutdown_seconds=0, **settings)
    server = uvicorn.Server(server_config(application(told), told, limits))
    task = asyncio.create_task(server.serve())
    await until(lambda: server.started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = server.force_exit = True
    await task


class Stranger:
    """One connection, as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, text: str | bytes) -> None:
        self.writer.write(text.encode() if isinstance(text, str) else text)
        await self.writer.drain()

    async def hear(self) -> tuple[int, dict[str, Any]]:
        """The next answer: its status and its document."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            document = json.loads(await self.reader.readexactly(length))
        return int(head.split()[1]), {"said": document} if not isinstance(document, dict) else cast("Any", document)

    async def is_left(self) -> bool:
        """Whether the other side has ended the connection, after whatever it still said."""
        async with asyncio.timeout(PATIENCE):
            try:
                while await self.reader.read(65536):
                    pass
            except ConnectionError:
                pass
        return True


@asynccontextmanager
async def stranger(port: int, host: str | None = None) -> AsyncGenerator[Stranger]:
    local = (host, 0) if host else None
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
    yield Stranger(reader, writer)
    writer.close()


def get(path: str = "/livez", *headers: str) -> str:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: x", *headers, "", ""])
