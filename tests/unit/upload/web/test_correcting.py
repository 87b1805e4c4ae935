"""Correcting on Review: what each form asks for, where it leads back to, and what the page shows of the draft."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import ALL, CellCorrection, Replacement
from services.upload.domain.corrections.state import Draft
from services.upload.read_models.rows.view import Row
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fakes import Web

pytestmark = pytest.mark.anyio

SALE = next(row for row in northwind.WRONG_ROWS if any(error.value == "Sale" for error in row.errors))
REPEATED = [SALE.model_copy(update={"row": number}) for number in (60, 61)]


def _web(rows: Sequence[Row] = northwind.WRONG_ROWS) -> tuple[Web, str]:
    web = Web()
    return web, web.has(northwind.WRONG, rows)


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"row": "9", "name": "Title", "new": " AE "}, Wanted(1, (CellCorrection(9, "Title", "AE"),))),
        ({"row": "9", "name": "Title", "new": ""}, Wanted(1, (CellCorrection(9, "Title", ""),))),
        ({"row": "9", "name": "Title", "new": "x", "take": "Sales"}, Wanted(1, (CellCorrection(9, "Title", "Sales"),))),
        ({"row": "9", "name": "Title", "new": "x", "back": "1"}, Wanted(1, (CellCorrection(9, "Title", None),))),
        ({"name": "Region", "old": "UK", "new": "DACH"}, Wanted(1, (), (Replacement("Region", "UK", "DACH"),))),
        ({"name": "Region", "old": "", "new": "DACH"}, Wanted(1, (), (Replacement("Region", None, "DACH"),))),
        ({"name": "Region", "old": "UK", "back": "1"}, Wanted(1, (), (Replacement("Region", "UK", None),))),
        ({"accept": "all"}, Wanted(1, accept=ALL)),
        ({"leave_out": "9"}, Wanted(1, leave_out_also=frozenset({9}))),
        ({"take_in": "9"}, Wanted(1, take_back=frozenset({9}))),
    ],
)
async def test_a_form_asks_for_one_change_and_leads_back_to_where_it_stood(fields: Any, wanted: Wanted) -> None:
    web, path = _web()
    place = {"in_column": "Region", "in_page": "2"}
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/correct", data={"csrf": web.csrf, "review": "1", **place, **fields})
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/review?column=Region&page=2")
    assert web.uploads.told == [("correct", wanted)]


async def test_a_form_that_is_not_ours_corrects_nothing() -> None:
    web, path = _web()
    async with web.browser() as browser:
        for what in ("correct", "apply"):
            assert (await browser.post(f"{path}/{what}", data={"csrf": "no", "accept": "all"})).status_code == 403
    assert web.uploads.told == []


async def test_the_draft_is_forgotten_or_checked() -> None:
    web, path = _web()
    async with web.browser() as browser:
        await browser.post(f"{path}/correct", data={"csrf": web.csrf, "forget": "1"})
        answer = await browser.post(f"{path}/apply", data={"csrf": web.csrf, "review": "1", "key": "k"})
    assert answer.headers["location"].endswith("/checking")
    assert [what for what, _ in web.uploads.told] == ["forget", "apply"]


async def test_going_on_leaves_out_what_is_wrong_and_checks_the_rest() -> None:
    web, path = _web()
    async with web.browser() as browser:
        assert "Go on with the 20 good rows" in (await browser.get(f"{path}/review")).text
        data = {"csrf": web.csrf, "review": "1", "leave_out_errors": "1"}
        await browser.post(f"{path}/apply", data=data)
    assert web.uploads.told == [("correct", Wanted(1, leave_out_errors=True)), ("apply", 1)]


@pytest.mark.parametrize(
    "code", ["review_changed", "not_correctable", "nothing_corrected", "unknown_row", "too_many_cells"]
)
async def test_why_nothing_was_corrected_is_said_on_review(code: str) -> None:
    web, path = _web()
    web.uploads.refusal = Problem(409, code, "")
    async with web.browser() as browser:
        answer = await browser.post(f"{path}/correct", data={"csrf": web.csrf, "accept": "all"})
        text = (await browser.get(answer.headers["location"])).text
    assert 'role="alert"' in text


@pytest.mark.parametrize("note", ["did_resend", "all_of", "cells", "here", "since"])
async def test_a_note_that_is_no_reason_is_not_shown(note: str) -> None:
    web, path = _web()
    async with web.browser() as browser:
        plain, noted = await browser.get(f"{path}/review"), await browser.get(f"{path}/review?note={note}")
    assert noted.status_code == 200
    assert noted.text.count('role="alert"') == plain.text.count('role="alert"')


async def test_a_repeated_value_is_one_line_with_the_list() -> None:
    web, path = _web([*northwind.WRONG_ROWS, *REPEATED])
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "Correct all 3" in text
    assert '<option value="Sales" selected>' in text
    assert "value=Sale#errors" in text


async def test_the_page_shows_what_the_draft_makes_of_each_cell() -> None:
    web, path = _web([*northwind.WRONG_ROWS, *REPEATED])
    draft = Draft(1, {(61, "Functional Area"): "Finanz"}, {("Functional Area", "Sale"): "Sales"}, frozenset({7}))
    web.uploads.draft = draft
    web.uploads.found[northwind.WRONG.id] = northwind.WRONG.model_copy(update={"corrections": 3, "left_out": 1})
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "3 cells corrected, 1 row left out" in text
    assert "Corrected with all alike" in text
    assert "Corrected in 3 rows" in text
    assert "Finanz" in text and "is not one of your functional areas" in text
    assert "Take in again" in text


async def test_suggestions_that_are_accepted_are_shown_as_corrected_and_can_be_taken_back() -> None:
    web, path = _web([*northwind.WRONG_ROWS, *REPEATED])
    async with web.browser() as browser:
        before = (await browser.get(f"{path}/review")).text
        web.uploads.draft = Draft(1, accepted=frozenset({ALL}), still_wrong=2)
        after = (await browser.get(f"{path}/review")).text
    assert 'id="accept-all"' in before and 'id="accept-all"' not in after
    assert "Corrected in 3 rows" in after
    assert after.count("Take back<") > before.count("Take back<")


async def test_going_on_counts_what_the_draft_has_corrected_and_left_out() -> None:
    web, path = _web([*northwind.WRONG_ROWS, *REPEATED])
    counts = northwind.WRONG.counts
    async with web.browser() as browser:
        assert f"Go on with the {counts.rows - counts.error} good rows" in (await browser.get(f"{path}/review")).text
        web.uploads.draft = Draft(1, {(61, "Title"): "AE"}, {}, frozenset({7, 8}), still_wrong=1)
        assert f"Go on with the {counts.rows - 3} good rows" in (await browser.get(f"{path}/review")).text


async def test_a_draft_that_leaves_rows_out_offers_them_as_a_workbook() -> None:
    web, path = _web()
    web.uploads.draft = Draft(1, left_out=frozenset({7}))
    web.uploads.found[northwind.WRONG.id] = northwind.WRONG.model_copy(update={"left_out": 1})
    async with web.browser() as browser:
        assert f'href="{path}/left-out.xlsx"' in (await browser.get(f"{path}/review")).text


async def test_errors_are_looked_at_by_column_and_by_value() -> None:
    web, path = _web([*northwind.WRONG_ROWS, *REPEATED])
    async with web.browser() as browser:
        column = (await browser.get(f"{path}/review?column=Functional+Area")).text
        value = (await browser.get(f"{path}/review?column=First+Name&blank=1")).text
    assert "All 3" in column and "Tove Lindahl" not in column
    assert "The only one" in value and "Freya Ashdown" in value


async def test_a_review_of_an_earlier_release_is_corrected_after_another_check() -> None:
    web, path = _web()
    web.uploads.correctable = False
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "/correct" not in text
    assert "Check again" in text


def _replaced(web: Web, rows: Sequence[Row]) -> str:
    """The address of a batch with these rows that has replaced one with the wrong rows."""
    before = northwind.WRONG.model_copy(update={"id": UUID(int=77), "status": "superseded"})
    web.uploads.found[before.id], web.uploads.before = before, northwind.WRONG_ROWS
    return web.has(northwind.WRONG.model_copy(update={"replaces": before.id}), rows)


async def test_review_leads_to_what_changed_since_the_last_upload() -> None:
    web = Web()
    path = _replaced(web, northwind.WRONG_ROWS[1:])
    gone = northwind.WRONG_ROWS[0]
    async with web.browser() as browser:
        assert f'href="{path}/changed"' in (await browser.get(f"{path}/review")).text
        still = (await browser.get(f"{path}/changed")).text
        fixed = (await browser.get(f"{path}/changed?show=fixed")).text
        new = (await browser.get(f"{path}/changed?show=new")).text
    assert f"Row {gone.row}<" in fixed and f"Row {gone.row}<" not in still
    assert all(f"Row {row.row}<" in still for row in northwind.WRONG_ROWS[1:] if row.errors)
    assert "There are no new errors." in new


@pytest.mark.parametrize("kept", [True, False])
async def test_a_first_upload_and_one_that_is_no_longer_kept_have_no_changes(kept: bool) -> None:
    web = Web()
    path = web.has(northwind.WRONG) if kept else _replaced(web, northwind.WRONG_ROWS)
    web.uploads.rows_kept = kept
    async with web.browser() as browser:
        answer = await browser.get(f"{path}/changed")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}/review")


async def test_what_was_left_out_can_be_downloaded_before_confirming() -> None:
    web, path = Web(), ""
    before = northwind.WRONG.model_copy(update={"id": UUID(int=77), "left_out": 2, "status": "superseded"})
    ready = northwind.batch("ready_for_review", counts=northwind.Counts(rows=6, unchanged=6))
    ready = ready.model_copy(update={"replaces": before.id})
    web.uploads.found[before.id] = before.model_copy(update={"superseded_by": ready.id})
    web.uploads.leaves_out.add(ready.id)
    path = web.has(ready)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm")).text
        assert "2 rows were left out of this file" in text
        assert (await browser.get(f"{path}/left-out.xlsx")).text == "left out"


async def test_a_file_uploaded_in_place_of_a_draft_has_left_nothing_out() -> None:
    web = Web()
    before = northwind.WRONG.model_copy(update={"id": UUID(int=77), "left_out": 2, "status": "superseded"})
    ready = northwind.batch("ready_for_review").model_copy(update={"replaces": before.id})
    web.uploads.found[before.id] = before.model_copy(update={"superseded_by": ready.id})
    path = web.has(ready)
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm")).text
    assert "left out of this file" not in text and "left-out.xlsx" not in text


async def test_a_draft_is_shown_where_no_row_is_wrong() -> None:
    web = Web()
    web.uploads.draft = Draft(1, {}, {}, frozenset({7}))
    path = web.has(northwind.END_EVENT.model_copy(update={"left_out": 1}))
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/review")).text
    assert "1 row left out" in text
    assert "Check the corrected file" in text and "Forget the corrections" in text


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ({"corrections": 3}, "3 cells corrected."),
        ({"corrections": 1, "left_out": 2}, "1 cell corrected, 2 rows left out."),
        ({}, None),
    ],
)
async def test_confirm_says_that_a_draft_is_not_in_the_file(draft: dict[str, int], said: str | None) -> None:
    web = Web()
    path = web.has(northwind.batch("ready_for_review").model_copy(update=draft))
    async with web.browser() as browser:
        text = (await browser.get(f"{path}/confirm")).text
    assert ("never checked" in text) == (said is not None)
    assert (said or "") in text
