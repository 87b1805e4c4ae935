"""What the pages ask of the upload service they are part of: a port, so that a page is tested without a database."""

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from typing import Literal, Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.upload.read_models.batches.view import Batch, BatchPage
from services.upload.web.row_pages import RowPages
from shared.http.auth import Principal
from usher_contracts import CompanyChanged

Copy = Literal["original", "annotated"]
KEY_FIELD = "key"
"""Of an upload's form: the same key with the same file is one upload."""


class Desk(Protocol):
    """The company always comes from the principal. What it does not have is a Problem 404, what it may not do another
    Problem, with the codes of the HTTP interface."""

    @property
    def largest_file(self) -> int:
        """Bytes that an uploaded file may have."""
        ...

    async def company(self, company_id: str) -> CompanyChanged | None:
        """The tenant; None while nothing is known about it."""
        ...

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        """The batch as of now."""
        ...

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, statuses: Collection[str] = ()
    ) -> BatchPage:
        """The company's batches, newest first; with `statuses` those that have one of them."""
        ...

    async def rows(self, who: Principal, batch_id: UUID) -> RowPages | None:
        """The batch's rows; None while there are none (not validated yet, or the file could not be read), and when they
        are no longer kept."""
        ...

    async def upload(self, request: Request, who: Principal, check: Callable[[Mapping[str, str]], None]) -> Batch:
        """Take in the posted form: optional `replaces`, and `file`. `check` sees the fields before anything is kept,
        and raises where the form is not ours."""
        ...

    async def confirm(self, request: Request, who: Principal, batch_id: UUID, review: int) -> Batch:
        """Confirm the review that was seen."""
        ...

    async def cancel(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Give the batch up."""
        ...

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Check the same file again."""
        ...

    async def copy(self, who: Principal, batch_id: UUID, which: Copy) -> Response:
        """The file as sent, or with its errors marked."""
        ...

    async def template(self, who: Principal) -> Response:
        """The company's template."""
        ...

    def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        """The batch now, and again whenever its status or progress has changed."""
        ...
