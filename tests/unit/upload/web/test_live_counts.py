"""My Team's counts, as they change: without moving the page, whatever licensing does."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from services.upload.web.live import newest
from services.upload.web.pages import counts
from shared.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


async def test_the_counts_come_as_they_are_with_the_filters_of_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.licenses_later = [northwind.LICENSES.model_copy(update={"occupied": 23, "waiting": 5})]
    monkeypatch.setattr("services.upload.web.live.asyncio.sleep", _at_once)
    async with web.browser() as browser:
        answer = await browser.get("/team/live?q=raman&sort=-title")
    assert answer.headers["content-type"].startswith("text/event-stream")
    for said in ("Total Users 23 of 25", "23 of 25 licenses occupied: 5 Waiting"):
        assert said in answer.text
    assert 'href="/team?status=waiting&amp;q=raman&amp;sort=-title"' in answer.text


async def test_while_licensing_is_away_the_page_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.refuses["watch_seats"] = Problem(503, "unavailable", "")
    monkeypatch.setattr(counts.asyncio, "sleep", _at_once)
    async with web.browser() as browser:
        answer = await browser.get("/team/live", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.text) == (200, "")
    assert "hx-retarget" not in answer.headers


async def test_my_team_names_the_stream_of_its_own_filters_to_admins_alone() -> None:
    async with Web().browser() as browser:
        assert 'hx-sse:connect="/team/live?status=waiting"' in (await browser.get("/team?status=waiting")).text
    async with Web().browser("manager") as browser:
        assert "hx-sse" not in (await browser.get("/team")).text
        assert (await browser.get("/team/live")).status_code == 403


async def test_what_was_overtaken_before_anybody_looked_is_left_out() -> None:
    async def burst() -> AsyncGenerator[int]:
        for number in range(5):
            yield number
        await asyncio.sleep(0)
        raise ConnectionError

    states = newest(burst())
    assert await anext(states) == 4
    with pytest.raises(ConnectionError):
        await anext(states)


async def _at_once(_: float) -> None:
    return None
