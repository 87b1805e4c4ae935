"""The desk as the upload service really is."""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.upload.api.downloads import Files
from services.upload.api.multipart import receive
from services.upload.application.command_bus import Actions
from services.upload.application.company_template import Templates
from services.upload.application.upload_file import Intake
from services.upload.read_models.batches.change_feed import Changes
from services.upload.read_models.batches.query import BatchQueries
from services.upload.read_models.batches.view import Batch, BatchPage
from services.upload.read_models.companies.query import Companies
from services.upload.read_models.rows.query import RowQueries
from services.upload.settings import UploadSettings
from services.upload.web.ports import KEY_FIELD, Copy
from services.upload.web.row_pages import RowPages
from shared.http.auth import Principal
from shared.http.request_context import new_context
from shared.object_store.store import BlobMissing
from usher_contracts import CompanyChanged


class UploadDesk:
    """See Desk: each call is one of the service's own, with the context that the request brings."""

    def __init__(
        self,
        *,
        intake: Intake,
        actions: Actions,
        batches: BatchQueries,
        changes: Changes,
        companies: Companies,
        files: Files,
        templates: Templates,
        rows: RowQueries,
        settings: UploadSettings,
    ) -> None:
        self._intake = intake
        self._actions = actions
        self._batches = batches
        self._changes = changes
        self._companies = companies
        self._files = files
        self._templates = templates
        self._rows = rows
        self._settings = settings

    @property
    def largest_file(self) -> int:
        """See Desk."""
        return self._settings.upload_bytes

    async def company(self, company_id: str) -> CompanyChanged | None:
        """See Desk."""
        return await self._companies.find(company_id)

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        """See Desk."""
        return await self._batches.get(who.company, batch_id)

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, statuses: Collection[str] = ()
    ) -> BatchPage:
        """See Desk."""
        return await self._batches.page(who.company, limit, cursor, statuses)

    async def rows(self, who: Principal, batch_id: UUID) -> RowPages | None:
        """See Desk."""
        try:
            book = await self._rows.book(who.company, batch_id)
        except BlobMissing:
            # What came of the batch is still known.
            return None
        return RowPages(book) if book else None

    async def upload(self, request: Request, who: Principal, check: Callable[[Mapping[str, str]], None]) -> Batch:
        """See Desk."""
        async with self._intake.slot(who), receive(request, self._settings) as form:
            check(form.fields)
            return await self._intake.accept(
                who, new_context(request, who), form.required_file(),
                replaces=form.fields.get("replaces"), key=form.fields.get(KEY_FIELD) or None,
            )  # fmt: skip

    async def confirm(self, request: Request, who: Principal, batch_id: UUID, review: int) -> Batch:
        """See Desk."""
        return await self._actions.confirm(who, new_context(request, who), batch_id, review)

    async def cancel(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """See Desk."""
        return await self._actions.cancel(who, new_context(request, who), batch_id)

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """See Desk."""
        return await self._actions.revalidate(who, new_context(request, who), batch_id)

    async def copy(self, who: Principal, batch_id: UUID, which: Copy) -> Response:
        """See Desk."""
        answer = self._files.original if which == "original" else self._files.annotated
        return await answer(who.company, batch_id)

    async def template(self, who: Principal) -> Response:
        """See Desk."""
        return await self._templates.workbook(who)

    def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        """See Desk."""
        return self._changes.watch(who.company, batch_id)
