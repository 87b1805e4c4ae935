"""My Team's counts, as they change: without moving the page, whatever licensing does."""

import pytest

from services.upload.web.pages import team
from shared.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


async def test_the_counts_come_as_they_are_and_again_when_they_have_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.licenses_later = [northwind.LICENSES.model_copy(update={"occupied": 23, "waiting": 5})]
    monkeypatch.setattr("services.upload.web.live.asyncio.sleep", _at_once)
    async with web.browser() as browser:
        answer = await browser.get("/team/live?q=raman&sort=-title")
    first, second, *_ = answer.text.split("\r\n\r\n")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "Total Users 22 of 25" in first
    assert "Total Users 23 of 25" in second
    assert 'href="/team?status=waiting&amp;q=raman&amp;sort=-title"' in second, "the filters stay"
    assert "22 of 25 licenses occupied: 4 Waiting" in second, "a screen reader is told more rarely"


async def test_while_licensing_is_away_the_page_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    web = Web()
    web.licensing.refuses["watch_seats"] = Problem(503, "unavailable", "")
    monkeypatch.setattr(team.asyncio, "sleep", _at_once)
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


async def _at_once(_: float) -> None:
    return None
