"""A batch that is over: whom it invited, as they are today, and failed deliveries once more."""

from datetime import timedelta

import pytest

from services.upload.read_models.batches.view import FileFinding
from services.upload.web.licensing_models import Delivery, User
from shared.http.problems import Problem
from shared.people.identity import invited_id
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


def _invited(name: str, user: User, **other: object) -> User:
    """The user whom the batch invited under that name's address."""
    user_id = str(invited_id(northwind.COMPLETED.id, northwind.address(name)))
    first, _, last = name.partition(" ")
    return user.model_copy(update={"user_id": user_id, "first_name": first, "last_name": last, **other})


TOVE = _invited("Tove Lindahl", northwind.USERS[5], email="tove.lindahl-berg@northwind.example")
FREYA = _invited("Freya Ashdown", northwind.USERS[6], invitation=Delivery(state="sent", at=northwind.NOW))
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
    web.licensing.refuses["named"] = Problem(503, "unavailable", "")
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


async def test_what_was_done_to_whom_leads_to_the_user_also_where_the_file_has_no_name() -> None:
    web = Web()
    mateus, aoife = northwind.USERS[2], northwind.USERS[1]
    path = web.has(northwind.COMPLETED)
    async with web.browser() as browser:
        changed = (await browser.get(f"{path}?tab=changed")).text
        unchanged = (await browser.get(f"{path}?tab=unchanged")).text
    assert f'<a href="{mateus.link}">Mateus Carvalho</a>' in changed
    assert f'<a href="{aoife.link}">Aoife Brennan</a>' in unchanged


async def test_whom_it_was_about_is_known_by_their_address_though_licensing_is_away() -> None:
    web = Web()
    web.licensing.refuses["named"] = Problem(503, "unavailable", "")
    async with web.browser() as browser:
        text = (await browser.get(f"{web.has(northwind.batch())}/confirm?tab=changed")).text
    assert "mateus.carvalho@<wbr>northwind.example" in text


async def test_it_says_until_when_its_files_are_kept_and_offers_none_afterwards() -> None:
    web = Web()
    async with web.browser() as browser:
        kept = (await browser.get(web.has(northwind.COMPLETED))).text
        long_ago = northwind.COMPLETED.model_copy(update={"completed_at": northwind.NOW - timedelta(days=400)})
        path = web.has(long_ago)
        web.uploads.rows_kept = False
        gone = (await browser.get(path)).text
        assert "no longer kept" in (await browser.get("/batches")).text
    assert "Its files are kept until" in kept
    assert "original.xlsx" in kept
    assert "no longer" in gone
    assert "The rows of this file are no longer kept." in gone
    assert "original.xlsx" not in gone
    assert "Completed" in gone


async def test_a_batch_that_was_cancelled_by_itself_says_why() -> None:
    web = Web()
    notice = FileFinding(code="not_confirmed_in_time", message="Nobody confirmed this batch in the 365 days.")
    async with web.browser() as browser:
        text = (await browser.get(web.has(northwind.batch("cancelled", notice=notice)))).text
    assert "Nobody confirmed this batch in the 365 days." in text
