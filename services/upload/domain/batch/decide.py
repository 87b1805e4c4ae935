"""The batch's decider: what each command comes to in each state.

What an admin asks for and cannot have is `Refused`: it is answered, and recorded nowhere. What other services tell is
recorded once, in the state where it means something; at another time it was told before, or is out of date.
"""

from datetime import datetime, timedelta
from typing import Literal

from services.upload.domain.batch.approval import APPROVAL_DAYS, same_person
from services.upload.domain.batch.commands import (
    ApproveBatch,
    CancelBatch,
    ChooseColumns,
    Command,
    ConfirmBatch,
    DeclineBatch,
    LapseApproval,
    LapseBatch,
    RecordCompleted,
    RecordProcessed,
    RecordVerdict,
    RevalidateBatch,
    SendBack,
    ShowBatchAgain,
    SupersedeBatch,
    TellFilesErased,
    TidyBatchAway,
    UndoBatch,
    UploadBatch,
)
from services.upload.domain.batch.events import (
    ApprovalLapsed,
    BatchApprovalDeclined,
    BatchApprovalRequested,
    BatchApproved,
    BatchCancelled,
    BatchConfirmed,
    BatchLapsed,
    BatchRejected,
    BatchShownAgain,
    BatchSuperseded,
    BatchTidiedAway,
    BatchUndoRequested,
    BatchUploaded,
    BatchValidated,
    Event,
    LicensesRefused,
    NoticeWithdrawn,
    ObjectRef,
    Person,
    RevalidationRequested,
    ReviewWentStale,
    UndoCounts,
    UndoReviewed,
    Verdict,
    VerdictHeld,
)
from services.upload.domain.batch.state import (
    AwaitingApproval,
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
from services.upload.domain.refusals import Refused
from shared.eventsourcing.decider import Decider
from shared.people.address import compare_form


def decide(command: Command, state: Batch) -> list[Event]:  # noqa: C901  (a case a command: flat, not complex)
    """What `command` comes to in `state`; nothing where it was done before. Raises Refused."""
    match command:
        case UploadBatch():
            return [command.upload] if isinstance(state, NotUploaded) else []
        case UndoBatch():
            return _undo(command, state)
        case RecordVerdict():
            return _record_verdict(command.verdict, state)
        case ConfirmBatch():
            return _confirm(command, state)
        case ApproveBatch():
            return _approve(command, state)
        case DeclineBatch():
            return _decline(command, state)
        case LapseApproval():
            return _lapse_approval(command, state)
        case RevalidateBatch():
            return _revalidate(command.requested_by, state)
        case ChooseColumns():
            return _choose_columns(command, state)
        case CancelBatch():
            return _cancel(command, state)
        case TidyBatchAway():
            return _tidy_away(command, state)
        case ShowBatchAgain():
            tidied = not isinstance(state, NotUploaded) and state.tidied
            return [BatchShownAgain(command.shown_by)] if tidied else []
        case LapseBatch():
            return _lapse(command, state)
        case SupersedeBatch():
            return _supersede(command, state)
        case SendBack():
            return _send_back(command, state)
        case RecordProcessed():
            return [command.processed] if isinstance(state, Processing) and not state.processed else []
        case RecordCompleted():
            return [command.completed] if isinstance(state, Processing) else []
        case TellFilesErased():
            return _tell_files_erased(command, state)


def _undo(command: UndoBatch, state: Batch) -> list[Event]:
    if not isinstance(state, NotUploaded):
        return []
    match command.original:
        case Completed(upload=BatchUndoRequested()):
            raise Refused("not_undoable", "undo", "undo")
        case Completed() if command.undone:
            raise Refused("not_undoable", "undo", "undone")
        case Completed():
            return [command.request]
        case _:
            raise Refused("not_undoable", "undo", "not_completed")


def _record_verdict(verdict: Verdict, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview():
            if verdict.review <= state.review:
                return []
            told = state.notice and state.notice.seen
            return [verdict, NoticeWithdrawn()] if told and _says_the_same(verdict, told) else [verdict]
        case AwaitingApproval():
            return [_lapsed(state, "review_changed"), verdict] if verdict.review > state.review else []
        case Processing():
            last = state.held.review if state.held else state.review
            return [VerdictHeld(verdict)] if verdict.review > last and not state.processed else []
        case NotUploaded() | Completed() | Cancelled() | Superseded():
            return []


def _says_the_same(verdict: Verdict, other: Verdict) -> bool:
    """Whether an admin sees nothing in one that the other did not show: the same rows, counts and errors."""
    match verdict, other:
        case (
            (BatchValidated(), BatchValidated()) | (BatchRejected(), BatchRejected()) | (UndoReviewed(), UndoReviewed())
        ):
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
                raise Refused("review_changed", "confirm", "ready_for_review")
            return _confirmed(command, state)
        case AwaitingApproval() | Processing() | Completed():
            return []
        case Validating():
            raise Refused("not_ready", "confirm", "validating")
        case NeedsCorrection():
            raise Refused("not_ready", "confirm", "needs_correction")
        case Cancelled():
            raise Refused("not_ready", "confirm", "cancelled")
        case Superseded():
            raise Refused("not_ready", "confirm", "superseded")
        case NotUploaded():
            raise Refused("not_ready", "confirm", "not_uploaded")


def _confirmed(command: ConfirmBatch, state: ReadyForReview) -> list[Event]:
    match state.upload:
        case BatchUndoRequested() as undo:
            name, undoes = undo.file_name, undo.undoes
        case upload:
            name, undoes = upload.file.name, None
    verdict, terms, by = state.verdict, command.approval, command.confirmed_by
    confirmed = BatchConfirmed(state.review, by, verdict.rows, name, command.message, command.reminders, undoes)
    match verdict.counts:
        case UndoCounts(cancel=cancel, restore=restore):
            invite, change = 0, cancel + restore
        case counts:
            invite, change = counts.invite, counts.change
    if terms and terms.thresholds.exceeded_by(invite + change, verdict.seats.occupied):
        return [BatchApprovalRequested(confirmed, invite, change, terms.until, terms.approvers, terms.asked_at)]
    return [confirmed]


def _approve(command: ApproveBatch, state: Batch) -> list[Event]:
    match state:
        case AwaitingApproval():
            confirmation = state.asked.confirmation
            if same_person(command.approved_by, confirmation.confirmed_by):
                raise Refused("own_batch", "approve", "awaiting_approval")
            if command.review not in (None, state.review) or command.asked_at not in (None, _asked_at(state)):
                raise Refused("review_changed", "approve", "awaiting_approval")
            if command.deactivated and compare_form(command.deactivated) == compare_form(
                confirmation.confirmed_by.email
            ):
                return [_lapsed(state, "asker_deactivated")]
            return [BatchApproved(state.review, command.approved_by), confirmation]
        case Processing() | Completed():
            return []
        case Validating() | NeedsCorrection() | ReadyForReview():
            raise Refused("not_ready", "approve", "not_awaiting_approval")
        case Cancelled():
            raise Refused("not_ready", "approve", "cancelled")
        case Superseded():
            raise Refused("not_ready", "approve", "superseded")
        case NotUploaded():
            raise Refused("not_ready", "approve", "not_uploaded")


def _decline(command: DeclineBatch, state: Batch) -> list[Event]:
    match state:
        case AwaitingApproval():
            if command.asked_at not in (None, _asked_at(state)):
                raise Refused("review_changed", "decline", "awaiting_approval")
            asked = state.asked.confirmation
            by, said = command.declined_by, command.comment
            return [BatchApprovalDeclined(state.review, asked.confirmed_by, by, said, asked.file_name)]
        case Processing() | Completed():
            raise Refused("already_confirmed", "decline", "confirmed")
        case Validating() | NeedsCorrection() | ReadyForReview():
            raise Refused("not_ready", "decline", "not_awaiting_approval")
        case Cancelled():
            raise Refused("not_ready", "decline", "cancelled")
        case Superseded():
            raise Refused("not_ready", "decline", "superseded")
        case NotUploaded():
            raise Refused("not_ready", "decline", "not_uploaded")


def _asked_at(state: AwaitingApproval) -> datetime:
    return state.asked.asked_at or state.asked.until - timedelta(days=APPROVAL_DAYS)


def _lapse_approval(command: LapseApproval, state: Batch) -> list[Event]:
    if isinstance(state, AwaitingApproval) and command.at >= state.asked.until:
        return [_lapsed(state, "expired")]
    return []


def _lapse(command: LapseBatch, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview():
            return [BatchLapsed(command.days)]
        case AwaitingApproval():
            return [_lapsed(state, "expired"), BatchLapsed(command.days)]
        case _:
            return []


def _lapsed(
    state: AwaitingApproval, reason: Literal["expired", "review_changed", "asker_deactivated"]
) -> ApprovalLapsed:
    asked = state.asked.confirmation
    return ApprovalLapsed(state.review, asked.confirmed_by, asked.file_name, reason)


def _choose_columns(command: ChooseColumns, state: Batch) -> list[Event]:
    if isinstance(state, Validating):
        if isinstance(state.upload, BatchUploaded) and state.upload.columns == command.columns:
            return []
        raise Refused("not_ready", "choose_columns", "validating")
    if isinstance(state, NeedsCorrection | ReadyForReview) and command.review not in (None, state.review):
        shown = "needs_correction" if isinstance(state, NeedsCorrection) else "ready_for_review"
        raise Refused("review_changed", "choose_columns", shown)
    return _revalidate(command.chosen_by, state, command.columns)


def _revalidate(by: Person, state: Batch, columns: ObjectRef | None = None) -> list[Event]:
    match state:
        case NeedsCorrection() | ReadyForReview():
            match state.upload:
                case BatchUndoRequested() as undo:
                    return [RevalidationRequested(state.run + 1, by, None, undo.undoes)]
                case upload:
                    chosen = columns or upload.columns
                    return [RevalidationRequested(state.run + 1, by, upload.file, columns=chosen)]
        case Validating(upload=BatchUndoRequested() as undo):
            # Nobody may have looked at it: while services are replaced, one of before undos lets the request pass.
            return [RevalidationRequested(state.run + 1, by, None, undo.undoes)]
        case Validating():
            return []
        case AwaitingApproval():
            raise Refused("awaiting_approval", "revalidate", "awaiting_approval")
        case Processing() | Completed():
            raise Refused("already_confirmed", "revalidate", "confirmed")
        case Cancelled():
            raise Refused("cancelled", "revalidate", "cancelled")
        case Superseded():
            raise Refused("superseded", "revalidate", "superseded")
        case NotUploaded():
            raise Refused("not_ready", "revalidate", "not_uploaded")


def _cancel(command: CancelBatch, state: Batch) -> list[Event]:
    match state:
        case Validating() | NeedsCorrection() | ReadyForReview() | AwaitingApproval():
            return [BatchCancelled(command.cancelled_by)]
        case Cancelled():
            return []
        case Processing() | Completed():
            raise Refused("already_confirmed", "cancel", "confirmed")
        case Superseded():
            raise Refused("superseded", "cancel", "superseded")
        case NotUploaded():
            raise Refused("not_ready", "cancel", "not_uploaded")


def _tidy_away(command: TidyBatchAway, state: Batch) -> list[Event]:
    match state:
        case NeedsCorrection() | Completed() | Cancelled() | Superseded():
            return [] if state.tidied else [BatchTidiedAway(command.tidied_by)]
        case NotUploaded() | Validating() | ReadyForReview() | AwaitingApproval() | Processing():
            raise Refused("not_over", "tidy", "under_way")


def _tell_files_erased(command: TellFilesErased, state: Batch) -> list[Event]:
    """What waits for an admin is checked again: its review counts rows that are blank now."""
    match state:
        case NeedsCorrection() | ReadyForReview():
            return [command.erased, *_revalidate(_USHER, state)]
        case AwaitingApproval():
            return [command.erased, _lapsed(state, "review_changed"), *_revalidate(_USHER, state.ready)]
        case NotUploaded():
            return []
        case _:
            return [command.erased]


_USHER = Person(subject="", email="", name="Usher")
"""Who asks for what no admin has asked for."""


def _supersede(command: SupersedeBatch, state: Batch) -> list[Event]:
    match state:
        case Validating() | ReadyForReview() | AwaitingApproval() if isinstance(state.upload, BatchUndoRequested):
            raise Refused("not_ready", "replace", "undo")
        case Validating() | NeedsCorrection() | ReadyForReview() | AwaitingApproval():
            return [BatchSuperseded(command.superseded_by)]
        case Superseded(by=by) if by == command.superseded_by:
            return []
        case Superseded():
            raise Refused("superseded", "replace", "superseded")
        case Processing() | Completed():
            raise Refused("already_confirmed", "replace", "confirmed")
        case Cancelled():
            raise Refused("cancelled", "replace", "cancelled")
        case NotUploaded():
            raise Refused("not_ready", "replace", "not_uploaded")


def _send_back(command: SendBack, state: Batch) -> list[Event]:
    if not isinstance(state, Processing) or state.processed:
        return []
    refused = LicensesRefused(command.requested, command.available, command.methodologies)
    back = ReviewWentStale() if command.reason == "stale_review" else refused
    return [back, state.held] if state.held else [back]


BATCH: Decider[Command, Batch, Event] = Decider(NotUploaded(), decide, evolve)
