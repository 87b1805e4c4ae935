"""Upload itself, as its pages see it, in memory."""

import zlib
from array import array
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.upload.domain.batch.choice import Choice, SeenRequest
from services.upload.domain.batch.events import File, Person
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import CorrectionsChanged
from services.upload.domain.corrections.state import Draft, evolve, ranges_of
from services.upload.domain.corrections.value_check import ValueCheck
from services.upload.formats.shown_mail import ShownMail, Variant
from services.upload.read_models.batches.query import ALL_BATCHES, BatchFilter
from services.upload.read_models.batches.retention import kept_until
from services.upload.read_models.batches.view import Batch, BatchPage
from services.upload.read_models.batches.view import Person as Admin
from services.upload.read_models.columns.view import SheetColumns
from services.upload.read_models.companies.query import PLAN, company_settings, plan_required
from services.upload.read_models.corrections.query import CorrectedReview, LoadedDraft
from services.upload.read_models.rows.changed_errors import ChangedErrors, changed_errors
from services.upload.read_models.rows.query import BatchRows
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row
from shared.http.auth import Principal
from shared.http.problems import not_found
from shared.object_store.row_blocks import BlockReader, BlockWriter
from shared.object_store.store import Blobs
from tests.unit.upload.web import northwind
from usher_contracts import CompanyChanged


async def book(rows: Sequence[Row], batch: Batch = northwind.COMPLETED) -> BatchRows:
    """Rows as validation stores them."""
    writer = BlockWriter()
    for row in rows:
        labels = [row.outcome, *(["warning"] if row.warnings else [])]
        labels += sorted({f"code:{finding.code}" for finding in (*row.errors, *row.warnings)})
        labels += sorted({f"column:{error.column}" for error in row.errors})
        presumes = {"user_id": str(row.user_id)} if row.user_id else None
        hidden = {"user_id"} if batch.kind == "file" else set[str]()
        said = row.model_dump(mode="json", by_alias=True, exclude=hidden, exclude_unset=True)
        stored = {**said, "presumes": presumes} if batch.kind == "file" else said
        writer.add(orjson.dumps(stored), labels)
    blobs = Blobs("memory:///")
    numbers = zlib.compress(array("I", [row.row for row in rows]).tobytes())
    meta: dict[str, Any] = {"sheet": "Team", "place": {}, "fields": {}} if batch.kind == "file" else {"kind": "undo"}
    data = writer.finish(meta, {"numbers": numbers, "problems": _problems(rows)})
    ref = await blobs.put("company", "rows", data)
    applied = batch.status == "completed" or batch.progress.invited > 0
    return BatchRows(await BlockReader.open(blobs, ref.ref), batch.id, applied)


def _problems(rows: Sequence[Row]) -> bytes:
    """The errors in groups, as validation stores them."""
    groups, found, columns = BlockWriter(), dict[tuple[Any, ...], list[int]](), Counter[str | None]()
    for row in rows:
        for error in row.errors:
            key = (error.column, error.code, error.value, error.suggestion, error.message)
            found.setdefault(key, []).append(row.row)
        columns.update({error.column for error in row.errors})
    for key, numbers in sorted(found.items(), key=lambda group: -len(group[1])):
        record = dict(zip(("column", "code", "value", "suggestion", "message"), key, strict=True))
        groups.add(orjson.dumps({**record, "rows": numbers}), ())
    suggested = sum(len(numbers) for key, numbers in found.items() if key[3])
    sums = [[name, count, 1] for name, count in columns.most_common()]
    return groups.finish({"columns": sums, "codes": [], "suggested": suggested})


@dataclass
class FakeUploads:
    """One company with the batches it is given; remembers what it was told to do."""

    found: dict[UUID, Batch] = field(default_factory=dict[UUID, Batch])
    lines: Sequence[Row] = northwind.GOOD_ROWS
    before: Sequence[Row] = ()
    """The rows of the batch that was replaced."""
    rows_kept: bool = True
    correctable: bool = True
    sheet_columns: SheetColumns = field(default_factory=lambda: SheetColumns(sheet=None, header_row=None))
    draft: Draft = field(default_factory=Draft)
    leaves_out: set[UUID] = field(default_factory=set[UUID])
    told: list[tuple[str, Any]] = field(default_factory=list[tuple[str, Any]])
    refusal: Exception | None = None
    admins: Sequence[Admin] = ()
    seen: set[str] = field(default_factory=set[str])
    max_file_bytes: int = 35 * 1024 * 1024
    settings: CompanyChanged = northwind.COMPANY

    def requires(self, own: str) -> None:
        """The company's own field of that name is required from now on."""
        fields = [each.model_copy(update={"required": each.name == own}) for each in self.settings.custom_fields]
        self.settings = self.settings.model_copy(update={"custom_fields": tuple(fields)})

    async def company(self, company_id: str) -> CompanyChanged | None:
        return self.settings if company_id == northwind.COMPANY_ID else None

    async def require_plan(self, who: Principal) -> None:
        company = await self.company(who.company)
        if company is None or company.plan != PLAN:
            raise plan_required()

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        if batch_id not in self.found:
            raise not_found()
        return self.found[batch_id]

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, among: BatchFilter = ALL_BATCHES
    ) -> BatchPage:
        items = [batch for batch in self.found.values() if self._among(batch, among)]
        return BatchPage(items=items, next_cursor=None)

    def _among(self, batch: Batch, among: BatchFilter) -> bool:
        return (
            (not among.statuses or batch.status in among.statuses)
            and among.uploaded_by in (None, batch.uploaded_by.email)
            and (among.since is None or batch.uploaded_at >= among.since)
            and (among.before is None or batch.uploaded_at < among.before)
            and among.tidied in (None, batch.tidied)
            and (among.waits_for is None or self._waits_for(batch, among.waits_for))
        )

    def _waits_for(self, batch: Batch, email: str) -> bool:
        if batch.status == "awaiting_approval":
            return batch.approval is not None and batch.approval.asked_by.email != email
        return batch.status in ("needs_correction", "ready_for_review") and batch.uploaded_by.email == email

    async def waiting(self, who: Principal) -> int:
        return sum(self._waits_for(batch, who.email) for batch in self.found.values() if not batch.tidied)

    async def uploaders(self, who: Principal) -> Sequence[Admin]:
        return list({batch.uploaded_by.email: batch.uploaded_by for batch in self.found.values()}.values())

    async def tidy_away(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("tidy-away", batch_id, self.found[batch_id].model_copy(update={"tidied": True}))

    async def show_again(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("show-again", batch_id, self.found[batch_id].model_copy(update={"tidied": False}))

    async def rows(self, who: Principal, batch_id: UUID) -> BatchRows | None:
        batch = self.found[batch_id]
        return await book(self.lines, batch) if batch.counts.rows and self.rows_kept else None

    async def upload(
        self, request: Request, who: Principal, key_of: Callable[[Mapping[str, str]], str | None]
    ) -> Batch:
        form = await request.form()
        fields = {name: value for name, value in form.items() if isinstance(value, str)}
        key_of(fields)
        return self._do("upload", fields.get("replaces"), northwind.VALIDATING)

    async def confirm(self, request: Request, who: Principal, batch_id: UUID, choice: Choice) -> Batch:
        return self._do("confirm", choice, northwind.PROCESSING)

    async def preview_invitation(self, who: Principal, batch_id: UUID, message: str | None) -> Sequence[ShownMail]:
        if self.refusal:
            raise self.refusal
        self.told.append(("preview", message))
        html = f"<p style='color:red'>{escape(message or 'no sentence')}</p>"
        kinds: tuple[Variant, ...] = ("new_user", "individual_plan")
        return [
            ShownMail(variant=each, language="en", subject="Marta invites you", text="", html=f"{each}{html}")
            for each in kinds
        ]

    async def send_sample(
        self, who: Principal, batch_id: UUID, message: str | None, variant: Variant, key: str | None = None
    ) -> str:
        if self.refusal:
            raise self.refusal
        self.told.append(("sample", (message, variant, key)))
        return who.email

    async def undo(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        return self._do("undo", batch_id, northwind.UNDO_ASKED)

    async def undo_of(self, who: Principal, batch_id: UUID) -> Batch | None:
        return next((each for each in self.found.values() if each.undoes == batch_id), None)

    async def approve(self, request: Request, who: Principal, batch_id: UUID, seen: SeenRequest) -> Batch:
        return self._do("approve", (seen.review, seen.asked_at), northwind.PROCESSING)

    async def decline(
        self, request: Request, who: Principal, batch_id: UUID, comment: str | None, asked_at: datetime
    ) -> Batch:
        return self._do("decline", (comment, asked_at), northwind.batch("ready_for_review"))

    async def note_admin(self, who: Principal) -> None:
        self.seen.add(who.email)

    async def other_admins(self, who: Principal) -> Sequence[Admin]:
        return [each for each in self.admins if each.email != who.email]

    async def cancel(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("cancel", batch_id, northwind.CANCELLED)

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        return self._do("revalidate", batch_id, northwind.VALIDATING)

    async def changed_errors(self, who: Principal, batch: Batch) -> ChangedErrors | None:
        if batch.replaces is None or not self.rows_kept:
            return None
        before, now = await ReviewedSheet.of(await book(self.before)), await ReviewedSheet.of(await book(self.lines))
        return await changed_errors(before and before.problems, now and now.problems)

    async def columns(self, who: Principal, batch_id: UUID) -> SheetColumns:
        await self.batch(who, batch_id)
        return self.sheet_columns

    async def choose_columns(self, request: Request, who: Principal, batch_id: UUID, choice: ColumnChoice) -> Batch:
        return self._do("columns", choice, northwind.VALIDATING)

    async def correcting(self, who: Principal, batch_id: UUID) -> CorrectedReview:
        batch = await self.batch(who, batch_id)
        found = await self.rows(who, batch_id)
        sheet = await ReviewedSheet.of(found) if found and self.correctable else None
        settings = company_settings(self.settings)
        file = File(batch.file_name, 1, "", "")
        draft = LoadedDraft(self.draft, 1, northwind.NOW)
        return CorrectedReview(batch, file, draft, sheet, ValueCheck(settings))

    async def correct(self, request: Request, who: Principal, batch_id: UUID, wanted: Wanted) -> None:
        batch = self._do("correct", wanted, self.found[batch_id])
        out = (self.draft.left_out | wanted.leave_out_also) - wanted.take_back
        by = Person("ada", "ada@northwind.example", "Ada Admin")
        changed = CorrectionsChanged(1, by, 0, 0, wanted.cells, wanted.replacements, ranges_of(out))
        self.draft = evolve(self.draft, changed)
        count = {"corrections": len(self.draft.cells) + len(self.draft.replacements), "left_out": len(out)}
        self.found[batch_id] = batch.model_copy(update=count)

    async def forget_corrections(self, request: Request, who: Principal, batch_id: UUID) -> None:
        self._do("forget", batch_id, self.found[batch_id])

    async def apply_corrections(
        self, request: Request, who: Principal, batch_id: UUID, review: int | None = None, key: str | None = None
    ) -> Batch:
        return self._do("apply", review, northwind.VALIDATING)

    async def has_left_out(self, who: Principal, batch_id: UUID) -> bool:
        return batch_id in self.leaves_out

    async def left_out(self, who: Principal, batch_id: UUID) -> Response:
        return Response("left out")

    def kept_until(self, batch: Batch, company: CompanyChanged | None) -> datetime:
        return kept_until(batch, company)

    async def original(self, who: Principal, batch_id: UUID) -> Response:
        return Response("original")

    async def annotated(self, who: Principal, batch_id: UUID) -> Response:
        return Response("annotated")

    async def template(self, who: Principal) -> Response:
        return Response("template")

    async def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        yield self.found[batch_id]

    def _do(self, what: str, about: object, after: Batch) -> Batch:
        if self.refusal:
            raise self.refusal
        self.told.append((what, about))
        self.found[after.id] = after
        return after
