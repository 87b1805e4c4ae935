"""My Team's counts, as they change: without moving the page, whatever licensing does."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial
from typing import Any, cast

import httpx
import psutil
import pytest
from fastapi import FastAPI
from sse_starlette import EventSourceResponse
from starlette.responses import Response

from services.upload.web.licensing import HttpLicensing
from services.upload.web.licensing_models import Seats
from services.upload.web.live_fragments import AnnouncementThrottle, LiveFragment
from services.upload.web.pages import license_counts
from services.upload.web.sessions import key_of
from shared.http import sse
from shared.http.callers import CallerSeal
from shared.http.problems import Problem
from shared.http.sse import ServerSentEvent, Streams, pulled
from shared.postgres import change_feed
from shared.postgres.database import Listener
from tests.patience import PATIENCE
from tests.serving import eventually, served
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_licensing import FakeLicensing
from tests.unit.upload.web.fake_uploads import FakeUploads
from tests.unit.upload.web.fakes import Web
from usher_contracts import CompanyChanged

pytestmark = pytest.mark.anyio


async def test_the_counts_come_as_they_are_with_the_filters_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.licenses_later = [northwind.LICENSES.model_copy(update={"occupied": 23, "waiting": 5})]
    monkeypatch.setattr("services.upload.web.live_fragments.asyncio.sleep", _at_once)
    async with web.browser() as browser:
        answer = await browser.get("/team/live?q=raman&sort=-title")
    assert answer.headers["content-type"].startswith("text/event-stream")
    for said in ("Total Users 23 of 25", "23 of 25 licenses occupied: 5 Waiting"):
        assert said in answer.text
    assert 'href="/team?status=waiting&amp;q=raman&amp;sort=-title"' in answer.text


@pytest.mark.parametrize(
    ("later", "said"),
    [
        ({"occupied": 25, "waiting": 7}, "3 new: show"),
        ({"active": 15, "occupied": 21, "inactive": 5}, "The list has changed: show"),
        ({}, ""),
    ],
)
async def test_counts_that_went_on_say_that_the_list_is_older(
    later: dict[str, int], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    web = Web()
    web.licensing.licenses = northwind.LICENSES.model_copy(update=later)
    monkeypatch.setattr("services.upload.web.live_fragments.asyncio.sleep", _at_once)
    async with web.browser() as browser:
        text = (await browser.get("/team/live?region=Iberia&seen=4.2.16.4")).text
    assert ("stale" in text) == bool(said)
    assert said in text
    if said:
        assert 'class="btn primary stale" href="/team?region=Iberia"' in text


async def test_while_licensing_is_away_the_page_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.refuses["watch_seats"] = Problem(503, "unavailable", "")
    monkeypatch.setattr(license_counts.asyncio, "sleep", _at_once)
    async with web.browser() as browser:
        answer = await browser.get("/team/live", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    assert "hx-retarget" not in answer.headers


async def test_my_team_names_the_stream_of_its_own_filters_to_admins_alone() -> None:
    async with Web().browser() as browser:
        shown = (await browser.get("/team?status=waiting")).text
        assert 'hx-sse:connect="/team/live?status=waiting&amp;seen=4.2.16.4"' in shown
        assert "stale" not in shown
    async with Web().browser("manager") as browser:
        assert "hx-sse" not in (await browser.get("/team")).text
        assert (await browser.get("/team/live")).status_code == 403


async def test_what_was_overtaken_before_anybody_looked_is_left_out() -> None:
    async def burst() -> AsyncGenerator[int]:
        for number in range(5):
            yield number
        await asyncio.sleep(0)
        raise ConnectionError

    states = pulled(burst(), newest=True)
    assert await anext(states) == 4
    with pytest.raises(ConnectionError):
        await anext(states)


async def test_what_nothing_followed_comes_once_more_and_then_no_more() -> None:
    following = asyncio.Event()

    async def some() -> AsyncGenerator[int]:
        yield 1
        await following.wait()
        yield 2

    states = pulled(some(), newest=True, again=0.01)
    assert [await anext(states), await anext(states)] == [1, 1]
    third = asyncio.ensure_future(anext(states))
    assert not (await asyncio.wait([third], timeout=0.1))[0]
    following.set()
    assert await third == 2
    assert [each async for each in states] == []


async def test_what_comes_as_patience_ends_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    following = asyncio.Event()

    class Patience:
        """Ends in the very turn in which the next one comes."""

        def __init__(self, delay: float | None) -> None:
            self._delay = delay

        async def __aenter__(self) -> None: ...

        async def __aexit__(self, *_: object) -> None:
            if self._delay is not None:
                raise TimeoutError

    async def some() -> AsyncGenerator[int]:
        yield 1
        await following.wait()
        yield 2

    monkeypatch.setattr(sse.asyncio, "timeout", Patience)
    states = pulled(some(), newest=True, again=1)
    assert await anext(states) == 1
    following.set()
    assert await anext(states) == 2


async def test_a_change_is_seen_at_once_and_said_once_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    licensing = Changing(northwind.LICENSES.model_copy(update={"occupied": 23, "waiting": 5}))
    throttle: Any = AnnouncementThrottle
    monkeypatch.setattr(throttle.__init__, "__defaults__", (licensing.clock,))
    monkeypatch.setattr(license_counts, "ANNOUNCEMENT_PAUSE", 0.1)
    monkeypatch.setattr(license_counts, "LiveFragment", partial(LiveFragment, pause=0))
    web = Web(licensing=licensing)
    web.browser()
    async with (
        served(web.app()) as here,
        httpx.AsyncClient(base_url=here, cookies={"usher": "session"}, timeout=PATIENCE) as browser,
        browser.stream("GET", "/team/live") as answer,
    ):
        lines = answer.aiter_lines()
        told = [await _told(lines)]
        licensing.changed.set()
        told += [await _told(lines), await _told(lines)]
    shown, said = "Total Users 23 of 25", "23 of 25 licenses occupied: 5 Waiting"
    assert [(shown in each, said in each) for each in told] == [(False, False), (True, False), (True, True)]


async def _told(lines: AsyncIterator[str]) -> str:
    """The next message."""
    message: list[str] = []
    async for line in lines:
        if line.startswith("data:"):
            message.append(line)
        elif message:
            break
    return "\n".join(message)


class Changing(FakeLicensing):
    """Says how many licenses there are, and later that these are others. No time passes until that is shown."""

    def __init__(self, after: Seats) -> None:
        super().__init__()
        self.changed = asyncio.Event()
        self._after = after
        self._looks = 0

    def clock(self) -> float:
        """An hour on from the second look after the change."""
        self._looks += self.changed.is_set()
        return 3600.0 if self._looks > 1 else 0.0

    async def watch_seats(self, token: str) -> AsyncGenerator[Seats]:
        yield self.licenses
        await self.changed.wait()
        yield self._after
        await asyncio.Event().wait()


async def _at_once(_: float) -> None:
    return None


async def test_who_leaves_my_team_leaves_no_stream_of_licensing_open(monkeypatch: pytest.MonkeyPatch) -> None:
    # The connections alone tell that the reader has left: no heartbeat that cannot be sent, no silence.
    monkeypatch.setattr(sse, "HEARTBEAT", 10 * PATIENCE)
    monkeypatch.setattr("services.upload.web.licensing._QUIET", 10 * PATIENCE)
    opened = closed = 0
    licensing = FastAPI()

    @licensing.get("/api/v1/seats/events")
    async def seats() -> Response:
        async def said() -> AsyncGenerator[ServerSentEvent]:
            nonlocal opened, closed
            opened += 1
            try:
                yield ServerSentEvent(northwind.LICENSES.model_dump_json(), event="seats")
                await asyncio.Event().wait()
            finally:
                closed += 1

        return EventSourceResponse(said(), ping=10 * PATIENCE)

    async def visit(browser: httpx.AsyncClient) -> None:
        async with browser.stream("GET", "/team/live") as answer:
            assert (await anext(answer.aiter_lines())).startswith("data:")

    web = Web()
    async with served(licensing) as there, HttpLicensing(there, CallerSeal([b"a key of the tests"])) as asked:
        web.licensing = cast("FakeLicensing", asked)
        web.browser()
        async with (
            served(web.app()) as here,
            httpx.AsyncClient(base_url=here, cookies={"usher": "session"}, timeout=PATIENCE) as browser,
        ):
            await visit(browser)
            await eventually(lambda: not _connections(there, here))
            before = psutil.Process().num_fds()
            for _ in range(20):
                await visit(browser)
            await eventually(lambda: opened == closed == 21)
            await eventually(lambda: not _connections(there, here))
            assert psutil.Process().num_fds() <= before


def _connections(*urls: str) -> list[str]:
    """What this process holds open to or at these addresses, whatever state it is in."""
    ports = {httpx.URL(url).port for url in urls}
    found = psutil.Process().net_connections("tcp")
    return [each.status for each in found if each.raddr and ports & {each.laddr.port, each.raddr.port}]


async def test_a_browser_that_has_too_many_streams_keeps_its_page() -> None:
    web = Web(streams=Streams(Listener(""), per_session=0))
    async with web.browser() as browser:
        answer = await browser.get("/team/live", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["hx-reswap"]) == (429, "none")
    assert "hx-retarget" not in answer.headers
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("part", ["/team/live", "checking/live", "progress/live"])
async def test_a_company_without_the_plan_has_no_streams(part: str) -> None:
    class OnAnotherPlan(FakeUploads):
        async def company(self, company_id: str) -> CompanyChanged | None:
            return northwind.COMPANY.model_copy(update={"plan": "basic"})

    web = Web(uploads=OnAnotherPlan())
    path = web.has(northwind.COMPLETED)
    async with web.browser() as browser:
        answer = await browser.get(part if part.startswith("/") else f"{path}/{part}")
    assert answer.status_code == 403
    assert not answer.headers["content-type"].startswith("text/event-stream")


async def test_who_signs_out_is_streamed_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(change_feed, "LOOK_ANYWAY", 10 * PATIENCE)  # it is said, and not found by and by
    web = Web(licensing=Waiting())
    web.browser()
    async with (
        served(web.app()) as here,
        httpx.AsyncClient(base_url=here, cookies={"usher": "session"}, timeout=PATIENCE) as browser,
        browser.stream("GET", "/team/live") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines)
        await web.sessions.end("session")
        web.listener.say(key_of("session").hex())
        async with asyncio.timeout(PATIENCE):
            async for _ in lines:
                pass


class Waiting(FakeLicensing):
    """Says how many licenses there are, then nothing more."""

    async def watch_seats(self, token: str) -> AsyncGenerator[Seats]:
        yield self.licenses
        await asyncio.Event().wait()
