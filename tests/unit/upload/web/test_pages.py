"""Each page with Northwind's data: what it says, what it sends on, where it leads."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from services.upload.read_models.batches.view import Batch, Erased
from services.upload.web.licensing_models import Delivery
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web
from tests.unit.upload.web.page_texts import page_text

pytestmark = pytest.mark.anyio


PAGES = [
    "/team",
    "/upload",
    "/batches",
    "/signed-out",
    "/join/token",
    "/nothing",
]

STATES = {
    "checking": northwind.VALIDATING,
    "review": northwind.WRONG,
    "confirm": northwind.batch(),
    "progress": northwind.PROCESSING,
}

_INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|javascript:", re.I)


@pytest.mark.parametrize("path", PAGES)
async def test_no_page_has_script_or_style_of_its_own(path: str) -> None:
    async with Web().browser() as browser:
        assert not _INLINE.search((await browser.get(path)).text)


@pytest.mark.parametrize(("page", "batch"), STATES.items())
async def test_a_batch_leads_to_the_page_of_its_state(page: str, batch: Batch) -> None:
    web = Web()
    path = web.has(batch, northwind.WRONG_ROWS if page == "review" else None)
    async with web.browser() as browser:
        answer = await browser.get(path)
        assert answer.headers["location"] == f"{path}/{page}"
        shown = await browser.get(f"{path}/{page}")
        assert shown.status_code == 200
        assert batch.file_name in shown.text
        assert not _INLINE.search(shown.text)
        for other in STATES.keys() - {page}:
            assert (await browser.get(f"{path}/{other}")).headers["location"] == f"{path}/{page}"


@pytest.mark.parametrize("batch", [northwind.COMPLETED, northwind.CANCELLED, northwind.SUPERSEDED])
async def test_a_batch_that_is_over_has_a_page_of_its_own(batch: Batch) -> None:
    web = Web()
    text = await page_text(web, web.has(batch))
    assert batch.file_name in text
    assert "Tove Lindahl" in text


async def test_a_batch_says_that_somebody_was_erased_from_it_and_offers_no_file_that_is_gone() -> None:
    erased = Erased(rows=1, deleted=["original"])
    batch = northwind.COMPLETED.model_copy(update={"erased": erased})
    web = Web()
    text = await page_text(web, web.has(batch))
    assert "1 row is blank: the person in it was erased from Usher." in text
    assert "The uploaded file was deleted: it could not be written without a person who was erased from Usher." in text
    assert "original.xlsx" not in text
    whole = Web()
    text = await page_text(whole, whole.has(batch.model_copy(update={"erased": Erased(rows=2, deleted=[])})))
    assert "2 rows are blank" in text
    assert "original.xlsx" in text


async def test_the_review_names_row_column_value_and_what_to_do() -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.WRONG, northwind.WRONG_ROWS) + "/review")
    assert "5 of 25 rows need a correction" in text
    for said in ("Row 9", "Functional Area", "“Sale” is not one of your functional areas.", "Check again"):
        assert said in text
    assert f'href="/upload?replaces={northwind.WRONG.id}"' in text
    assert f'href="/batches/{northwind.WRONG.id}/annotated.xlsx"' in text


async def test_the_review_filters_by_kind_and_word() -> None:
    web = Web()
    path = web.has(northwind.WRONG, northwind.WRONG_ROWS)
    text = await page_text(web, path + "/review?kind=reports_to")
    assert "Row 11" in text
    assert "Row 9" not in text
    assert "No error fits this search." in await page_text(web, path + "/review?q=nobody+at+all")


async def test_a_lack_of_licenses_says_how_many_to_remove() -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.END_EVENT) + "/review")
    assert "Remove 2 new users from the file" in text
    assert "3 new users in this file" in text
    assert "Check again" in text


async def test_a_file_that_cannot_be_read_says_why_and_offers_the_next_step() -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.UNREADABLE) + "/review")
    assert "This workbook can’t be read." in text
    assert "Download annotated copy" not in text
    assert "Reupload" in text


@pytest.mark.parametrize(
    ("tab", "said"),
    [
        ("invited", "Tove Lindahl"),
        ("changed", "<del>Iberia</del>"),
        ("unchanged", "Aoife Brennan"),
        ("warned", "“gmial.com” looks like gmail.com."),
    ],
)
async def test_confirm_shows_each_outcome_in_a_tab(tab: str, said: str) -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.batch()) + f"/confirm?tab={tab}")
    assert said in text
    assert "Confirm: invite 3, change 2" in text
    assert "Nothing has happened yet." in text


async def test_confirm_says_why_a_batch_came_back() -> None:
    web = Web()
    assert "have changed since your review" in await page_text(web, web.has(northwind.STALE) + "/confirm")


async def test_the_progress_counts_and_names_the_invited() -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.PROCESSING) + "/progress")
    assert "3 of 3 invited, 2 of 2 changed, 1 of 3 e-mails sent, 1 failed." in text
    assert "1 is still in the queue" in text
    assert "Freya Ashdown" in text


async def test_the_progress_is_shown_though_licensing_is_away() -> None:
    web = Web()
    web.licensing.refusal = Problem(503, "unavailable", "")
    assert "1 of 3 e-mails sent" in await page_text(web, web.has(northwind.PROCESSING) + "/progress")


async def test_another_companys_batch_is_not_there() -> None:
    assert "There is nothing here" in await page_text(Web(), f"/batches/{UUID(int=1)}", 404)
    assert "There is nothing here" in await page_text(Web(), "/batches/no-id", 404)


async def test_who_is_changed_is_named_though_the_file_has_their_address_alone() -> None:
    web = Web()
    text = await page_text(web, web.has(northwind.batch()) + "/confirm?tab=changed")
    assert f'<a href="{northwind.USERS[2].link}">Mateus Carvalho</a>' in text


async def test_an_invitation_that_reached_nobody_offers_to_resend_it_or_to_release_the_license() -> None:
    web = Web()
    expired = Delivery(state="sent", expired=True, expires_at=northwind.NOW - timedelta(days=1))
    aoife, ines = northwind.USERS[1].model_copy(update={"invitation": expired}), northwind.USERS[5]
    web.licensing.users = [aoife, ines, northwind.USERS[4]]
    text = await page_text(web, "/team")
    assert "Expired" in text
    for user in (aoife, ines):
        for action in ("resend", "cancel_invitation"):
            assert f'href="/team/actions/{action}?user={user.user_id}&amp;of=list"' in text
    assert f"?user={northwind.USERS[4].user_id}" not in text
    assert "the license becomes free" in await page_text(web, aoife.link)
    async with web.browser("manager") as browser:
        assert "/team/actions/" not in (await browser.get("/team")).text


async def test_who_was_reminded_is_said_on_their_page_and_their_batchs() -> None:
    web = Web()
    reminded = Delivery(state="sent", at=northwind.NOW - timedelta(days=4), reminded_at=northwind.NOW)
    user = northwind.USERS[4].model_copy(update={"invitation": reminded})
    web.licensing.users = [user]
    for page in ("/team", user.link):
        assert re.search(r"Reminded .*2026", await page_text(web, page)), page


@pytest.mark.parametrize(
    ("chosen", "said"), [(True, "Who does not answer is reminded."), (False, "Nobody is reminded of these")]
)
async def test_a_batch_says_whether_its_invitations_are_reminded_of(chosen: bool, said: str) -> None:
    web = Web()
    path = web.has(northwind.COMPLETED.model_copy(update={"reminders": chosen}))
    assert said in await page_text(web, f"{path}/progress")
