"""Facts of a batch: what is recorded about it, and the phase it is in after that. Rules are in decisions.py.

Stored events are private to this service; publish.py says what other services hear of them.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

from shared.events import EventTypes


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something: the token's subject, and the address and name it carried then."""

    subject: str
    email: str
    name: str


@dataclass(frozen=True, slots=True)
class File:
    """The workbook as it came: name as the admin gave it, bytes, and where it is kept."""

    name: str
    size: int
    sha256: str
    ref: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of the object store, and what its content must hash to."""

    ref: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Finding:
    """An error or a warning about the file as a whole, and what it is about where that applies."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    sheet: str | None = None
    batch_id: str | None = None
    requested: int | None = None
    available: int | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows by outcome; `warning` counts rows of any outcome that carry one."""

    rows: int = 0
    invite: int = 0
    change: int = 0
    unchanged: int = 0
    error: int = 0
    warning: int = 0


@dataclass(frozen=True, slots=True)
class Seats:
    """Licenses of the company when the file was validated, and how many the file needs."""

    purchased: int = 0
    occupied: int = 0
    available: int = 0
    required: int = 0


@dataclass(frozen=True, slots=True)
class BatchUploaded:
    """A file was taken in. It is about to be validated for the first time."""

    batch_id: str
    company_id: str
    uploaded_by: Person
    file: File
    replaces: str | None = None
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchValidated:
    """Validation number `review` found no error."""

    review: int
    counts: Counts
    seats: Seats
    rows: Stored
    warnings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchRejected:
    """Validation number `review` found errors, in the file or in rows. Without `rows` the file could not be read;
    without `annotated` there is no marked copy."""

    review: int
    counts: Counts
    file_errors: tuple[Finding, ...] = ()
    seats: Seats | None = None
    rows: Stored | None = None
    annotated: str | None = None
    warnings: tuple[Finding, ...] = ()


Verdict: TypeAlias = BatchValidated | BatchRejected


@dataclass(frozen=True, slots=True)
class VerdictHeld:
    """A later verdict came while the batch was processing. The two topics are not ordered: it overtook the news that
    the confirmed review went stale, and counts as soon as that is heard."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RevalidationRequested:
    """An admin wants the same file checked again: run number `run`."""

    run: int
    requested_by: Person
    file: File


@dataclass(frozen=True, slots=True)
class BatchConfirmed:
    """An admin confirmed what review `review` said would happen."""

    review: int
    confirmed_by: Person
    rows: Stored
    file_name: str


@dataclass(frozen=True, slots=True)
class LicensesRefused:
    """Others took the licenses between review and confirmation: `requested` were needed, `available` were left."""

    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class ReviewWentStale:
    """The directory changed what a row means between review and confirmation. The file is validated anew."""


@dataclass(frozen=True, slots=True)
class BatchProcessed:
    """Licenses are reserved, users invited and changed; the mails follow."""

    invited: int
    changed: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class BatchCompleted:
    """Every invitation was sent or failed (or is late enough to be reported as deferred)."""

    invited: int
    changed: int
    emails_sent: int
    emails_failed: int


@dataclass(frozen=True, slots=True)
class BatchCancelled:
    """An admin gave the batch up before confirming it."""

    cancelled_by: Person


@dataclass(frozen=True, slots=True)
class BatchLapsed:
    """Nobody confirmed it in the `days` for which the company keeps files, which go now."""

    days: int


@dataclass(frozen=True, slots=True)
class BatchSuperseded:
    """A reupload took its place."""

    superseded_by: str


Event: TypeAlias = (
    BatchUploaded
    | BatchValidated
    | BatchRejected
    | VerdictHeld
    | RevalidationRequested
    | BatchConfirmed
    | LicensesRefused
    | ReviewWentStale
    | BatchProcessed
    | BatchCompleted
    | BatchCancelled
    | BatchLapsed
    | BatchSuperseded
)

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


@dataclass(frozen=True, slots=True)
class NotUploaded:
    """Nothing is known of this batch."""


@dataclass(frozen=True, slots=True)
class _Uploaded:
    """What every phase knows: the upload, the number of the present run of validation, and of its last result."""

    upload: BatchUploaded
    run: int
    review: int


@dataclass(frozen=True, slots=True)
class Validating(_Uploaded):
    """A verdict is awaited."""


@dataclass(frozen=True, slots=True)
class NeedsCorrection(_Uploaded):
    """There are errors: to be corrected and reuploaded, or checked again."""


@dataclass(frozen=True, slots=True)
class ReadyForReview(_Uploaded):
    """No errors: an admin may confirm what `rows` say."""

    rows: Stored


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


Known: TypeAlias = Validating | NeedsCorrection | ReadyForReview | Processing | Completed | Cancelled | Superseded
Batch: TypeAlias = NotUploaded | Known


def evolve(state: Batch, event: Event) -> Batch:  # noqa: C901  (a line an event: flat, not complex)
    """The batch after `event`. Whatever was recorded is accepted: history is not judged again."""
    if isinstance(event, BatchUploaded):
        return Validating(event, run=1, review=0)
    if isinstance(state, NotUploaded):
        return state
    upload, run, review = state.upload, state.run, state.review
    match event:
        case BatchValidated():
            return ReadyForReview(upload, run, event.review, event.rows)
        case BatchRejected():
            return NeedsCorrection(upload, run, event.review)
        case RevalidationRequested():
            return Validating(upload, event.run, review)
        case ReviewWentStale():
            return Validating(upload, run + 1, review)
        case LicensesRefused():
            return NeedsCorrection(upload, run, review)
        case BatchConfirmed():
            return Processing(upload, run, event.review)
        case VerdictHeld():
            return replace(state, held=event.verdict) if isinstance(state, Processing) else state
        case BatchProcessed():
            return replace(state, processed=True) if isinstance(state, Processing) else state
        case BatchCompleted():
            return Completed(upload, run, review)
        case BatchCancelled() | BatchLapsed():
            return Cancelled(upload, run, review)
        case BatchSuperseded():
            return Superseded(upload, run, review, event.superseded_by)
