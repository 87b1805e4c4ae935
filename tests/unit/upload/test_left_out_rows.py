"""The workbook of the rows that are left out: of a draft at once, and of its file before that is judged."""

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import orjson
import pytest

from services.upload.application.correct_batch import written
from services.upload.application.left_out_rows import LeftOutRows
from services.upload.domain.corrections.state import Draft
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.corrections.query import CorrectedReview, CorrectionQueries
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from shared.http.problems import Problem
from shared.object_store.store import Blobs
from shared.sandbox.pool import Limits, Sandbox, SandboxDied, SandboxUnavailable
from tests.unit.upload.test_correct_batch import Drafts, drafts, fine, row
from tests.unit.upload.web import northwind

pytestmark = pytest.mark.anyio

OLD, NEW = UUID(int=7), UUID(int=8)
COMPANY = northwind.COMPANY_ID
PLACE = {"part": "xl/worksheets/sheet1.xml", "header_row": 1, "header_column": 1, "free_column": 2}


class InProcess(Sandbox):
    """Runs what a sandbox would, here; or fails as it would."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure
        self.runs = 0

    async def run(
        self, function: Callable[..., bytes], *args: object, limits: Limits | None = None, reads: Sequence[Path] = ()
    ) -> bytes:
        self.runs += 1
        if self._failure:
            raise self._failure
        return function(*args)


class Known(BatchQueries):
    """These batches of one company."""

    def __init__(self, records: Mapping[UUID, Mapping[str, Any]]) -> None:
        self._records = records

    async def record(self, company_id: str, batch_id: UUID) -> Any:
        return self._records[batch_id]


class OneDraft(CorrectionQueries):
    """A review with that draft."""

    def __init__(self, kept: Drafts, draft: Draft) -> None:
        self._kept, self._draft = kept, draft

    async def review(self, company_id: str, batch_id: UUID) -> CorrectedReview:
        review = await self._kept.review(company_id, batch_id)
        return replace(review, draft=replace(review.draft, draft=self._draft))


def record(batch_id: UUID, status: str, **known: Any) -> Mapping[str, Any]:
    nothing = dict.fromkeys(("superseded_by", "left_out_ref", "corrections_ref"))
    return {**nothing, "id": batch_id, "status": status, "left_out": 0, "file_name": "team.xlsx", **known}


class Stage:
    """A workbook of four people in the object store, one batch of it, and another that may have replaced it."""

    def __init__(self, sheet: ReviewedSheet, kept: Drafts) -> None:
        self.blobs = Blobs("memory:///")
        self.sandbox = InProcess()
        self.sheet = sheet
        self._kept = kept
        self.original = ""

    @staticmethod
    async def of(content: bytes | None = None, delimiter: str | None = None) -> "Stage":
        kept = await drafts(row(2, "EMAE"), fine(3, "EMEA"), row(4, "APCA"), fine(5, "EMEA"))
        assert kept.sheet is not None
        kept.sheet = replace(kept.sheet, place={**PLACE, "delimiter": delimiter})
        stage = Stage(kept.sheet, kept)
        stage.original = (await stage.blobs.put(COMPANY, "original", content or book())).ref
        return stage

    async def get(self, batch_id: UUID, *records: Mapping[str, Any], left_out: Sequence[int] = ()) -> list[list[Any]]:
        known = Known({each["id"]: {"original_ref": self.original, **each} for each in records})
        draft = Draft(1, left_out=frozenset(left_out))
        drafts_of = OneDraft(self._kept, draft)
        left_out_rows = LeftOutRows(known, drafts_of, self.blobs, self.sandbox)
        found = await left_out_rows(COMPANY, batch_id)
        assert found.file_name == "team.xlsx"
        sheet: Any = openpyxl.load_workbook(io.BytesIO(await self.blobs.get(found.ref))).active
        return [[cell.value for cell in line] for line in sheet.iter_rows()]

    async def corrections(self, left_out: Sequence[int]) -> str:
        data = orjson.dumps(written(self.sheet, {}, frozenset(left_out)))
        return (await self.blobs.put(COMPANY, "corrections", data)).ref


def book() -> bytes:
    made = openpyxl.Workbook()
    sheet: Any = made.active
    sheet.append(["Email", "Region"])
    for n, region in ((2, "EMAE"), (3, "EMEA"), (4, "APCA"), (5, "EMEA")):
        sheet.append([f"u{n}@x.example", region])
    content = io.BytesIO()
    made.save(content)
    return content.getvalue()


TEXT = "Email;Region\r\n" + "\r\n".join(f"u{n}@x.example;R{n}" for n in (2, 3, 4, 5))
HEADER = ["Email", "Region"]
BLANK = [None, None]


async def test_a_draft_that_leaves_rows_out_has_a_workbook_of_them_at_once() -> None:
    stage = await Stage.of()
    asked = record(OLD, "needs_correction", left_out=2)
    found = await stage.get(OLD, asked, left_out=(2, 4))
    assert found == [HEADER, ["u2@x.example", "EMAE"], BLANK, ["u4@x.example", "APCA"]]


async def test_the_rows_of_a_text_are_a_workbook_too() -> None:
    stage = await Stage.of(TEXT.encode(), delimiter=";")
    asked = record(OLD, "needs_correction", left_out=1)
    assert await stage.get(OLD, asked, left_out=[3]) == [HEADER, BLANK, ["u3@x.example", "R3"]]


async def test_the_values_of_a_text_are_parted_as_when_it_was_reviewed() -> None:
    """What the columns are was said by an admin: the header alone leads to another delimiter."""
    text = "Email, privat;Email, Büro\r\n" + "\r\n".join(f"u{n}@x.example;R, {n}" for n in (2, 3, 4, 5))
    stage = await Stage.of(text.encode(), delimiter=";")
    asked = record(OLD, "needs_correction", left_out=1)
    assert (await stage.get(OLD, asked, left_out=[3]))[2] == ["u3@x.example", "R, 3"]


async def test_what_was_applied_has_it_before_it_is_judged_under_both_ids() -> None:
    stage = await Stage.of()
    old = record(OLD, "superseded", left_out=1, superseded_by=NEW)
    new = record(NEW, "validating", corrections_ref=await stage.corrections([4]))
    for asked in (OLD, NEW):
        assert await stage.get(asked, old, new) == [HEADER, BLANK, BLANK, ["u4@x.example", "APCA"]]


async def test_what_validation_has_made_is_given_as_it_is() -> None:
    stage = await Stage.of()
    kept = (await stage.blobs.put(COMPANY, "left-out", book())).ref
    old = record(OLD, "superseded", left_out=1, superseded_by=NEW)
    new = record(NEW, "ready_for_review", corrections_ref="c", left_out_ref=kept)
    for asked in (OLD, NEW):
        assert len(await stage.get(asked, old, new)) == 5
    assert stage.sandbox.runs == 0


async def test_a_draft_of_a_corrected_file_goes_before_what_was_left_out_of_it() -> None:
    stage = await Stage.of()
    kept = (await stage.blobs.put(COMPANY, "left-out", book())).ref
    batch = record(NEW, "ready_for_review", corrections_ref="c", left_out_ref=kept)
    assert len(await stage.get(NEW, batch)) == 5
    assert await stage.get(NEW, {**batch, "left_out": 1}, left_out=[2]) == [HEADER, ["u2@x.example", "EMAE"]]


@pytest.mark.parametrize(
    "records",
    [
        (record(OLD, "needs_correction"),),
        (record(OLD, "cancelled", left_out=1),),
        (record(OLD, "superseded", left_out=1, superseded_by=NEW), record(NEW, "validating")),
        (record(OLD, "superseded", superseded_by=NEW), record(NEW, "completed", left_out_ref="somebody else's")),
    ],
)
async def test_where_nothing_is_left_out_there_is_no_workbook(records: Sequence[Mapping[str, Any]]) -> None:
    with pytest.raises(Problem) as refused:
        await (await Stage.of()).get(OLD, *records)
    assert (refused.value.status, refused.value.code) == (404, "not_found")


async def test_corrections_without_left_out_rows_have_none() -> None:
    stage = await Stage.of()
    with pytest.raises(Problem) as refused:
        await stage.get(NEW, record(NEW, "validating", corrections_ref=await stage.corrections([])))
    assert refused.value.status == 404
    assert stage.sandbox.runs == 0


@pytest.mark.parametrize(
    ("failure", "status"), [(SandboxUnavailable("gone"), 503), (SandboxDied("memory"), 404), (None, 404)]
)
async def test_where_it_cannot_be_made_it_is_said_why(failure: Exception | None, status: int) -> None:
    stage = await Stage.of(None if failure else b"PK\x03\x04, and no workbook")
    stage.sandbox = InProcess(failure)
    with pytest.raises(Problem) as refused:
        await stage.get(OLD, record(OLD, "needs_correction", left_out=1), left_out=[2])
    assert refused.value.status == status
    if status == 404:
        assert "cannot be written into a workbook of their own: " in (refused.value.detail or "")


async def test_a_file_that_is_no_longer_kept_is_said_to_be_gone() -> None:
    stage = await Stage.of()
    stage.original = f"{COMPANY}/original/none"
    with pytest.raises(Problem) as refused:
        await stage.get(OLD, record(OLD, "needs_correction", left_out=1), left_out=[2])
    assert (refused.value.status, refused.value.detail) == (404, "This file is no longer kept.")
