"""The port through which the pages see the upload service that they are part of, and the shapes that it answers with.

No other module here knows anything of the service; a page is tested against a fake without a database.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from services.upload.domain.batch.approval import APPROVAL_DAYS
from services.upload.domain.batch.choice import Choice, SeenRequest
from services.upload.domain.batch.invitation_message import MAX_LENGTH
from services.upload.domain.column_mappings.commands import ColumnChoice
from services.upload.domain.corrections.commands import Wanted
from services.upload.domain.corrections.events import ALL, CellCorrection, Replacement
from services.upload.domain.corrections.state import Draft
from services.upload.domain.corrections.value_check import ValueCheck
from services.upload.domain.refusals import MESSAGE_CODES, CorrectionCode
from services.upload.formats.shown_mail import ShownMail, Variant
from services.upload.read_models.batches.query import ALL_BATCHES, BatchFilter
from services.upload.read_models.batches.view import (
    Batch,
    BatchPage,
    Counts,
    FileFinding,
    MethodologySeats,
    Person,
    Progress,
)
from services.upload.read_models.columns.view import SheetColumn, SheetColumns
from services.upload.read_models.companies.query import approval_thresholds
from services.upload.read_models.corrections.query import CorrectedReview, wrong_with
from services.upload.read_models.rows.changed_errors import ChangedErrors, Fate, WrongCell
from services.upload.read_models.rows.problems import Group
from services.upload.read_models.rows.query import BatchRows
from services.upload.read_models.rows.reviewed_sheet import ReviewedSheet
from services.upload.read_models.rows.view import Row
from shared.http.auth import Principal
from usher_contracts import CompanyChanged

__all__ = [
    "ALL",
    "ALL_BATCHES",
    "APPROVAL_DAYS",
    "MAX_LENGTH",
    "MESSAGE_CODES",
    "Batch",
    "BatchFilter",
    "BatchPage",
    "BatchRows",
    "CellCorrection",
    "ChangedErrors",
    "Choice",
    "ColumnChoice",
    "CompanyChanged",
    "CorrectedReview",
    "CorrectionCode",
    "Counts",
    "Draft",
    "Fate",
    "FileFinding",
    "Group",
    "MethodologySeats",
    "Person",
    "Progress",
    "Replacement",
    "ReviewedSheet",
    "Row",
    "SeenRequest",
    "SheetColumn",
    "SheetColumns",
    "ShownMail",
    "UploadPort",
    "ValueCheck",
    "Variant",
    "Wanted",
    "WrongCell",
    "approval_thresholds",
    "wrong_with",
]


class UploadPort(Protocol):
    """What the pages ask of the service. The company always comes from the principal. What it does not have is a
    Problem 404, what it may not do another Problem, with the codes of the HTTP interface."""

    @property
    def max_file_bytes(self) -> int:
        """Bytes that an uploaded file may have."""
        ...

    async def company(self, company_id: str) -> CompanyChanged | None:
        """The tenant; None while nothing is known about it."""
        ...

    async def require_plan(self, who: Principal) -> None:
        """Problem 403 `plan_required` unless the company's plan includes Usher."""
        ...

    async def batch(self, who: Principal, batch_id: UUID) -> Batch:
        """The batch as of now."""
        ...

    async def batches(
        self, who: Principal, cursor: str | None, limit: int, among: BatchFilter = ALL_BATCHES
    ) -> BatchPage:
        """The company's batches, newest first, as far as they are among those."""
        ...

    async def waiting(self, who: Principal) -> int:
        """How many batches wait for the reader: what they uploaded and have to correct or confirm, and what others ask
        them to approve."""
        ...

    async def uploaders(self, who: Principal) -> Sequence[Person]:
        """Who has uploaded batches."""
        ...

    async def tidy_away(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Leave a batch that is over, or needs a correction, out of the list."""
        ...

    async def show_again(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Have it in the list again."""
        ...

    async def rows(self, who: Principal, batch_id: UUID) -> BatchRows | None:
        """The batch's rows; None while there are none (not validated yet, or the file could not be read), and when they
        are no longer kept."""
        ...

    async def upload(
        self, request: Request, who: Principal, key_of: Callable[[Mapping[str, str]], str | None]
    ) -> Batch:
        """Take in the posted form: optional `replaces`, and `file`. `key_of` sees the fields before anything is kept:
        it raises where the form is not ours, and answers with the key by which repetitions are one upload."""
        ...

    async def confirm(self, request: Request, who: Principal, batch_id: UUID, choice: Choice) -> Batch:
        """Confirm the review that was seen, with what was chosen."""
        ...

    async def preview_invitation(self, who: Principal, batch_id: UUID, message: str | None) -> Sequence[ShownMail]:
        """How the batch's invitation will look, with this sentence of the admin's."""
        ...

    async def send_sample(
        self, who: Principal, batch_id: UUID, message: str | None, variant: Variant, key: str | None = None
    ) -> str:
        """Send the caller a sample of it; their address."""
        ...

    async def approve(self, request: Request, who: Principal, batch_id: UUID, seen: SeenRequest) -> Batch:
        """Do what another admin has confirmed, of the request that was seen."""
        ...

    async def decline(
        self, request: Request, who: Principal, batch_id: UUID, comment: str | None, asked_at: datetime
    ) -> Batch:
        """Send what waits for an approval back to its review, where that is the request that was seen."""
        ...

    async def note_admin(self, who: Principal) -> None:
        """An admin has come: one of those who can be asked for an approval."""
        ...

    async def other_admins(self, who: Principal) -> Sequence[Person]:
        """The company's other admins as far as they are known: who would be asked."""
        ...

    async def undo(self, request: Request, who: Principal, batch_id: UUID, key: str | None = None) -> Batch:
        """Make the undo of a completed batch, to be reviewed."""
        ...

    async def undo_of(self, who: Principal, batch_id: UUID) -> Batch | None:
        """The newest undo of the batch that was not cancelled."""
        ...

    async def cancel(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Give the batch up."""
        ...

    async def revalidate(self, request: Request, who: Principal, batch_id: UUID) -> Batch:
        """Check the same file again."""
        ...

    async def changed_errors(self, who: Principal, batch: Batch) -> ChangedErrors | None:
        """What has become of the errors of the batch that this one replaced; None where that is not known."""
        ...

    async def columns(self, who: Principal, batch_id: UUID) -> SheetColumns:
        """What the columns of the file are."""
        ...

    async def choose_columns(self, request: Request, who: Principal, batch_id: UUID, choice: ColumnChoice) -> Batch:
        """Has the file checked anew with its columns read as is said."""
        ...

    async def correcting(self, who: Principal, batch_id: UUID) -> CorrectedReview:
        """The batch with its draft of corrections, and the sheet that both are about."""
        ...

    async def correct(self, request: Request, who: Principal, batch_id: UUID, wanted: Wanted) -> None:
        """Changes the draft."""
        ...

    async def forget_corrections(self, request: Request, who: Principal, batch_id: UUID) -> None:
        """Throws the draft away."""
        ...

    async def apply_corrections(
        self, request: Request, who: Principal, batch_id: UUID, review: int | None = None, key: str | None = None
    ) -> Batch:
        """Makes the corrected file the next batch."""
        ...

    async def left_out(self, who: Principal, batch_id: UUID) -> Response:
        """The rows that corrections left out."""
        ...

    async def has_left_out(self, who: Principal, batch_id: UUID) -> bool:
        """Whether the batch was made of corrections that left rows out, so that there is a workbook of them."""
        ...

    def kept_until(self, batch: Batch, company: CompanyChanged | None) -> datetime:
        """Until when the files of a batch that is over are kept for sure."""
        ...

    async def original(self, who: Principal, batch_id: UUID) -> Response:
        """The file as sent."""
        ...

    async def annotated(self, who: Principal, batch_id: UUID) -> Response:
        """The file with its errors marked."""
        ...

    async def template(self, who: Principal) -> Response:
        """The company's template."""
        ...

    def watch(self, who: Principal, batch_id: UUID) -> AsyncGenerator[Batch]:
        """The batch now, and again whenever its status or progress has changed."""
        ...
