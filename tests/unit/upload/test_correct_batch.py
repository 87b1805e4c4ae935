"""Changing a draft of corrections: what is accepted, what is found, and what becomes of it where others are quicker."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from uuid import UUID

import pytest

from services.upload.application import correct_batch
from services.upload.application.correct_batch import CorrectBatch
from services.upload.domain.batch.events import File
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.decide import CORRECTIONS
from services.upload.domain.corrections.events import (
    ALL,
    CellCorrection,
    CorrectionsChanged,
    CorrectionsEvent,
    Replacement,
)
from services.upload.domain.corrections.state import Draft
from services.upload.domain.corrections.value_check import ValueCheck
from services.upload.domain.refusals import BatchStatus, CorrectionRefused
from services.upload.domain.stored_events import TYPES, Event
from services.upload.read_models.companies.query import company_settings
from services.upload.read_models.corrections import query as drafts_shown
from services.upload.read_models.corrections.query import MAX_CELLS, CorrectedReview, CorrectionQueries, LoadedDraft
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row, RowFinding
from shared.eventsourcing import event_store
from shared.eventsourcing.event_store import Committed, EventStore, Recorded, Transaction, VersionConflict
from shared.eventsourcing.events import Context
from shared.eventsourcing.unit_of_work import Append
from shared.http.auth import Principal
from shared.http.problems import Problem
from tests.unit.upload.web import northwind
from tests.unit.upload.web.fake_uploads import book
from usher_contracts import RowValues

pytestmark = pytest.mark.anyio

T = TypeVar("T")
ID = UUID(int=7)
ADA = Principal("ada", "ada@northwind.example", "Ada Admin", northwind.COMPANY_ID, frozenset(), frozenset(), "")
CONTEXT = Context("request", None, "", northwind.COMPANY_ID, datetime(2026, 11, 2, tzinfo=UTC))


def row(number: int, region: str, suggestion: str | None = None) -> Row:
    error = RowFinding(code="region_unknown", column="Region", message="No.", value=region, suggestion=suggestion)
    values = RowValues(region=region, custom_fields={"Badge": f"B{number}"})
    return Row(user_id=None, row=number, outcome="error", email=f"u{number}@x.example", values=values, errors=[error])


def fine(number: int, region: str, **custom: str) -> Row:
    values = RowValues(region=region, reports_to="bo@x.example")
    if custom:
        values = values.model_copy(update={"custom_fields": custom})
    return Row(user_id=None, row=number, outcome="invite", email=f"u{number}@x.example", values=values)


ONCE, TWICE = row(2, "EMAE", "EMEA"), [row(3, "APCA", "APAC"), row(4, "APCA", "APAC")]


@dataclass
class Drafts(CorrectionQueries, EventStore[Event]):
    """One batch with its draft, and the store that keeps it. `others` are quicker so many times."""

    sheet: ReviewedSheet | None
    status: BatchStatus = "needs_correction"
    verdict: BatchStatus = "needs_correction"
    review_since: int = 1
    others: int = 0
    events: list[CorrectionsEvent] = field(default_factory=list[CorrectionsEvent])
    tried: int = 0
    looked: int = 0

    async def review(self, company_id: str, batch_id: UUID) -> CorrectedReview:
        self.looked += 1
        batch = northwind.WRONG.model_copy(update={"id": ID, "status": self.status})
        loaded = LoadedDraft(self.draft, len(self.events), None)
        check = ValueCheck(company_settings(northwind.COMPANY))
        return CorrectedReview(batch, File("a.xlsx", 1, "", ""), loaded, self.sheet, check)

    @property
    def draft(self) -> Draft:
        return CORRECTIONS.fold(self.events)

    async def _once(self, work: Callable[[Transaction[Event]], Awaitable[T]]) -> Committed[T]:
        return Committed(await work(Attempt(self)), None)


class Attempt(Transaction[Event]):
    """Finds the batch as the verdict has left it, and conflicts where somebody is quicker."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self.conn: Any = self

    async def fetchrow(self, query: str, *args: object) -> Any:
        changed = {"id": ID, "status": self._drafts.verdict, "review": self._drafts.review_since}
        batch = northwind.WRONG.model_copy(update=changed)
        json = dict.fromkeys(("counts", "seats", "processed"), None)
        person = '{"email": "ada@northwind.example", "name": "Ada Admin"}'
        nothing = dict.fromkeys(
            (
                "refused",
                "completed",
                "sent",
                "failed",
                "bounced",
                "notice",
                "annotated_ref",
                "confirmed_by",
                "approval_asked_by",
            )
        )
        lists = dict.fromkeys(("file_errors", "upload_warnings", "warnings"), "[]")
        return {**batch.model_dump(), **json, **nothing, **lists, "uploaded_by": person}

    async def lock(self, name: str, *, shared: bool = False) -> None: ...

    async def append_all(self, appends: Sequence[Append[Event]]) -> Sequence[Recorded[Event]]:
        self._drafts.tried += 1
        if self._drafts.others:
            self._drafts.others -= 1
            raise VersionConflict("corrections")
        for append in appends:
            assert append.expected_version == len(self._drafts.events)
            self._drafts.events += cast(Sequence[CorrectionsEvent], append.events)
        return []


async def drafts(*rows: Row, **known: Any) -> Drafts:
    return Drafts(await ReviewedSheet.of(await book(rows)), **known)


def correcting(kept: Drafts, max_cells: int = MAX_CELLS) -> CorrectBatch:
    nobody: Any = None
    return CorrectBatch(kept, nobody, kept, nobody, nobody, max_cells)


async def corrected(kept: Drafts) -> dict[str, dict[int, str]]:
    """What would be written into the file."""
    assert kept.sheet is not None
    draft = kept.draft
    return draft.corrected(await kept.sheet.found(list(draft.replacements)), await kept.sheet.problems.suggestions())


def changes(kept: Drafts) -> list[CorrectionsChanged]:
    return [event for event in kept.events if isinstance(event, CorrectionsChanged)]


async def change(kept: Drafts, wanted: Wanted, max_cells: int = MAX_CELLS) -> None:
    await correcting(kept, max_cells).change(ADA, CONTEXT, ID, wanted)


ACCEPT = Wanted(accept=ALL)
CELL = Wanted(cells=(CellCorrection(2, "Region", "EMEA"),))


async def shown(kept: Drafts) -> tuple[dict[tuple[int, str], str], dict[Any, tuple[str, int]]]:
    """The cells and the replacements that the draft is shown with."""
    draft = await CorrectionQueries.show(kept, await kept.review("", ID))
    cells = {(each.row, each.column): each.value for each in draft.cells}
    return cells, {(each.column, each.old): (each.to, each.rows) for each in draft.replacements}


async def test_suggestions_are_cells_where_wrong_once_and_replacements_where_often() -> None:
    kept = await drafts(ONCE, *TWICE)
    await change(kept, ACCEPT)
    assert await shown(kept) == ({(2, "Region"): "EMEA"}, {("Region", "APCA"): ("APAC", 2)})
    assert await corrected(kept) == {"Region": {2: "EMEA", 3: "APAC", 4: "APAC"}}
    assert (changes(kept)[-1].changed_cells, kept.draft.still_wrong) == (3, 0)


async def test_suggestions_accepted_twice_change_nothing_more() -> None:
    kept = await drafts(ONCE, *TWICE)
    await change(kept, ACCEPT)
    before = list(kept.events)
    await change(kept, ACCEPT)
    assert kept.events == before


async def test_what_was_corrected_otherwise_keeps_its_value_when_suggestions_are_accepted() -> None:
    kept = await drafts(ONCE, *TWICE)
    own = Wanted(cells=(CellCorrection(2, "Region", "APAC"), CellCorrection(4, "Region", "EMEA")))
    await change(kept, own)
    await change(kept, ACCEPT)
    assert await corrected(kept) == {"Region": {2: "APAC", 3: "APAC", 4: "EMEA"}}
    await change(kept, Wanted(replacements=(Replacement("Region", "APCA", "LATAM"),)))
    assert await corrected(kept) == {"Region": {2: "APAC", 3: "LATAM", 4: "EMEA"}}


async def test_a_suggestion_that_was_accepted_is_taken_back_and_accepted_again() -> None:
    kept = await drafts(ONCE, *TWICE)
    await change(kept, ACCEPT)
    await change(kept, Wanted(cells=(CellCorrection(3, "Region", None),)))
    assert await corrected(kept) == {"Region": {2: "EMEA", 4: "APAC"}}
    assert (changes(kept)[-1].changed_cells, kept.draft.still_wrong) == (2, 1)
    await change(kept, Wanted(replacements=(Replacement("Region", "APCA", None),)))
    assert await corrected(kept) == {"Region": {2: "EMEA"}}
    await change(kept, ACCEPT)
    assert await corrected(kept) == {"Region": {2: "EMEA", 3: "APAC", 4: "APAC"}}


async def test_the_suggestions_of_one_code_are_accepted() -> None:
    kept = await drafts(ONCE)
    await change(kept, Wanted(accept="functional_area_unknown"))
    assert kept.events == []
    await change(kept, Wanted(accept="region_unknown"))
    assert await corrected(kept) == {"Region": {2: "EMEA"}}


async def test_any_number_of_suggestions_is_accepted_by_one_short_event() -> None:
    kept = await drafts(*(row(n, f"EMEA{n}", "EMEA") for n in range(2, 40)))
    await change(kept, CELL)
    await change(kept, ACCEPT, max_cells=2)
    assert len((await corrected(kept))["Region"]) == 38
    assert (changes(kept)[-1].changed_cells, changes(kept)[-1].replacements) == (38, ())
    assert len(TYPES.dump(kept.events[-1])[1]) < 500


async def test_more_suggestions_than_cells_go_are_shown_as_replacements(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts_shown, "MAX_CELLS", 2)
    kept = await drafts(ONCE, row(5, "LATM", "LATAM"), row(6, "DAHC", "DACH"))
    await change(kept, CELL)
    await change(kept, ACCEPT)
    assert await shown(kept) == (
        {(2, "Region"): "EMEA"},
        {("Region", "LATM"): ("LATAM", 1), ("Region", "DAHC"): ("DACH", 1)},
    )


async def test_a_change_counts_the_rows_that_stay_and_are_wrong_still() -> None:
    kept = await drafts(ONCE, *TWICE, fine(5, "EMEA"))
    for wanted, wrong in (
        (Wanted(leave_out_also=frozenset({3, 5})), 2),
        (Wanted(cells=(CellCorrection(2, "Region", "Nordics"),)), 1),
        (Wanted(cells=(CellCorrection(4, "Region", "Mars"),)), 1),
        (Wanted(leave_out_errors=True), 0),
        (Wanted(take_back=frozenset({3})), 1),
        (Wanted(left_out=frozenset()), 2),
    ):
        await change(kept, wanted)
        assert kept.draft.still_wrong == wrong, wanted


@pytest.mark.parametrize("number", [-1, 0, 1, 2**62])
@pytest.mark.parametrize("what", ["cells", "left_out", "leave_out_also"])
async def test_a_row_that_there_is_not_is_refused_before_anything_is_made_of_it(number: int, what: str) -> None:
    kept = await drafts(ONCE)
    rows = frozenset({number})
    wanted = {
        "cells": Wanted(cells=(CellCorrection(number, "Region", "EMEA"),)),
        "left_out": Wanted(left_out=rows),
        "leave_out_also": Wanted(leave_out_also=rows),
    }
    with pytest.raises(CorrectionRefused) as refused:
        await change(kept, wanted[what])
    assert (refused.value.code, refused.value.row) == ("unknown_row", number)


async def test_leaving_out_many_rows_costs_as_much_as_what_changes() -> None:
    kept = await drafts(*(row(n, "EMAE") for n in range(2, 6000, 2)))
    await change(kept, Wanted(leave_out_errors=True))
    assert len(kept.draft.left_out) == 2999
    await change(kept, Wanted(take_back=frozenset({4000})))
    await change(kept, Wanted(cells=(CellCorrection(4000, "Region", "EMEA"),)))
    assert [len(TYPES.dump(event)[1]) < 600 for event in kept.events] == [True] * 3


@pytest.mark.parametrize("verdict", ["needs_correction", "ready_for_review"])
async def test_a_verdict_that_comes_while_looking_lets_nothing_be_corrected_without_a_sheet(
    verdict: BatchStatus,
) -> None:
    kept = Drafts(None, "validating", verdict)
    with pytest.raises(CorrectionRefused) as refused:
        await change(kept, Wanted(replacements=(Replacement("Region", "UK", "EMEA"),)))
    assert (refused.value.code, refused.value.status) == ("not_correctable", "validating")
    assert kept.tried == 0


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the pauses between the attempts of a transaction."""
    monkeypatch.setattr(event_store, "_BACKOFF", replace(event_store._BACKOFF, first=0.0, cap=0.0))  # pyright: ignore[reportPrivateUsage]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("others", [1, 7])
async def test_where_another_admin_was_quicker_the_draft_is_read_anew_at_once(others: int) -> None:
    kept = await drafts(ONCE, others=others)
    await change(kept, CELL)
    assert kept.draft.cells == {(2, "Region"): "EMEA"}
    assert kept.tried == others + 1
    assert kept.looked == others + 1


@pytest.mark.usefixtures("impatient")
async def test_where_others_are_always_quicker_it_is_to_be_tried_again_later() -> None:
    kept = await drafts(ONCE, others=1_000)
    with pytest.raises(Problem) as refused:
        await change(kept, CELL)
    assert (refused.value.status, refused.value.code) == (503, "unavailable")
    assert refused.value.headers["Retry-After"]
    assert kept.tried == 8


async def test_all_values_that_are_fine_are_found_in_one_pass() -> None:
    rows = [fine(2, "EMEA", Badge="1"), fine(3, "APAC", Badge="EMEA"), fine(4, "EMEA"), row(5, "UK"), fine(6, "UK")]
    sheet = await ReviewedSheet.of(await book(rows))
    assert sheet is not None
    reads = Reads(sheet)
    values = [("Region", value) for value in ("EMEA", "APAC", "Mars", None, "UK")]
    others = [("Badge", "EMEA"), ("Badge", "1"), ("Email", "u3@x.example"), ("Reports To", "bo@x.example")]
    assert {key: list(numbers) for key, numbers in (await reads.sheet.found([*values, *others])).items()} == {
        ("Region", "EMEA"): [2, 4],
        ("Region", "APAC"): [3],
        ("Region", "Mars"): [],
        ("Region", None): [],
        ("Region", "UK"): [5],
        ("Badge", "EMEA"): [3],
        ("Badge", "1"): [2],
        ("Email", "u3@x.example"): [3],
        ("Reports To", "bo@x.example"): [2, 3, 4, 6],
    }
    assert reads.made == 2, "the groups, and the rows"


class Reads:
    """The sheet, and how often the object store was asked for something of it."""

    def __init__(self, sheet: ReviewedSheet) -> None:
        self.made = 0
        blobs, asked = sheet.book.reader.blobs, sheet.book.reader.blobs.ranges

        async def ranges(ref: str, starts: Sequence[int], ends: Sequence[int]) -> list[bytes]:
            self.made += 1
            return await asked(ref, starts, ends)

        blobs.ranges = ranges
        self.sheet = sheet


class Allowed:
    """Keeps what is put, and lets everybody do everything."""

    async def put(self, company_id: str, kind: str, data: bytes) -> Any:
        return SimpleNamespace(ref=kind, sha256="")

    async def require_plus(self, company_id: str, *, fresh: bool) -> None: ...

    async def is_out(self, who: Principal) -> bool:
        return False

    async def require_still_in(self, who: Principal) -> None: ...


def nothing_written(*_: object) -> dict[str, object]:
    return {}


async def test_what_was_read_before_the_review_changed_is_not_done_of_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(correct_batch, "written", nothing_written)
    kept, everything = await drafts(*TWICE), cast(Any, Allowed())
    await change(kept, Wanted(left_out=frozenset({3})))
    kept.review_since = 2
    correct = CorrectBatch(kept, everything, kept, everything, everything)
    other = Wanted(left_out=frozenset({4}))
    for call in (lambda: correct.apply(ADA, CONTEXT, ID), lambda: correct.change(ADA, CONTEXT, ID, other)):
        with pytest.raises(CorrectionRefused) as refused:
            await call()
        assert refused.value.code == "review_changed"
    assert len(kept.events) == 1
