"""Pages that follow what happens: the check of a batch, and its progress."""

import asyncio
from collections.abc import AsyncGenerator
from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from services.upload.read_models.batches.view import Batch, Progress
from services.upload.web.live_fragments import AnnouncementThrottle, Fragment, LiveFragment, events, fragments
from shared.http.auth import Principal
from tests.serving import eventually
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


def test_a_screen_reader_is_told_something_new_every_five_seconds_and_at_the_end() -> None:
    now = [100.0]
    announced = AnnouncementThrottle[Progress](lambda: now[0])
    first, second, third = (Progress(invited=number) for number in (1, 2, 3))
    assert announced.say(first) == first
    now[0] = 104.9
    assert announced.say(second) == first
    now[0] = 105.0
    assert announced.say(second) == second
    assert announced.say(third, at_once=True) == third


async def _states(*batches: Batch) -> list[str]:
    async def come():
        for batch in batches:
            yield batch

    async def show(batch: Batch) -> Fragment:
        return Fragment(batch.status, over=batch.status != "validating", leads_to="/next")

    return [event.encode().decode() async for event in events(fragments(LiveFragment(come(), show, pause=0)))]


async def test_a_live_page_ends_with_where_to_go() -> None:
    told = await _states(northwind.VALIDATING, northwind.WRONG)
    assert told[-2:] == ["data: needs_correction\r\n\r\n", "event: over\r\ndata: /next\r\n\r\n"]


async def test_the_check_is_followed_live() -> None:
    web = Web()
    path = web.has(northwind.WRONG, northwind.WRONG_ROWS)
    async with web.browser() as browser:
        answer = await browser.get(f"{path}/checking/live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert "The check has finished." in answer.text
    assert f"event: over\r\ndata: {path}/review\r\n" in answer.text


async def test_the_progress_is_followed_live_and_stays_when_it_is_over() -> None:
    web = Web()
    path = web.has(northwind.COMPLETED)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/progress/live")).text
    assert "2 of 3 e-mails sent, 1 failed." in text
    assert text.endswith("event: over\r\ndata: -\r\n\r\n")


async def test_who_looks_at_the_same_progress_is_shown_what_was_looked_up_once() -> None:
    web = Web()
    path = web.has(northwind.COMPLETED)
    everybody_is_there, looks = asyncio.Event(), 0

    async def watch(who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        nonlocal looks
        looks += 1
        await everybody_is_there.wait()
        yield web.uploads.found[batch_id]

    web.uploads.watch = watch
    async with web.browser() as browser, web.browser() as elsewhere:
        elsewhere.cookies.set("zone", "Asia/Tokyo")
        asked = [asyncio.create_task(each.get(f"{path}/progress/live")) for each in [browser] * 5 + [elsewhere] * 3]
        await eventually(lambda: REGISTRY.get_sample_value("usher_streams_open") == len(asked) and looks == 2)
        everybody_is_there.set()
        texts = [(await each).text for each in asked]
    assert looks == 2, "once for each time zone"
    assert len(set(texts[:5])) == len(set(texts[5:])) == 1 and texts[0] != texts[5]
    assert all("event: over" in text for text in texts)
