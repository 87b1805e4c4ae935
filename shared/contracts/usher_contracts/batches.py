"""usher.batches.v1, written by upload."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import (
    BATCH,
    COLUMNS,
    COMPANY,
    CORRECTIONS,
    EARLIER_BATCH,
    FILE,
    JONAS,
    MARTA,
    MESSAGE,
    REQUEST,
    ROWS,
    UNDO,
)
from usher_contracts.values import File, ObjectRef, Person

__all__ = [
    "BatchActionRefused",
    "BatchApprovalDeclined",
    "BatchApprovalRequested",
    "BatchApproved",
    "BatchCancelled",
    "BatchCheckedAgain",
    "BatchConfirmed",
    "BatchRevalidationRequested",
    "BatchSuperseded",
    "BatchUndoRequested",
    "BatchUploaded",
]


class _BatchEvent(Event):
    topic: ClassVar[str] = topics.BATCHES

    batch_id: Id


class BatchUploaded(_BatchEvent):
    """A workbook has arrived. Validation reads it; nothing else has happened."""

    type: ClassVar[str] = "usher.BatchUploaded.v1"

    uploaded_by: Person
    file: File
    replaces: Id | None = None
    """The batch that this reupload replaces."""
    run: int = 1
    """The number of the validation run that this asks for."""
    corrections: ObjectRef | None = None
    """What an admin corrected in the browser: validation writes it into `file`, and judges the file that this makes."""
    columns: ObjectRef | None = None
    """What admins have said of columns with such headers: validation reads the sheet by it."""


class BatchRevalidationRequested(_BatchEvent):
    """ "Check again": the same file is to be validated anew, since licenses or users have changed."""

    type: ClassVar[str] = "usher.BatchRevalidationRequested.v1"

    run: int
    requested_by: Person
    file: File
    columns: ObjectRef | None = None
    """What admins have said of the sheet's columns, by now."""


class BatchUndoRequested(_BatchEvent):
    """An admin wants to see what it comes to when a completed batch is undone: licensing answers with `UndoReviewed`.
    Nothing has happened yet. `batch_id` is the undo, a batch of its own; with a higher `run` it is reviewed anew."""

    type: ClassVar[str] = "usher.BatchUndoRequested.v1"

    requested_by: Person
    undoes: Id
    """The batch that is to be undone."""
    run: int = 1


class BatchApprovalRequested(_BatchEvent):
    """An admin has confirmed a batch that is so large that another one has to approve it, as the company wants it.
    Nothing is done and no license is held until then."""

    type: ClassVar[str] = "usher.BatchApprovalRequested.v1"

    review: int
    asked_by: Person
    until: datetime
    """When the batch goes back to review by itself."""
    invite: int
    change: int
    file_name: str | None = None
    approvers: tuple[Person, ...] = ()
    """The other admins that Usher knows of: who gets a mail. Others may approve as well."""


class BatchApproved(_BatchEvent):
    """Another admin has approved what an admin had confirmed. `BatchConfirmed` follows, by who confirmed it."""

    type: ClassVar[str] = "usher.BatchApproved.v1"

    review: int
    approved_by: Person


class BatchApprovalDeclined(_BatchEvent):
    """The batch is not approved, and back at its review: another admin has declined it, or who asked took it back; or
    nobody has decided in time: then `declined_by` is Usher itself, with an empty address."""

    type: ClassVar[str] = "usher.BatchApprovalDeclined.v1"

    review: int
    asked_by: Person
    declined_by: Person
    comment: str | None = None
    file_name: str | None = None


class BatchCheckedAgain(_BatchEvent):
    """There is room by now for a batch whose admin had asked for more licenses or seats, so it was checked again by
    itself. Nothing has happened: an admin confirms it, or corrects what is wrong beside."""

    type: ClassVar[str] = "usher.BatchCheckedAgain.v1"

    review: int
    request_id: Id
    """The request that asked for them."""
    status: Annotated[Literal["ready_for_review", "needs_correction"], Field(title="CheckedStatus")]
    invite: int
    change: int
    error: int
    """Rows that need a correction."""
    file_name: str | None = None
    admins: tuple[Person, ...] = ()
    """Who asked, and who uploaded it: who gets a mail."""


class BatchConfirmed(_BatchEvent):
    """An admin has confirmed what review number `review` showed. Licensing decides now."""

    type: ClassVar[str] = "usher.BatchConfirmed.v1"

    review: int
    confirmed_by: Person
    rows: ObjectRef
    file_name: str | None = None
    """The file's name as uploaded, for mails about the batch."""
    message: str | None = None
    """The admin's own sentence, which stands in the invitations: plain text of 200 characters at most."""
    reminders: bool | None = None
    """Whether who does not answer is reminded; None: as the company's settings have it."""
    undoes: Id | None = None
    """Of an undo: the batch that it undoes. Each line of `rows` is an `UndoRow` then."""


class BatchCancelled(_BatchEvent):
    """An admin has given the batch up before confirming it; or nobody has confirmed it for as long as its company keeps
    files: then `cancelled_by` is Usher itself, with an empty address."""

    type: ClassVar[str] = "usher.BatchCancelled.v1"

    cancelled_by: Person


class BatchActionRefused(_BatchEvent):
    """An admin wanted to do something with a batch, and was refused. Nothing has happened: it is told for who keeps
    what was tried. A thousand of a company and day are told at most."""

    type: ClassVar[str] = "usher.BatchActionRefused.v1"

    action: str
    """What they wanted: confirm, approve, decline, revalidate, choose_columns, cancel, replace, undo or tidy."""
    code: str
    """The code of the error that they were answered."""
    message: str
    """What was said to them."""
    refused_to: Person


class BatchSuperseded(_BatchEvent):
    """A reupload has replaced the batch."""

    type: ClassVar[str] = "usher.BatchSuperseded.v1"

    superseded_by: Id
    """The batch that replaced it."""


EXAMPLES: tuple[Event, ...] = (
    BatchUploaded(
        company_id=COMPANY,
        batch_id=BATCH,
        uploaded_by=MARTA,
        file=FILE,
        replaces=EARLIER_BATCH,
        corrections=CORRECTIONS,
        columns=COLUMNS,
    ),
    BatchRevalidationRequested(
        company_id=COMPANY, batch_id=BATCH, run=2, requested_by=MARTA, file=FILE, columns=COLUMNS
    ),
    BatchUndoRequested(company_id=COMPANY, batch_id=UNDO, requested_by=MARTA, undoes=BATCH),
    BatchApprovalRequested(
        company_id=COMPANY,
        batch_id=BATCH,
        review=2,
        asked_by=MARTA,
        until=datetime(2026, 12, 7, 9, 30, tzinfo=UTC),
        invite=600,
        change=12,
        file_name="autumn-changes.xlsx",
        approvers=(JONAS,),
    ),
    BatchApproved(company_id=COMPANY, batch_id=BATCH, review=2, approved_by=JONAS),
    BatchApprovalDeclined(
        company_id=COMPANY,
        batch_id=BATCH,
        review=2,
        asked_by=MARTA,
        declined_by=JONAS,
        comment="The team in Lyon joins in January.",
        file_name="autumn-changes.xlsx",
    ),
    BatchCheckedAgain(
        company_id=COMPANY,
        batch_id=BATCH,
        review=2,
        request_id=REQUEST,
        status="ready_for_review",
        invite=3,
        change=8,
        error=0,
        file_name="autumn-changes.xlsx",
        admins=(MARTA,),
    ),
    BatchConfirmed(
        company_id=COMPANY,
        batch_id=BATCH,
        review=2,
        confirmed_by=MARTA,
        rows=ROWS,
        file_name="autumn-changes.xlsx",
        message=MESSAGE,
        reminders=True,
    ),
    BatchCancelled(company_id=COMPANY, batch_id=BATCH, cancelled_by=MARTA),
    BatchActionRefused(
        company_id=COMPANY,
        batch_id=BATCH,
        action="approve",
        code="own_batch",
        message="You asked for this approval yourself. Another admin of your company has to approve it.",
        refused_to=MARTA,
    ),
    BatchSuperseded(company_id=COMPANY, batch_id=EARLIER_BATCH, superseded_by=BATCH),
)
"""One of each: an event without one is not in the catalogue."""
