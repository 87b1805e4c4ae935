"""Streams over real connections: when each ends, and what it leaves behind."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from fastapi import FastAPI
from starlette.responses import Response

from shared.http import error_handlers, sse
from shared.http.problems import Problem
from shared.http.sse import Reader, ServerSentEvent, Streams, pulled
from shared.postgres import change_feed
from tests.patience import PATIENCE
from tests.serving import Heard, eventually, served

pytestmark = pytest.mark.anyio


@dataclass
class Source:
    """What a stream stands on: says "now", then nothing for ever. Closing it takes a while, as that of a connection."""

    open: int = 0
    breaks: Exception | None = None

    async def messages(self) -> AsyncGenerator[ServerSentEvent]:
        self.open += 1
        try:
            yield ServerSentEvent("now", event="state")
            if self.breaks:
                raise self.breaks
            await asyncio.Event().wait()
        finally:
            for _ in range(3):
                await asyncio.sleep(0.01)
            self.open -= 1


@dataclass
class Site:
    """A service with one stream, at an address. The query says whose session and company read."""

    source: Source = field(default_factory=Source)
    listener: Heard = field(default_factory=Heard)
    per_session: int = 10
    per_company: int = 100
    until: datetime | None = None
    refusal: Problem | None = None
    url: str = ""

    @property
    def app(self) -> FastAPI:
        app, streams = FastAPI(), Streams(self.listener, per_session=self.per_session, per_company=self.per_company)
        error_handlers.install(app)

        async def may() -> None:
            if self.refusal:
                raise self.refusal

        @app.api_route("/live", methods=["GET", "HEAD"], response_class=Response)
        async def live(session: str = "s", company: str = "c") -> Response:
            return await streams.answer(Reader(session, company, self.until, may), self.source.messages())

        return app

    @asynccontextmanager
    async def read(self, **whose: str) -> AsyncGenerator[AsyncIterator[str]]:
        """The lines of one more stream, once it says something."""
        async with (
            httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client,
            client.stream("GET", "/live", params=whose) as answer,
        ):
            answer.raise_for_status()
            lines = answer.aiter_lines()
            assert await anext(lines) == "event: state"
            yield lines

    async def ask(self, **whose: str) -> httpx.Response:
        """A stream that is refused."""
        async with httpx.AsyncClient(base_url=self.url, timeout=PATIENCE) as client:
            return await client.get("/live", params=whose)


@asynccontextmanager
async def reached(site: Site) -> AsyncGenerator[Site]:
    async with served(site.app) as site.url:
        yield site


async def to_its_end(lines: AsyncIterator[str]) -> None:
    """The stream ends, and with its last chunk: httpx raises where an answer stops in the middle."""
    async with asyncio.timeout(PATIENCE):
        async for _ in lines:
            pass


async def test_what_a_stream_stands_on_is_closed_when_its_reader_leaves() -> None:
    async with reached(Site()) as site:
        for _ in range(5):
            async with site.read():
                assert site.source.open == 1
            await eventually(lambda: site.source.open == 0)


async def test_a_stream_ends_at_once_when_it_is_said_that_the_reader_may_no_longer() -> None:
    async with reached(Site()) as site:
        for about in ("s", "c"):
            async with site.read() as lines, site.read(session="other", company="another") as elsewhere:
                site.refusal = Problem(403, "deactivated", "")
                site.listener.say(about)
                await to_its_end(lines)
                assert site.source.open == 1, "nothing was said about the other one"
                site.refusal = None
                del elsewhere
            await eventually(lambda: site.source.open == 0)


async def test_a_stream_ends_a_little_later_where_nobody_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_feed, "LOOK_ANYWAY", 0.1)
    async with reached(Site()) as site, site.read() as lines:
        site.refusal = Problem(403, "plan_required", "")
        await to_its_end(lines)
        assert site.source.open == 0


async def test_who_may_not_is_told_so_before_anything_begins() -> None:
    async with reached(Site(refusal=Problem(403, "plan_required", "Ask."))) as site:
        assert (await site.ask()).json()["code"] == "plan_required"
        assert site.source.open == 0


async def test_a_stream_ends_with_the_readers_token() -> None:
    async with reached(Site(until=datetime.now(UTC) + timedelta(seconds=1))) as site, site.read() as lines:
        await to_its_end(lines)
        assert site.source.open == 0


async def test_a_stream_ends_when_the_process_is_told_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    async with reached(Site()) as site, site.read() as lines:
        monkeypatch.setattr("sse_starlette.sse.AppStatus.should_exit", True)
        await to_its_end(lines)
        assert site.source.open == 0


async def test_what_breaks_under_a_stream_ends_it() -> None:
    for breaks in (ConnectionError(), Problem(503, "unavailable", "")):
        async with reached(Site(source=Source(breaks=breaks))) as site, site.read() as lines:
            await to_its_end(lines)
            assert site.source.open == 0


@pytest.mark.parametrize(("limited", "other"), [("company", "session"), ("session", "company")])
async def test_one_stream_too_many_is_refused_until_another_has_ended(limited: str, other: str) -> None:
    site = Site(per_company=2) if limited == "company" else Site(per_session=2)
    async with reached(site):
        async with AsyncExitStack() as stack:
            for number in "12":
                await stack.enter_async_context(site.read(**{limited: "full", other: number}))
            refused = await site.ask(**{limited: "full", other: "3"})
            assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
            assert int(refused.headers["retry-after"]) > 0
            async with site.read(company="another", session="another"):
                pass
        await eventually(lambda: site.source.open == 0)
        async with site.read(**{limited: "full", other: "3"}):
            pass


async def test_to_ask_for_the_head_of_a_stream_opens_none() -> None:
    async with reached(Site(per_session=0)) as site, httpx.AsyncClient(base_url=site.url, timeout=PATIENCE) as client:
        answer = await client.head("/live")
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/event-stream")


async def test_a_quiet_stream_has_a_heartbeat(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "HEARTBEAT", 0.05)
    async with reached(Site()) as site, site.read() as lines, asyncio.timeout(PATIENCE):
        while not (await anext(lines)).startswith(":"):
            pass


async def test_what_is_pulled_is_closed_however_often_its_reader_is_cancelled() -> None:
    source = Source()

    async def read() -> None:
        async for _ in pulled(source.messages()):
            pass

    reading = asyncio.create_task(read())
    await eventually(lambda: source.open)
    while not reading.done():
        reading.cancel()
        await asyncio.sleep(0)
    await eventually(lambda: source.open == 0)


async def test_what_is_not_asked_for_is_not_pulled() -> None:
    made: list[int] = []

    async def numbers() -> AsyncGenerator[int]:
        for number in range(5):
            made.append(number)
            yield number

    reading = pulled(numbers())
    assert [await anext(reading), await anext(reading)] == [0, 1]
    assert made == [0, 1]
    assert [each async for each in reading] == [2, 3, 4]
