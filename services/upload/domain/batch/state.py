"""The phases of a batch: where it stands after what is recorded of it."""

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from services.upload.domain.batch.events import (
    ApprovalLapsed,
    BatchApprovalDeclined,
    BatchApprovalRequested,
    BatchApproved,
    BatchCancelled,
    BatchCompleted,
    BatchConfirmed,
    BatchLapsed,
    BatchProcessed,
    BatchRejected,
    BatchShownAgain,
    BatchSuperseded,
    BatchTidiedAway,
    BatchUndoRequested,
    BatchUploaded,
    BatchValidated,
    Event,
    File,
    FilesErased,
    LicensesRefused,
    NoticeWithdrawn,
    RevalidationRequested,
    ReviewWentStale,
    UndoReviewed,
    Verdict,
    VerdictHeld,
)


@dataclass(frozen=True, slots=True)
class NotUploaded:
    """Nothing is known of this batch."""


@dataclass(frozen=True, slots=True)
class Notice:
    """An admin is told that the confirmed review went stale; ``seen`` is the last result since."""

    seen: Verdict | None = None


Upload: TypeAlias = BatchUploaded | BatchUndoRequested
"""What a batch begins with."""


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """What every phase knows: the upload, the number of the present run of validation, and of its last result."""

    upload: Upload
    run: int
    review: int
    notice: Notice | None = field(default=None, kw_only=True)
    tidied: bool = field(default=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Validating(_Uploaded):
    """A verdict is awaited."""


@dataclass(frozen=True, slots=True)
class NeedsCorrection(_Uploaded):
    """A batch with errors: to be corrected and reuploaded, or checked again."""


@dataclass(frozen=True, slots=True)
class ReadyForReview(_Uploaded):
    """No errors: an admin may confirm what `verdict` says."""

    verdict: BatchValidated | UndoReviewed


@dataclass(frozen=True, slots=True)
class AwaitingApproval(_Uploaded):
    """Confirmed, and another admin has to approve it: `asked` says what happens then. Otherwise it is `ready` again."""

    asked: BatchApprovalRequested
    ready: ReadyForReview


@dataclass(frozen=True, slots=True)
class Processing(_Uploaded):
    """Confirmed. `processed` once the licenses are reserved: then nothing sends it back any more."""

    processed: bool = False
    held: Verdict | None = None


@dataclass(frozen=True, slots=True)
class Completed(_Uploaded):
    """All done."""


@dataclass(frozen=True, slots=True)
class Cancelled(_Uploaded):
    """Given up before it was confirmed, or not confirmed in time."""


@dataclass(frozen=True, slots=True)
class Superseded(_Uploaded):
    """A reupload took its place."""

    by: str


UploadedBatch: TypeAlias = (
    Validating | NeedsCorrection | ReadyForReview | AwaitingApproval | Processing | Completed | Cancelled | Superseded
)
Batch: TypeAlias = NotUploaded | UploadedBatch


def evolve(state: Batch, event: Event) -> Batch:  # noqa: C901  (a line an event: flat, not complex)
    """The batch after `event`. Whatever was recorded is accepted: history is not judged again."""
    if isinstance(event, BatchUploaded | BatchUndoRequested):
        return Validating(event, run=1, review=0)
    if isinstance(state, NotUploaded):
        return state
    upload, run, review, notice = state.upload, state.run, state.review, state.notice
    match event:
        case BatchValidated():
            upload = _with(event.file, upload)
            return ReadyForReview(upload, run, event.review, event, notice=notice and Notice(event))
        case UndoReviewed():
            return ReadyForReview(upload, run, event.review, event, notice=notice and Notice(event))
        case BatchRejected():
            upload = _with(event.file, upload)
            return NeedsCorrection(upload, run, event.review, notice=notice and Notice(event))
        case RevalidationRequested():
            if event.columns and isinstance(upload, BatchUploaded):
                upload = replace(upload, columns=event.columns)
            return Validating(upload, event.run, review, notice=notice)
        case ReviewWentStale():
            return Validating(upload, run + 1, review, notice=Notice())
        case NoticeWithdrawn():
            return replace(state, notice=None)
        case LicensesRefused():
            return NeedsCorrection(upload, run, review)
        case BatchApprovalRequested():
            ready = isinstance(state, ReadyForReview)
            return AwaitingApproval(upload, run, review, event, replace(state, notice=None)) if ready else state
        case BatchApprovalDeclined() | ApprovalLapsed():
            return state.ready if isinstance(state, AwaitingApproval) else state
        case BatchApproved():
            return state
        case BatchConfirmed():
            return Processing(upload, run, event.review)
        case VerdictHeld():
            return replace(state, held=event.verdict) if isinstance(state, Processing) else state
        case BatchProcessed():
            return replace(state, processed=True) if isinstance(state, Processing) else state
        case BatchCompleted():
            return Completed(upload, run, review)
        case BatchCancelled() | BatchLapsed():
            return Cancelled(upload, run, review, tidied=state.tidied)
        case BatchSuperseded():
            return Superseded(upload, run, review, event.superseded_by, tidied=state.tidied)
        case FilesErased():
            return state
        case BatchTidiedAway() | BatchShownAgain():
            return replace(state, tidied=isinstance(event, BatchTidiedAway))


def _with(corrected: File | None, upload: Upload) -> Upload:
    """The upload with the file that its corrections made."""
    if corrected is None or isinstance(upload, BatchUndoRequested):
        return upload
    return replace(upload, file=corrected, corrections=None)
