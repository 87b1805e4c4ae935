"""The names under which events are stored, and those of their streams. The log keeps them: never rename one."""

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
    RevalidationRequested,
    ReviewWentStale,
    VerdictHeld,
)
from shared.eventsourcing.events import EventTypes

TYPES: EventTypes[Event] = EventTypes(
    {
        "batch-uploaded.v1": BatchUploaded,
        "batch-validated.v1": BatchValidated,
        "batch-rejected.v1": BatchRejected,
        "verdict-held.v1": VerdictHeld,
        "revalidation-requested.v1": RevalidationRequested,
        "batch-confirmed.v1": BatchConfirmed,
        "licenses-refused.v1": LicensesRefused,
        "review-went-stale.v1": ReviewWentStale,
        "notice-withdrawn.v1": NoticeWithdrawn,
        "batch-processed.v1": BatchProcessed,
        "batch-completed.v1": BatchCompleted,
        "batch-cancelled.v1": BatchCancelled,
        "batch-lapsed.v1": BatchLapsed,
        "batch-superseded.v1": BatchSuperseded,
    }
)


_PREFIX = "batch-"


def stream_of(batch_id: str) -> str:
    """The stream of a batch."""
    return _PREFIX + batch_id


def batch_id_of(stream: str) -> str:
    """The batch that a stream is about."""
    return stream.removeprefix(_PREFIX)
