"""Rules of a batch: what each command comes to in each phase.

What an admin asks for and cannot have is `Refused`: it is answered, and recorded nowhere. What other services tell is
recorded once, in the phase where it means something; at another time it was told before, or is out of date.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from services.upload.domain.batch.events import (
    BatchCancelled,
    BatchCompleted,
    BatchConfirmed,
    BatchLapsed,
    BatchProcessed,
    BatchRejected,
    BatchSuperseded,
    BatchUploaded,
    BatchValidated,
    Event,
    LicensesRefused,
    NoticeWithdrawn,
    Person,
    RevalidationRequested,
    ReviewWentStale,
    Verdict,
    VerdictHeld,
)
from services.upload.domain.batch.state import (
    Batch,
    Cancelled,
    Completed,
    NeedsCorrection,
    NotUploaded,
    Processing,
    ReadyForReview,
    Superseded,
    Validating,
    evolve,
)
from shared.eventsourcing.decider import Decider


class Refused(Exception):
    """The command cannot be done in this phase. `code` is stable, `message` says what is the case and what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True, slots=True)
class UploadBatch:
    """Take a file in as a new batch."""

    upload: BatchUploaded


@dataclass(frozen=True, slots=True)
class RecordVerdict:
    """Validation has judged the file."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class ConfirmBatch:
    """Do what the review says. `review` is the one that was seen; None takes whichever is the present one."""

    confirmed_by: Person
    review: int | None = None


@dataclass(frozen=True, slots=True)
class RevalidateBatch:
    """Check the same file again, after licenses were bought or a user reactivated."""

    requested_by: Person


@dataclass(frozen=True, slots=True)
class CancelBatch:
    """Give the batch up."""

    cancelled_by: Person


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
    """Licensing did not accept the confirmed batch; `available` of `requested` licenses were left."""

    reason: Literal["licenses_exceeded", "stale_review"]
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class RecordProcessed:
    """Licensing has done the batch."""

    processed: BatchProcessed


@dataclass(frozen=True, slots=True)
class RecordCompleted:
    """Notification has sent, or given up, every invitation."""

    completed: BatchCompleted


Command: TypeAlias = (
    UploadBatch
    | RecordVerdict
    | ConfirmBatch
    | RevalidateBatch
    | CancelBatch
    | LapseBatch
    | SupersedeBatch
    | SendBack
    | RecordProcessed
    | RecordCompleted
)


def decide(command: Command, state: Batch) -> list[Event]:  # noqa: C901  (a case a command: flat, not complex)
    """What `command` comes to in `state`; nothing where it was done before. Raises Refused."""
    match command:
        case UploadBatch():
            return [command.upload] if isinstance(state, NotUploaded) else []
        case RecordVerdict():
            return _record_verdict(command.verdict, state)
        case ConfirmBatch():
            return _confirm(command, state)
        case RevalidateBatch():
            return _revalidate(command, state)
        case CancelBatch():
            return _cancel(command, state)
        case LapseBatch():
            open_yet = isinstance(state, Validating | NeedsCorrection | ReadyForReview)
            return [BatchLapsed(command.days)] if open_yet else []
        case SupersedeBatch():
            return _supersede(command, state)
        case SendBack():
            return _send_back(command, state)
        case RecordProcessed():
            return [command.processed] if isinstance(state, Processing) and not state.processed else []
        case RecordCompleted():
            return [command.completed] if isinstance(state, Processing) else []


def _record_verdict(verdict: Verdict, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview():
            if verdict.review <= state.review:
                return []
            told = state.notice and state.notice.seen
            return [verdict, NoticeWithdrawn()] if told and _says_the_same(verdict, told) else [verdict]
        case Processing():
            last = state.held.review if state.held else state.review
            return [VerdictHeld(verdict)] if verdict.review > last and not state.processed else []
        case NotUploaded() | Completed() | Cancelled() | Superseded():
            return []


def _says_the_same(verdict: Verdict, other: Verdict) -> bool:
    """Whether an admin sees nothing in one that the other did not show: the same rows, counts and errors."""
    match verdict, other:
        case (BatchValidated(), BatchValidated()) | (BatchRejected(), BatchRejected()):
            return _shown(verdict) == _shown(other)
        case _:
            return False


def _shown(verdict: Verdict) -> tuple[object, ...]:
    errors = verdict.file_errors if isinstance(verdict, BatchRejected) else ()
    return verdict.counts, verdict.rows, errors


def _confirm(command: ConfirmBatch, state: Batch) -> list[Event]:
    match state:
        case ReadyForReview():
            if command.review not in (None, state.review):
                raise Refused("review_changed", _REVIEW_CHANGED)
            return [BatchConfirmed(state.review, command.confirmed_by, state.rows, state.upload.file.name)]
        case Processing() | Completed():
            return []
        case Validating():
            raise Refused("not_ready", "The file is still being checked. Wait for the review, then confirm it.")
        case NeedsCorrection():
            raise Refused("not_ready", "The file has errors. Correct them and reupload it, then confirm that one.")
        case Cancelled():
            raise Refused("not_ready", "This batch was cancelled, and nothing of it is done. Upload the file again.")
        case Superseded():
            raise Refused("not_ready", "A reupload has replaced this batch. Review and confirm that one.")
        case NotUploaded():
            raise Refused("not_ready", "There is no file to confirm yet. Upload it first.")


def _revalidate(command: RevalidateBatch, state: Batch) -> list[Event]:
    match state:
        case NeedsCorrection() | ReadyForReview():
            return [RevalidationRequested(state.run + 1, command.requested_by, state.upload.file)]
        case Validating():
            return []
        case Processing() | Completed():
            raise Refused("already_confirmed", "This batch is confirmed: there is nothing to check again.")
        case Cancelled():
            raise Refused("cancelled", "This batch was cancelled. Upload the file again to have it checked.")
        case Superseded():
            raise Refused("superseded", "A reupload has replaced this batch. Check that one again.")
        case NotUploaded():
            raise Refused("not_ready", "There is no file to check yet. Upload it first.")


def _cancel(command: CancelBatch, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview():
            return [BatchCancelled(command.cancelled_by)]
        case Cancelled():
            return []
        case Processing() | Completed():
            raise Refused(
                "already_confirmed",
                "This batch is confirmed and can no longer be cancelled. Invitations can be cancelled in My Team.",
            )
        case Superseded():
            raise Refused("superseded", "A reupload has replaced this batch. Cancel that one.")
        case NotUploaded():
            raise Refused("not_ready", "There is no batch to cancel yet.")


def _supersede(command: SupersedeBatch, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview():
            return [BatchSuperseded(command.superseded_by)]
        case Superseded(by=by) if by == command.superseded_by:
            return []
        case Superseded():
            raise Refused(
                "superseded", "Another reupload has replaced this batch already. Reupload in place of that one."
            )
        case Processing() | Completed():
            raise Refused(
                "already_confirmed", "The batch to be replaced is confirmed. Upload this file as a new batch."
            )
        case Cancelled():
            raise Refused("cancelled", "The batch to be replaced was cancelled. Upload this file as a new batch.")
        case NotUploaded():
            raise Refused("not_ready", "There is no batch to replace. Upload this file as a new batch.")


def _send_back(command: SendBack, state: Batch) -> list[Event]:
    if not isinstance(state, Processing) or state.processed:
        return []
    back = (
        ReviewWentStale() if command.reason == "stale_review" else LicensesRefused(command.requested, command.available)
    )
    return [back, state.held] if state.held else [back]


_REVIEW_CHANGED = "The review has changed since you saw it. Look at the present one, then confirm."

BATCH: Decider[Command, Batch, Event] = Decider(NotUploaded(), decide, evolve)
