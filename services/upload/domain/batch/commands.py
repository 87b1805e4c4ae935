"""The batch's commands: what admins ask for, and what other services' results mean for it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from services.upload.domain.batch.approval import ApprovalTerms
from services.upload.domain.batch.events import (
    BatchCompleted,
    BatchProcessed,
    BatchUndoRequested,
    BatchUploaded,
    FilesErased,
    MethodologyShortage,
    ObjectRef,
    Person,
    Verdict,
)
from services.upload.domain.batch.state import Batch


@dataclass(frozen=True, slots=True)
class UploadBatch:
    """Take a file in as a new batch."""

    upload: BatchUploaded


@dataclass(frozen=True, slots=True)
class UndoBatch:
    """Take in the undo of `original` as a new batch. `undone`: another undo of it was confirmed already."""

    request: BatchUndoRequested
    original: Batch
    undone: bool


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """Validation has judged the file."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ConfirmBatch:
    """Do what the review says. `review` is the one that was seen; None takes whichever is the present one.

    `message`: the admin's own sentence for the invitations. `reminders`: whether who does not answer is reminded; None
    leaves that to the company's settings. `approval`: how the company wants it approved; None where one admin is enough
    for anything.
    """

    confirmed_by: Person
    review: int | None = None
    message: str | None = None
    reminders: bool | None = None
    approval: ApprovalTerms | None = None


@dataclass(frozen=True, slots=True)
class ApproveBatch:
    """Do what another admin has confirmed, of the review that was seen, and of the request of that time: the same
    review may be asked for again, with another message. None takes whichever is the present one.

    `deactivated`: the address of an Inactive user, whose request is carried out for nobody.
    """

    approved_by: Person
    review: int | None = None
    asked_at: datetime | None = None
    deactivated: str | None = None


@dataclass(frozen=True, slots=True)
class DeclineBatch:
    """Send what waits for an approval back to its review. `asked_at` as above."""

    declined_by: Person
    comment: str | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class LapseApproval:
    """Time has passed: it is `at` now."""

    at: datetime


@dataclass(frozen=True, slots=True)
class RevalidateBatch:
    """Check the same file again, after licenses were bought or a user reactivated."""

    requested_by: Person


@dataclass(frozen=True, slots=True)
class ChooseColumns:
    """Check the same file again, with its columns read as `columns` says. `review` is the one that was seen; None takes
    whichever is the present one."""

    chosen_by: Person
    columns: ObjectRef
    review: int | None = None


@dataclass(frozen=True, slots=True)
class CancelBatch:
    """Give the batch up."""

    cancelled_by: Person


@dataclass(frozen=True, slots=True)
class TidyBatchAway:
    """Leave it out of the list."""

    tidied_by: Person


@dataclass(frozen=True, slots=True)
class ShowBatchAgain:
    """Have it in the list again."""

    shown_by: Person


@dataclass(frozen=True, slots=True)
class LapseBatch:
    """The company keeps files for `days`, and these are over."""

    days: int


@dataclass(frozen=True, slots=True)
class SupersedeBatch:
    """A reupload, batch `superseded_by`, takes this one's place."""

    superseded_by: str


@dataclass(frozen=True, slots=True)
class SendBack:
    """Licensing did not accept the confirmed batch; `available` of `requested` licenses were left, and too few seats of
    these methodologies."""

    reason: Literal["licenses_exceeded", "stale_review"]
    requested: int
    available: int
    methodologies: tuple[MethodologyShortage, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordProcessed:
    """Licensing has done the batch."""

    processed: BatchProcessed


@dataclass(frozen=True, slots=True)
class RecordCompleted:
    """Notification has sent, or given up, every invitation."""

    completed: BatchCompleted


@dataclass(frozen=True, slots=True)
class TellFilesErased:
    """Somebody was forgotten in the batch's files."""

    erased: FilesErased


Command: TypeAlias = (
    UploadBatch
    | UndoBatch
    | RecordVerdict
    | ConfirmBatch
    | ApproveBatch
    | DeclineBatch
    | LapseApproval
    | RevalidateBatch
    | ChooseColumns
    | CancelBatch
    | TidyBatchAway
    | ShowBatchAgain
    | LapseBatch
    | SupersedeBatch
    | SendBack
    | RecordProcessed
    | RecordCompleted
    | TellFilesErased
)
