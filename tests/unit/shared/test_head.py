"""HEAD: as GET, without the body."""

import asyncio
from collections.abc import AsyncGenerator

import httpx
import pytest
from starlette.responses import Response

from shared.core.settings import ServiceSettings
from shared.http.problems import not_found
from shared.http.sse import Reader, ServerSentEvent, Streams
from shared.postgres.database import Listener
from shared.service import create_app
from tests.patience import PATIENCE
from tests.serving import eventually, served

pytestmark = pytest.mark.anyio


async def test_head_is_answered_as_get_is_without_the_body() -> None:
    app, streams, reading = create_app(ServiceSettings(), "test", pool=None), Streams(Listener("")), 0

    @app.get("/page")
    async def page() -> str:
        return "words"

    @app.get("/nothing")
    async def nothing() -> str:
        raise not_found()

    @app.post("/deed")
    async def deed() -> str:
        return "done"

    @app.get("/live", response_class=Response)
    async def live() -> Response:
        return await streams.answer(Reader("s", "c", None, may), said())

    async def may() -> None:
        return None

    async def said() -> AsyncGenerator[ServerSentEvent]:
        nonlocal reading
        reading += 1
        try:
            yield ServerSentEvent("now")
            await asyncio.Event().wait()
        finally:
            reading -= 1

    async with served(app) as url, httpx.AsyncClient(base_url=url, timeout=PATIENCE) as client:
        for path, status in (("/page", 200), ("/nothing", 404), ("/elsewhere", 404)):
            got, head = await client.get(path), await client.head(path)
            assert (head.status_code, head.content) == (got.status_code, b"") == (status, b"")
            assert head.headers["content-length"] == got.headers["content-length"]
            assert head.headers["content-type"] == got.headers["content-type"]
        assert (await client.head("/deed")).status_code == 405
        assert (await client.head("/live")).headers["content-type"].startswith("text/event-stream")
        await eventually(lambda: not reading)
        assert (await client.get("/page")).json() == "words"
