"""Facts about the validation of one batch: what was asked for, what was found, and that it is no longer wanted."""

from dataclasses import dataclass
from typing import TypeAlias

from shared.eventsourcing.events import EventTypes
from usher_contracts import AnnotatedRef, Counts, File, FileFinding, ObjectRef, Seats


@dataclass(frozen=True, slots=True)
class ValidationRequested:
    """Run number `run` is wanted: the first by the upload, a later one by an admin or because a review went stale."""

    batch_id: str
    company_id: str
    file: File
    run: int


@dataclass(frozen=True, slots=True)
class BatchPassed:
    """Run `run` found no errors. `review` numbers the verdicts of a batch, from 1."""

    batch_id: str
    company_id: str
    run: int
    review: int
    counts: Counts
    seats: Seats
    rows: ObjectRef
    warnings: tuple[FileFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFailed:
    """Run `run` found errors. Without `rows` no row could be judged, without `annotated` none could be marked."""

    batch_id: str
    company_id: str
    run: int
    review: int
    counts: Counts
    file_errors: tuple[FileFinding, ...]
    seats: Seats | None = None
    rows: ObjectRef | None = None
    annotated: AnnotatedRef | None = None
    warnings: tuple[FileFinding, ...] = ()


@dataclass(frozen=True, slots=True)
class ValidationAbandoned:
    """The batch was cancelled or replaced: nobody waits for a verdict any more."""

    batch_id: str
    company_id: str


Event: TypeAlias = ValidationRequested | BatchPassed | BatchFailed | ValidationAbandoned

TYPES: EventTypes[Event] = EventTypes(
    {
        "validation-requested.v1": ValidationRequested,
        "batch-passed.v1": BatchPassed,
        "batch-failed.v1": BatchFailed,
        "validation-abandoned.v1": ValidationAbandoned,
    }
)


@dataclass(frozen=True, slots=True)
class NotRequested:
    """Nothing is known of this batch."""


@dataclass(frozen=True, slots=True)
class _Requested:
    batch_id: str
    company_id: str
    file: File
    run: int
    reviews: int
    """Verdicts so far."""


@dataclass(frozen=True, slots=True)
class Pending(_Requested):
    """Run `run` has no verdict yet."""


@dataclass(frozen=True, slots=True)
class Judged(_Requested):
    """Run `run` has its verdict; `passed` says which."""

    passed: bool


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Cancelled or replaced, for good."""


Validation: TypeAlias = NotRequested | Pending | Judged | Abandoned


def stream_of(batch_id: str) -> str:
    """The stream of a batch's validation."""
    return f"validation-{batch_id}"


def evolve(state: Validation, event: Event) -> Validation:
    """The validation after `event`."""
    match event:
        case ValidationRequested():
            reviews = state.reviews if isinstance(state, Pending | Judged) else 0
            return Pending(event.batch_id, event.company_id, event.file, event.run, reviews)
        case BatchPassed() | BatchFailed():
            if not isinstance(state, Pending | Judged):
                return state
            passed = isinstance(event, BatchPassed)
            return Judged(state.batch_id, state.company_id, state.file, event.run, event.review, passed)
        case ValidationAbandoned():
            return Abandoned()
