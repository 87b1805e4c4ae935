"""Undoing a batch on its pages: asked for where it is completed, read row by row, confirmed, looked back at."""

import pytest

from services.upload.web.texts import Texts
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio


async def page(web: Web, batch: northwind.Batch, part: str = "") -> str:
    path = web.has(batch, northwind.UNDO_ROWS if batch.kind == "undo" else None)
    async with web.browser() as browser:
        return (await browser.get(f"{path}{part}")).text


async def test_a_completed_batch_can_be_undone_after_it_was_seen() -> None:
    web = Web()
    text = await page(web, northwind.COMPLETED)
    assert "See what undoing does" in text and "mails that were read already" in text
    async with web.browser() as browser:
        answer = await browser.post(f"/batches/{northwind.COMPLETED.id}/undo", data={"csrf": web.csrf, "key": "once"})
    assert answer.headers["location"] == f"/batches/{northwind.UNDO_ASKED.id}/checking"
    assert web.uploads.told == [("undo", northwind.COMPLETED.id)]


@pytest.mark.parametrize("batch", [northwind.PROCESSING, northwind.CANCELLED, northwind.UNDONE])
async def test_nothing_else_can(batch: northwind.Batch) -> None:
    assert "See what undoing does" not in await page(Web(), batch)


async def test_what_was_undone_leads_to_its_undo() -> None:
    web = Web()
    web.has(northwind.UNDONE)
    text = await page(web, northwind.COMPLETED)
    assert "This batch was undone." in text and f"/batches/{northwind.UNDONE.id}" in text
    assert "See what undoing does" not in text


@pytest.mark.parametrize(("code", "said"), [("not_undoable", "undone already"), ("files_gone", "no longer keeps")])
async def test_a_refusal_is_said_where_it_was_asked(code: str, said: str) -> None:
    web = Web()
    path = web.has(northwind.COMPLETED)
    async with web.browser() as browser:
        web.uploads.refusal = Problem(409, code, "No.")
        answer = await browser.post(f"{path}/undo", data={"csrf": web.csrf})
        assert said in (await browser.get(answer.headers["location"])).text


async def test_its_review_shows_each_row_with_what_becomes_of_it() -> None:
    web = Web()
    text = await page(web, northwind.UNDO_READY, "/confirm")
    assert "Undo what northwind-autumn-changes.xlsx did" in text
    assert "Ines Duarte" in text and "2 invitations are cancelled" in text and "mails that were read already" in text
    assert "Confirm: cancel 2, change back 1" in text
    assert "/upload?replaces=" not in text and "The invitation" not in text
    restored = await page(web, northwind.UNDO_READY, "/confirm?tab=restored")
    assert "Group Controller" in restored and "<ins>Controller</ins>" in restored
    kept = await page(web, northwind.UNDO_READY, "/confirm?tab=kept")
    assert "Changed since by Marta Lindqvist" in kept and "Has joined." in kept


async def test_with_nothing_left_to_undo_there_is_nothing_to_confirm() -> None:
    counts = northwind.Counts(rows=2, cancel=0, restore=0, kept=2)
    text = await page(Web(), northwind.UNDO_READY.model_copy(update={"counts": counts}), "/confirm")
    assert "Nothing is left to undo" in text and "Confirm: cancel" not in text


async def test_what_came_of_it_is_told_as_of_an_undo() -> None:
    for part in ("", "/progress", "?tab=restored", "?tab=kept"):
        text = await page(Web(), northwind.UNDONE, part)
        assert "personal link" not in text and "original.xlsx" not in text
    assert "Undo of" in await page(Web(), northwind.UNDONE)
    assert "is being undone" in await page(
        Web(), northwind.UNDONE.model_copy(update={"status": "processing"}), "/progress"
    )
    checking = await page(Web(), northwind.UNDO_ASKED, "/checking")
    assert "Looking at what undoing does" in checking
    assert f'action="/batches/{northwind.UNDO_ASKED.id}/revalidate"' in checking and "Check again" in checking
    assert "/revalidate" not in await page(Web(), northwind.VALIDATING, "/checking")


async def test_the_list_names_it_and_offers_no_file() -> None:
    web = Web()
    web.has(northwind.UNDONE)
    async with web.browser() as browser:
        text = (await browser.get("/batches")).text
    assert "Undo of" in text and "original.xlsx" not in text


def test_why_it_is_kept_fits_who_was_cancelled_and_invited_again() -> None:
    """By the short undo: they wait under a new invitation, which is not the batch's."""
    assert "invited again" in Texts.load()("undoing.reason_left")
