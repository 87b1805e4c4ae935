"""The names under which validation's events and their streams are stored: explicit and versioned, since a log is for
ever."""

from typing import TypeAlias

from services.validation.domain.validation.events import (
    BatchFailed,
    BatchPassed,
    ValidationAbandoned,
    ValidationEvent,
    ValidationRequested,
)
from shared.erasure.events import STORED_NAME as PERSON_ERASED
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import EventTypes

Event: TypeAlias = ValidationEvent | PersonErased

TYPES: EventTypes[Event] = EventTypes(
    {
        "validation-requested.v1": ValidationRequested,
        "batch-passed.v1": BatchPassed,
        "batch-failed.v1": BatchFailed,
        "validation-abandoned.v1": ValidationAbandoned,
        PERSON_ERASED: PersonErased,
    }
)


def stream_of(batch_id: str) -> str:
    """The stream of a batch's validation."""
    return f"validation-{batch_id}"
