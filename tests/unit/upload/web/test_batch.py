"""A batch that is over: whom it invited, as they are today, and failed deliveries once more."""

import pytest

from services.upload.web.models import Delivery
from shared.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio
TOVE = northwind.USERS[5].model_copy(update={"email": northwind.address("Tove Lindahl"), "first_name": "Tove"})
FREYA = northwind.USERS[6].model_copy(
    update={"email": northwind.address("Freya Ashdown"), "invitation": Delivery(state="sent", at=northwind.NOW)}
)
STRANGER = northwind.USERS[1]


def _web() -> Web:
    web = Web()
    web.licensing.users = (TOVE, FREYA, STRANGER)
    return web


async def test_the_invited_are_shown_as_they_are_today() -> None:
    web = _web()
    async with web.browser() as browser:
        text = (await browser.get(web.has(northwind.COMPLETED))).text
    for said in ("Status today", "mailbox not found", f'href="{TOVE.link}"', "No longer in My Team"):
        assert said in text


async def test_the_batch_is_shown_though_licensing_is_away() -> None:
    web = _web()
    web.licensing.refuses["people"] = Problem(503, "unavailable", "")
    async with web.browser() as browser:
        text = (await browser.get(web.has(northwind.COMPLETED))).text
    assert "Tove Lindahl" in text
    assert "Status today" not in text


async def test_failed_deliveries_of_this_batch_alone_are_selected_to_be_sent_again() -> None:
    web = _web()
    web.selections.kept = {STRANGER.user_id}
    path = web.has(northwind.COMPLETED)
    web.licensing.users = (TOVE, STRANGER)  # as licensing answers for failed ones
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/retry", data={"csrf": web.csrf})
        assert answer.headers["location"] == "/team/actions/resend"
        assert "Resend 1 invitation?" in (await browser.get("/team/actions/resend")).text
    assert web.licensing.asked[-1] == {"invitation": "failed", "limit": "1000"}
    assert web.selections.kept == {TOVE.user_id}


async def test_with_no_failure_left_it_says_so_and_leaves_the_selection_alone() -> None:
    web = _web()
    web.selections.kept = {STRANGER.user_id}
    path = web.has(northwind.COMPLETED)
    web.licensing.users = ()
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/retry", data={"csrf": web.csrf})
        assert "there is nothing to send again" in (await browser.get(answer.headers["location"])).text
        assert (await browser.post(f"{path}/retry", data={"csrf": "made-up"})).status_code == 403
    assert web.selections.kept == {STRANGER.user_id}
