"""The drafts of a company's batches, read from their streams: they are as long as somebody has corrected."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.upload.domain.batch.events import File
from services.upload.domain.corrections.events import CorrectionsEvent
from services.upload.domain.corrections.state import Draft, Place, Suggestion, fold
from services.upload.domain.corrections.value_check import AboutRow, ValueCheck
from services.upload.domain.stored_events import Event, corrections_stream
from services.upload.read_models.batches.query import BatchQueries, view
from services.upload.read_models.batches.view import Batch, Person
from services.upload.read_models.companies.query import CompanyQueries, company_settings
from services.upload.read_models.corrections.view import CorrectedCell, Corrections, ReplacedValue
from services.upload.read_models.rows.query import RowQueries
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row, RowFinding
from shared.eventsourcing.event_store import EventStore
from shared.object_store.store import BlobMissing
from shared.people.model import CompanySettings, Finding


@dataclass(frozen=True, slots=True)
class LoadedDraft:
    """A draft, the version of its stream, and when it was changed last."""

    draft: Draft
    version: int
    at: datetime | None


MAX_CELLS = 10_000
"""Cells of a draft beside what is replaced, and likewise values that are: as many as somebody corrects one by one, and
a few milliseconds to read."""
_NEW = LoadedDraft(Draft(), 0, None)
_KNOWN = 8
"""Drafts that are remembered: one may have thousands of events, and each look at a page needs it."""


@dataclass(frozen=True, slots=True)
class CorrectedReview:
    """A batch, its draft and the sheet that both are about; None where there is none to correct (not validated, not
    readable, no longer kept, or reviewed by a release that knew no corrections)."""

    batch: Batch
    file: File
    draft: LoadedDraft
    sheet: ReviewedSheet | None
    check: ValueCheck
    mapping_ref: str | None = None
    """Where it is kept what was said of the sheet's columns."""


class CorrectionQueries:
    """Reads drafts; another company's batches don't exist: Problem 404."""

    def __init__(
        self, store: EventStore[Event], batches: BatchQueries, rows: RowQueries, companies: CompanyQueries
    ) -> None:
        self._store = store
        self._batches = batches
        self._rows = rows
        self._companies = companies
        self._known = OrderedDict[UUID, LoadedDraft]()

    async def review(self, company_id: str, batch_id: UUID) -> CorrectedReview:
        """The batch with its draft and its sheet, as of now."""
        record = await self._batches.record(company_id, batch_id)
        batch = view(record)
        file = File(record["file_name"], record["file_size"], record["sha256"], record["original_ref"])
        company = await self._companies.find(company_id)
        settings = company_settings(company) if company else CompanySettings("")
        draft, sheet = await self.load(batch_id), await self._sheet(company_id, batch_id)
        return CorrectedReview(batch, file, draft, sheet, ValueCheck(settings), record["mapping_ref"])

    async def load(self, batch_id: UUID) -> LoadedDraft:
        """The draft of a batch that is the company's own. Of one that was read lately only what is new is read."""
        stream, known = corrections_stream(str(batch_id)), self._known.get(batch_id, _NEW)
        history = (await self._store.run(lambda tx: tx.load(stream, known.version))).result
        if not history:
            return known
        draft = fold((each.event for each in history if isinstance(each.event, CorrectionsEvent)), known.draft)
        loaded = LoadedDraft(draft, history[-1].version, history[-1].context.at)
        self._known[batch_id] = loaded
        self._known.move_to_end(batch_id)
        while len(self._known) > _KNOWN:
            self._known.popitem(last=False)
        return loaded

    async def show(self, review: CorrectedReview) -> Corrections:
        """The draft as it is shown, each cell with what is wrong with it."""
        draft, sheet = review.draft.draft, review.sheet
        rows = await sheet.rows(row for row, _ in draft.cells) if sheet and draft.cells else {}
        found = await sheet.found(list(draft.replacements)) if sheet and draft.replacements else {}
        suggestions = await sheet.problems.suggestions() if sheet and draft.accepted else []
        single, repeated = _as_cells(draft, suggestions)
        return Corrections(
            review=review.batch.review,
            cells=[
                CorrectedCell(
                    row=row, column=column, value=value, errors=wrong_with(review.check, column, value, rows.get(row))
                )
                for (row, column), value in sorted({**draft.cells, **single}.items())
            ],
            replacements=[
                ReplacedValue(column=column, old=old, to=new, rows=len(found.get((column, old), ())))
                for (column, old), new in draft.replacements.items()
            ]
            + [ReplacedValue(column=each.column, old=each.value, to=each.new, rows=rows) for each, rows in repeated],
            left_out=sorted(draft.left_out),
            by=Person(email=draft.by.email, name=draft.by.name) if draft.by else None,
            at=review.draft.at,
        )

    async def _sheet(self, company_id: str, batch_id: UUID) -> ReviewedSheet | None:
        try:
            book = await self._rows.book(company_id, batch_id)
            return await ReviewedSheet.of(book) if book else None
        except BlobMissing:
            return None


def _as_cells(
    draft: Draft, suggestions: Iterable[Suggestion]
) -> tuple[Mapping[Place, str], Sequence[tuple[Suggestion, int]]]:
    """The suggestions that are taken: where a value is wrong once as a cell, where often as a replacement, with how
    many rows it has; where those were too many cells, all as replacements."""
    taken = [(each, rows) for each, rows in draft.taken(suggestions)]
    single = {(rows[0], each.column): each.new for each, rows in taken if len(each.rows) == 1}
    if len(single) + len(draft.cells) > MAX_CELLS:
        single = dict[Place, str]()
    return single, [(each, len(rows)) for each, rows in taken if (each.rows[0], each.column) not in single]


def wrong_with(check: ValueCheck, column: str, value: str, row: Row | None) -> list[RowFinding]:
    """What is wrong with a corrected value in that row."""
    return [_finding(each) for each in check.errors(column, value, about(row))]


def about(row: Row | None) -> AboutRow:
    """Whom a row is about, as far as its review says. In one of an earlier release an error alone says whether a wrong
    row is somebody's."""
    if row is None:
        return AboutRow("")
    known = row.user_id or row.outcome in ("change", "unchanged") or any(e.code == "user_inactive" for e in row.errors)
    return AboutRow(row.email, new=not known)


def _finding(found: Finding) -> RowFinding:
    return RowFinding(
        code=found.code, column=found.column, message=found.message, value=found.value, suggestion=found.suggestion
    )
