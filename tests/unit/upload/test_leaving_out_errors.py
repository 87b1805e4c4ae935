"""Going on with the good rows: which rows are wrong still, after what the draft corrects and leaves out."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from services.upload.application.correct_batch import wrong_still
from services.upload.domain.batch.events import File
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import CellCorrection
from services.upload.domain.corrections.state import Draft
from services.upload.domain.corrections.value_check import ValueCheck
from services.upload.read_models.corrections.query import CorrectedReview, LoadedDraft, wrong_with
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row
from shared.people.model import CompanySettings
from tests.unit.upload.test_correct_batch import change, drafts
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_uploads import book

pytestmark = pytest.mark.anyio

ANN, BO = "ann@northwind.example", "bo@northwind.example"


def _row(number: int, *codes: tuple[str, str], email: str = ANN) -> Row:
    """codes: each with the column that it is about."""
    errors = [northwind.error(code, column, "", email if column == "Email" else None) for code, column in codes]
    return northwind.row(number, "Ann Lee", "error" if errors else "invite", email=email, errors=errors)


TWICE = ("email_duplicate", "Email")
PAIR = (_row(5, TWICE), _row(19, TWICE, email="Ann@Northwind.Example"))
THREE = (*PAIR, _row(20, TWICE))


async def _wrong(rows: Sequence[Row], draft: Draft) -> set[int]:
    sheet = await ReviewedSheet.of(await book(rows))
    assert sheet
    check = ValueCheck(CompanySettings("Northwind", functional_areas=("Sales",)))
    review = CorrectedReview(northwind.WRONG, File("x.xlsx", 1, "", ""), LoadedDraft(draft, 1, None), sheet, check)
    return {*await wrong_still(review, sheet, draft, await sheet.found(list(draft.replacements)))} - draft.left_out


def _emails(*cells: tuple[int, str]) -> Draft:
    return Draft(1, {(row, "Email"): value for row, value in cells})


@pytest.mark.parametrize(
    ("rows", "draft", "wrong"),
    [
        (PAIR, Draft(), {5, 19}),
        (PAIR, Draft(left_out=frozenset({19})), set[int]()),
        (PAIR, Draft(left_out=frozenset({5, 19})), set[int]()),
        (PAIR, _emails((19, BO)), set[int]()),
        (PAIR, _emails((19, ANN)), {5, 19}),
        (PAIR, _emails((5, BO), (19, BO)), {5, 19}),
        (PAIR, Draft(1, {}, {("Email", ANN): BO}), set[int]()),
        (THREE, Draft(1, {}, {("Email", ANN): BO}), {5, 20}),
        (THREE, Draft(left_out=frozenset({19})), {5, 20}),
        (THREE, Draft(1, {(5, "Email"): BO}, left_out=frozenset({19})), set[int]()),
        ((_row(5, TWICE, ("user_inactive", "Email")), PAIR[1]), Draft(left_out=frozenset({19})), {5}),
        ((_row(5, TWICE, ("title_required", "Title")), PAIR[1]), Draft(left_out=frozenset({19})), {5}),
    ],
)
async def test_an_address_that_stands_once_by_now_is_no_duplicate(
    rows: Sequence[Row], draft: Draft, wrong: set[int]
) -> None:
    assert await _wrong(rows, draft) == wrong


async def test_what_is_asked_for_with_it_counts_as_what_the_draft_has() -> None:
    good = Wanted(leave_out_errors=True)
    for asked, left_out in (
        (replace(good, leave_out_also=frozenset({19})), {19}),
        (replace(good, cells=(CellCorrection(19, "Email", BO),)), set[int]()),
        (replace(good, left_out=frozenset()), {5, 19}),
    ):
        kept = await drafts(*PAIR)
        await change(kept, asked)
        assert (kept.draft.left_out, kept.draft.still_wrong) == (left_out, 0)
    back = await drafts(*PAIR)
    await change(back, Wanted(left_out=frozenset({5, 19})))
    await change(back, replace(good, take_back=frozenset({19})))
    assert back.draft.left_out == {5}


KNOWN = UUID(int=3)
NOT_LISTED = [northwind.error("functional_area_unknown", "Functional Area", "", "Sale")]


def _of_list(number: int, user: UUID | None) -> Row:
    return northwind.row(number, "Ann Lee", "error", user_id=user, errors=NOT_LISTED)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(1, {(5, "Functional Area"): "", (6, "Functional Area"): ""}),
        Draft(1, {}, {("Functional Area", "Sale"): ""}),
    ],
)
async def test_a_user_keeps_what_is_corrected_to_blank_and_a_new_person_needs_it(draft: Draft) -> None:
    assert await _wrong([_of_list(5, KNOWN), _of_list(6, None)], draft) == {6}


@pytest.mark.parametrize(("user", "codes"), [(KNOWN, []), (None, ["functional_area_required"])])
async def test_a_blank_cell_is_judged_by_whom_the_wrong_row_is_about(user: UUID | None, codes: list[str]) -> None:
    check = ValueCheck(CompanySettings("Northwind", functional_areas=("Sales",)))
    assert [error.code for error in wrong_with(check, "Functional Area", "", _of_list(5, user))] == codes
