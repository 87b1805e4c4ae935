"""The names under which events are stored, and those of their streams. The log keeps them: never rename one."""

from datetime import date
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
    FilesErased,
    LicensesRefused,
    NoticeWithdrawn,
    RevalidationRequested,
    ReviewWentStale,
    UndoReviewed,
    VerdictHeld,
)
from services.upload.domain.batch.events import Event as BatchEvent
from services.upload.domain.column_mappings.events import (
    ColumnMappingsEvent,
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    ColumnsRemembered,
)
from services.upload.domain.corrections.events import (
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsEvent,
    CorrectionsForgotten,
)
from services.upload.domain.refused_attempts.events import BatchActionRefused
from services.upload.domain.seat_wait.events import (
    SeatsAwaited,
    SeatsWaitEnded,
    SeatWaitEvent,
    WaitingBatchJudged,
    WaitingBatchRechecked,
)
from shared.erasure.events import STORED_NAME as PERSON_ERASED
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import EventTypes

Event: TypeAlias = (
    BatchEvent | CorrectionsEvent | ColumnMappingsEvent | SeatWaitEvent | BatchActionRefused | PersonErased
)

TYPES: EventTypes[Event] = EventTypes(
    {
        "batch-uploaded.v1": BatchUploaded,
        "batch-undo-requested.v1": BatchUndoRequested,
        "batch-validated.v1": BatchValidated,
        "batch-rejected.v1": BatchRejected,
        "undo-reviewed.v1": UndoReviewed,
        "verdict-held.v1": VerdictHeld,
        "revalidation-requested.v1": RevalidationRequested,
        "batch-confirmed.v1": BatchConfirmed,
        "batch-approval-requested.v1": BatchApprovalRequested,
        "batch-approved.v1": BatchApproved,
        "batch-approval-declined.v1": BatchApprovalDeclined,
        "batch-approval-lapsed.v1": ApprovalLapsed,
        "licenses-refused.v1": LicensesRefused,
        "review-went-stale.v1": ReviewWentStale,
        "notice-withdrawn.v1": NoticeWithdrawn,
        "batch-processed.v1": BatchProcessed,
        "batch-completed.v1": BatchCompleted,
        "batch-cancelled.v1": BatchCancelled,
        "batch-lapsed.v1": BatchLapsed,
        "batch-superseded.v1": BatchSuperseded,
        "batch-tidied-away.v1": BatchTidiedAway,
        "batch-shown-again.v1": BatchShownAgain,
        "batch-files-erased.v1": FilesErased,
        "corrections-changed.v1": CorrectionsChanged,
        "corrections-forgotten.v1": CorrectionsForgotten,
        "corrections-applied.v1": CorrectionsApplied,
        "columns-remembered.v1": ColumnsRemembered,
        "column-mappings-replaced.v1": ColumnMappingsReplaced,
        "column-mappings-forgotten.v1": ColumnMappingsForgotten,
        "seats-awaited.v1": SeatsAwaited,
        "waiting-batch-rechecked.v1": WaitingBatchRechecked,
        "waiting-batch-judged.v1": WaitingBatchJudged,
        "seats-wait-ended.v1": SeatsWaitEnded,
        "batch-action-refused.v1": BatchActionRefused,
        PERSON_ERASED: PersonErased,
    }
)


_PREFIX, _CORRECTIONS, _SEAT_WAIT = "batch-", "corrections-", "seat-wait-"


def stream_of(batch_id: str) -> str:
    """The stream of a batch."""
    return _PREFIX + batch_id


def corrections_stream(batch_id: str) -> str:
    """The stream of the draft in which a batch is corrected."""
    return _CORRECTIONS + batch_id


def column_mappings_stream(company_id: str) -> str:
    """The stream of what a company remembers of columns."""
    return f"column-mappings-{company_id}"


def seat_wait_stream(request_id: str) -> str:
    """The stream of a batch's wait for what a request asked for."""
    return _SEAT_WAIT + request_id


def refused_attempts_stream(company_id: str, day: date) -> str:
    """The stream of what a company's admins were refused on a day."""
    return f"refused-{company_id}-{day}"


def request_id_of(stream: str) -> str:
    """The request that is waited for."""
    return stream.removeprefix(_SEAT_WAIT)


def batch_id_of(stream: str) -> str:
    """The batch that a stream is about."""
    return stream.removeprefix(_PREFIX).removeprefix(_CORRECTIONS)
