"""What this service does for whoever asks over HTTP, programs and pages alike: use cases and queries, by request."""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.upload.api.downloads import Downloads, workbook
from services.upload.api.multipart import receive
from services.upload.api.problems import refusals
from services.upload.application.cancel_batch import CancelBatch
from services.upload.application.confirm_batch import ConfirmBatch
from services.upload.application.correct_batch import CorrectBatch
from services.upload.application.download_template import DownloadTemplate
from services.upload.application.known_admins import KnownAdmins
from services.upload.application.map_columns import MapColumns
from services.upload.application.note_refusals import RefusedAttempts
from services.upload.application.preview_invitation import PreviewInvitation
from services.upload.application.revalidate_batch import RevalidateBatch
from services.upload.application.tidy_batch import TidyBatch
from services.upload.application.undo_batch import UndoBatch
from services.upload.application.upload_file import UploadFile
from services.upload.domain.batch.choice import ANY_REQUEST, AS_IT_IS, Choice, SeenRequest
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.refusals import Refused
from services.upload.formats.shown_mail import ShownMail, Variant
from services.upload.read_models.batches.change_feed import BatchChanges
from services.upload.read_models.batches.query import ALL_BATCHES, BatchFilter, BatchQueries
from services.upload.read_models.batches.retention import kept_until
from services.upload.read_models.batches.view import Batch, BatchPage, Person
from services.upload.read_models.columns.view import ColumnMappings, SheetColumns
from services.upload.read_models.companies.query import CompanyQueries
from services.upload.read_models.corrections.query import CorrectedReview, CorrectionQueries
from services.upload.read_models.corrections.view import Corrections
from services.upload.read_models.rows.changed_errors import ChangedErrors
from services.upload.read_models.rows.problems import GroupBy, ProblemPage
from services.upload.read_models.rows.query import BatchRows, RowQueries
from services.upload.read_models.rows.view import RowFilter, RowPage
from services.upload.read_models.standing.query import UserStanding
from shared.eventsourcing.events import Context
from shared.http.auth import Principal
from shared.http.request_context import new_context
from shared.http.sse import Streams
from shared.object_store.store import BlobMissing
from shared.people.origins import FILE, FORM
from usher_contracts import CompanyChanged


@dataclass(frozen=True, slots=True)
class Parts:
    """The use cases and queries, built once in main.py."""

    upload: UploadFile
    confirm: ConfirmBatch
    preview: PreviewInvitation
    revalidate: RevalidateBatch
    cancel: CancelBatch
    tidy: TidyBatch
    undo: UndoBatch
    template: DownloadTemplate
    downloads: Downloads
    batches: BatchQueries
    changes: BatchChanges
    rows: RowQueries
    correct: CorrectBatch
    corrections: CorrectionQueries
    map_columns: MapColumns
    companies: CompanyQueries
    standing: UserStanding
    admins: KnownAdmins
    refusals: RefusedAttempts


class UploadService:
    """The service by request. The company is always the caller's own: what it does not have is a Problem 404, what may
    not be done another Problem, whoever asks.

    `streams` answers with server-sent events. A file has `max_file_bytes` at most and arrives within
    `max_upload_seconds`.
    """

    def __init__(self, parts: Parts, streams: Streams, max_file_bytes: int, max_upload_seconds: int) -> None:
        self._parts = parts
        self._max_upload_seconds = max_upload_seconds
        self.streams = streams
        self.max_file_bytes = max_file_bytes

    async def company(self, company_id: str) -> CompanyChanged | None:
        """The tenant; None while nothing is known about it."""
        return await self._parts.companies.find(company_id)

    async def require_plan(self, who: Principal) -> None:
        """Problem 403 `plan_required` unless the company's plan includes Usher."""
        await self._parts.companies.require_plus(who.company)

    async def note_admin(self, who: Principal) -> None:
        """The caller is an admin: one of those who can be asked for an approval."""
        await self._parts.admins.note(who)

    async def other_admins(self, who: Principal) -> Sequence[Person]:
        """The company's other admins as far as they are known."""
        return [Person(email=each.email, name=each.name) for each in await self._parts.admins.others(who)]

    async def require_standing(self, who: Principal) -> None:
        """Of an admin who was let in: Problem 403 `deactivated` where they are an Inactive user by now, `forbidden`
        where they may not any more."""
        await self._parts.standing.require_still_in(who)

    async def upload(
        self, request: Request, who: Principal, key_of: Callable[[Mapping[str, str]], str | None]
    ) -> Batch:
        """Takes in the posted form: its part `file`, and the batch that it `replaces`. `key_of` sees the fields before
        anything is kept: it raises where the form is not to be taken, and answers with the idempotency key."""
        parts = self._parts
        async with (
            parts.upload.slot(who),
            receive(request, self.max_file_bytes, self._max_upload_seconds) as form,
        ):
            key, replaces = key_of(form.fields), form.fields.get("replaces")
            async with self._trying(who, new_context(request, who, origin=FILE), replaces) as context:
                return await parts.upload(who, context, form.required_file(), replaces=replaces, key=key)

    async def confirm(
        self, request: Request, who: Principal, batch_id: UUID, choice: Choice = AS_IT_IS, key: str | None = None
    ) -> Batch:
        """Does what the review says that was seen, with what was chosen."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.confirm(who, context, batch_id, choice, key)

    async def preview_invitation(self, who: Principal, batch_id: UUID, message: str | None) -> Sequence[ShownMail]:
        """How the invitation of the batch will look, with this sentence of the admin's."""
        with refusals():
            return await self._parts.preview.show(who, batch_id, message)

    async def send_sample(
        self, who: Principal, batch_id: UUID, message: str | None, variant: Variant, key: str | None = None
    ) -> str:
        """Sends the caller a sample of it; returns their address."""
        with refusals():
            return await self._parts.preview.send_sample(who, batch_id, message, variant, key)

    async def approve(
        self,
        request: Request,
        who: Principal,
        batch_id: UUID,
        seen: SeenRequest = ANY_REQUEST,
        key: str | None = None,
    ) -> Batch:
        """Does what another admin has confirmed, of the request that was seen."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.confirm.approve(who, context, batch_id, seen, key)

    async def decline(
        self,
        request: Request,
        who: Principal,
        batch_id: UUID,
        comment: str | None = None,
        asked_at: datetime | None = None,
        key: str | None = None,
    ) -> Batch:
        """Sends what waits for an approval back to its review."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.confirm.decline(who, context, batch_id, comment, asked_at, key)

    async def tidy_away(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Leaves it out of the list."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.tidy.away(who, context, batch_id)

    async def show_again(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Has it in the list again."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.tidy.back(who, context, batch_id)

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        """Checks the same file again."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.revalidate(who, context, batch_id, key)

    async def cancel(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        """Gives the batch up."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.cancel(who, context, batch_id, key)

    async def undo(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        """The undo of a completed batch, to be reviewed."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.undo(who, context, batch_id, key)

    async def undo_of(self, who: Principal, batch_id: UUID) -> Batch | None:
        """The newest undo of the batch that was not cancelled."""
        return await self._parts.batches.undo_of(who.company, batch_id)

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        """The batch as of now."""
        return await self._parts.batches.get(who.company, batch_id)

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, among: BatchFilter = ALL_BATCHES
    ) -> BatchPage:
        """The company's batches, newest first, as far as they are among those."""
        return await self._parts.batches.page(who.company, limit, cursor, among)

    async def waiting(self, who: Principal) -> int:
        """How many batches wait for the caller."""
        return await self._parts.batches.waiting(who.company, who.email)

    async def uploaders(self, who: Principal) -> Sequence[Person]:
        """Who has uploaded batches."""
        return await self._parts.batches.uploaders(who.company)

    def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        """The batch now, and again whenever its status or progress has changed."""
        return self._parts.changes.watch(who.company, batch_id)

    def kept_until(self, batch: Batch, company: CompanyChanged | None) -> datetime:
        """Until when the files of a batch that is over are kept for sure; some days later they are gone."""
        return kept_until(batch, company)

    async def rows(self, who: Principal, batch_id: UUID) -> BatchRows | None:
        """The batch's rows; None while there are none (not validated yet, or the file could not be read), and when they
        are no longer kept: what came of the batch is still known."""
        try:
            return await self._parts.rows.book(who.company, batch_id)
        except BlobMissing:
            return None

    async def row_page(
        self,
        who: Principal,
        batch_id: UUID,
        *,
        outcome: RowFilter | None,
        code: str | None,
        q: str | None,
        limit: int,
        cursor: str | None,
    ) -> RowPage:
        """A page of the batch's rows, filtered."""
        return await self._parts.rows.page(
            who.company, batch_id, outcome=outcome, code=code, q=q, limit=limit, cursor=cursor
        )

    async def problems(
        self, who: Principal, batch_id: UUID, by: GroupBy, limit: int, cursor: str | None
    ) -> ProblemPage:
        """The errors in groups."""
        return await self._parts.rows.problems(who.company, batch_id, by, limit, cursor)

    async def changed_errors(self, who: Principal, batch: Batch) -> ChangedErrors | None:
        """What has become of the errors of the batch that this one replaced; None where that is not known."""
        if batch.replaces is None:
            return None
        return await self._parts.rows.changed_errors(who.company, batch.id, batch.replaces)

    async def corrections(self, who: Principal, batch_id: UUID) -> Corrections:
        """The draft in which the batch is corrected."""
        return await self._parts.correct.show(who, batch_id)

    async def correcting(self, who: Principal, batch_id: UUID) -> CorrectedReview:
        """The batch with its draft, and the sheet that both are about."""
        return await self._parts.corrections.review(who.company, batch_id)

    async def correct(self, request: Request, who: Principal, batch_id: UUID, wanted: Wanted) -> None:
        """Puts what is wanted into the draft."""
        with refusals():
            await self._parts.correct.change(who, _by_form(request, who), batch_id, wanted)

    async def forget_corrections(self, request: Request, who: Principal, batch_id: UUID) -> None:
        """Throws the draft away."""
        with refusals():
            await self._parts.correct.forget(who, _by_form(request, who), batch_id)

    async def apply_corrections(
        self, request: Request, who: Principal, batch_id: UUID, review: int | None = None, key: str | None = None
    ) -> Batch:
        """Makes the corrected file the next batch."""
        async with (
            self._parts.upload.slot(who),
            self._trying(who, _by_form(request, who), batch_id) as context,
        ):
            return await self._parts.correct.apply(who, context, batch_id, review, key)

    async def columns(self, who: Principal, batch_id: UUID) -> SheetColumns:
        """What the columns of the file are."""
        return await self._parts.map_columns.show(who, batch_id)

    async def choose_columns(
        self, request: Request, who: Principal, batch_id: UUID, choice: ColumnChoice, key: str | None = None
    ) -> Batch:
        """Has the file checked anew with its columns read as is said."""
        async with self._trying(who, _by_form(request, who), batch_id) as context:
            return await self._parts.map_columns.choose(who, context, batch_id, choice, key)

    async def column_mappings(self, who: Principal) -> ColumnMappings:
        """What the company remembers of columns."""
        return ColumnMappings(columns=(await self._parts.map_columns.remembered(who)).columns)

    async def replace_column_mappings(
        self, request: Request, who: Principal, columns: Mapping[str, str | None]
    ) -> ColumnMappings:
        """Remembers this and nothing else."""
        with refusals():
            state = await self._parts.map_columns.replace(who, _by_form(request, who), columns)
        return ColumnMappings(columns=state.columns)

    async def forget_column_mappings(self, request: Request, who: Principal) -> None:
        """Forgets all of it."""
        await self._parts.map_columns.forget(who, _by_form(request, who))

    async def left_out(self, who: Principal, batch_id: UUID) -> Response:
        """The rows that corrections left out."""
        return await self._parts.downloads.left_out(who.company, batch_id)

    async def has_left_out(self, who: Principal, batch_id: UUID) -> bool:
        """Whether the batch was made of corrections that left rows out, so that there is a workbook of them."""
        return (await self._parts.batches.record(who.company, batch_id))["left_out_ref"] is not None

    async def original(self, who: Principal, batch_id: UUID) -> Response:
        """The file as uploaded."""
        return await self._parts.downloads.original(who.company, batch_id)

    async def annotated(self, who: Principal, batch_id: UUID) -> Response:
        """The file with its errors marked."""
        return await self._parts.downloads.annotated(who.company, batch_id)

    async def template(self, who: Principal) -> Response:
        """The company's template."""
        made = await self._parts.template(who)
        return workbook(made.content, made.name)

    @asynccontextmanager
    async def _trying(self, who: Principal, context: Context, batch_id: UUID | str | None) -> AsyncGenerator[Context]:
        """Inside, something is tried with a batch: a refusal is kept, and answered with its problem."""
        with refusals():
            try:
                yield context
            except Refused as refused:
                if batch_id is not None:
                    await self._parts.refusals.note(who, context, batch_id, refused)
                raise


def _by_form(request: Request, who: Principal) -> Context:
    """What a command brings that an admin gives in the pages or by a call."""
    return new_context(request, who, origin=FORM)
