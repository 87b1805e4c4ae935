"""The batch's events: what is recorded of it. What they add up to is in state.py, the rules are in decide.py.

They are private to this service; integration_events.py says what other services hear of them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Person:
    """Who did something: the token's subject, and the address and name it carried then. Events of before the issuer was
    kept have none."""

    subject: str
    email: str
    name: str
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """The workbook as it came: name as the admin gave it, bytes, and where it is kept."""

    name: str
    size: int
    sha256: str
    ref: str


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """An object of the object store, and what its content must hash to."""

    ref: str
    sha256: str


@dataclass(frozen=True, slots=True)
class FileFinding:
    """An error or a warning about the file as a whole, and what it is about where that applies."""

    code: str
    message: str
    columns: tuple[str, ...] = ()
    rows: tuple[int, ...] = ()
    sheet: str | None = None
    batch_id: str | None = None
    requested: int | None = None
    available: int | None = None
    methodology: str | None = None


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
class MethodologySeats:
    """Seats of a methodology when the file was validated, and how many the file needs."""

    id: str
    name: str
    purchased: int
    occupied: int
    available: int
    required: int


@dataclass(frozen=True, slots=True)
class Seats:
    """Licenses of the company when the file was validated, and how many the file needs; and the same of each
    methodology that it has."""

    purchased: int = 0
    occupied: int = 0
    available: int = 0
    required: int = 0
    methodologies: tuple[MethodologySeats, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchUploaded:
    """A file was taken in. It is about to be validated for the first time."""

    batch_id: str
    company_id: str
    uploaded_by: Person
    file: File
    replaces: str | None = None
    warnings: tuple[FileFinding, ...] = ()
    corrections: ObjectRef | None = None
    """What an admin corrected of the batch that this one replaces: it is written into `file` before that is judged."""
    columns: ObjectRef | None = None
    """What admins have said of columns with such headers: in this batch, in the one that it replaces, or before."""


@dataclass(frozen=True, slots=True)
class BatchUndoRequested:
    """An admin wants to see what it comes to when batch `undoes` is undone: a batch of its own, without a file. The
    name is that of the other's."""

    batch_id: str
    company_id: str
    requested_by: Person
    undoes: str
    file_name: str


@dataclass(frozen=True, slots=True)
class BatchValidated:
    """Validation number `review` found no error. `file` is the corrected one, where there were corrections, and
    `left_out` the workbook of the rows that they left out; `columns` is what the sheet's columns are."""

    review: int
    counts: Counts
    seats: Seats
    rows: ObjectRef
    warnings: tuple[FileFinding, ...] = ()
    file: File | None = None
    left_out: str | None = None
    columns: str | None = None


@dataclass(frozen=True, slots=True)
class BatchRejected:
    """Validation number `review` found errors, in the file or in rows. Without `rows` the file could not be read;
    without `annotated` there is no marked copy. `file`, `left_out` and `columns` as above."""

    review: int
    counts: Counts
    file_errors: tuple[FileFinding, ...] = ()
    seats: Seats | None = None
    rows: ObjectRef | None = None
    annotated: str | None = None
    warnings: tuple[FileFinding, ...] = ()
    file: File | None = None
    left_out: str | None = None
    columns: str | None = None


@dataclass(frozen=True, slots=True)
class UndoCounts:
    """Rows of an undo by outcome."""

    rows: int
    cancel: int
    restore: int
    kept: int


@dataclass(frozen=True, slots=True)
class UndoReviewed:
    """Licensing has said for the `review`-th time what the undo comes to."""

    review: int
    counts: UndoCounts
    seats: Seats
    rows: ObjectRef


Verdict: TypeAlias = BatchValidated | BatchRejected | UndoReviewed


@dataclass(frozen=True, slots=True)
class VerdictHeld:
    """A later verdict came while the batch was processing. The two topics are not ordered: it overtook the news that
    the confirmed review went stale, and counts as soon as that is heard."""

    verdict: Verdict


@dataclass(frozen=True, slots=True)
class RevalidationRequested:
    """An admin wants the same file checked again: run number `run`. Without a file it is the undo of `undoes`;
    `columns` is what was said of the file's columns by now."""

    run: int
    requested_by: Person
    file: File | None
    undoes: str | None = None
    columns: ObjectRef | None = None


@dataclass(frozen=True, slots=True)
class BatchConfirmed:
    """An admin confirmed what review `review` said would happen. `message` stands in the invitations; `reminders` None:
    whether who does not answer is reminded is as the company's settings have it."""

    review: int
    confirmed_by: Person
    rows: ObjectRef
    file_name: str
    message: str | None = None
    reminders: bool | None = None
    undoes: str | None = None
    """Of an undo: the batch that it undoes."""


@dataclass(frozen=True, slots=True)
class BatchApprovalRequested:
    """An admin confirmed a batch that another one has to approve: `confirmation` is what happens once one does. It
    waits `until` then; `approvers` are those who are told. Events of before `asked_at` was kept have none: they wait
    seven days."""

    confirmation: BatchConfirmed
    invite: int
    change: int
    until: datetime
    approvers: tuple[Person, ...] = ()
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchApproved:
    """Another admin approved what review `review` said would happen."""

    review: int
    approved_by: Person


@dataclass(frozen=True, slots=True)
class BatchApprovalDeclined:
    """An admin sent it back to its review; the one who asked, where they took it back."""

    review: int
    asked_by: Person
    declined_by: Person
    comment: str | None
    file_name: str


@dataclass(frozen=True, slots=True)
class ApprovalLapsed:
    """It went back to its review by itself: nobody decided in time, another review came, or who asked for it is
    deactivated."""

    review: int
    asked_by: Person
    file_name: str
    reason: Literal["expired", "review_changed", "asker_deactivated"]


@dataclass(frozen=True, slots=True)
class MethodologyShortage:
    """A methodology of which more seats were needed than were left."""

    id: str
    name: str
    requested: int
    available: int


@dataclass(frozen=True, slots=True)
class LicensesRefused:
    """Others took the licenses between review and confirmation: `requested` were needed, `available` were left. Or they
    took the seats of these methodologies; then the licenses may have sufficed."""

    requested: int
    available: int
    methodologies: tuple[MethodologyShortage, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewWentStale:
    """The directory changed what a row means between review and confirmation. The file is validated anew."""


@dataclass(frozen=True, slots=True)
class NoticeWithdrawn:
    """A later check said the same as the one before it: that the review went stale is no news any more."""


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


@dataclass(frozen=True, slots=True)
class BatchTidiedAway:
    """An admin has done with it: the list leaves it out until it is shown again, or something happens to it."""

    tidied_by: Person


@dataclass(frozen=True, slots=True)
class BatchShownAgain:
    """An admin wants it in the list again."""

    shown_by: Person


FileKind: TypeAlias = Literal["original", "annotated", "left-out"]


@dataclass(frozen=True, slots=True)
class FilesErased:
    """Somebody was forgotten: `rows` of the batch's rows, which were theirs, are blank in its files, and files that
    could not be written without them are `deleted`."""

    erasure_id: str
    rows: int
    deleted: tuple[FileKind, ...] = ()


Event: TypeAlias = (
    BatchUploaded
    | BatchUndoRequested
    | BatchValidated
    | BatchRejected
    | UndoReviewed
    | VerdictHeld
    | RevalidationRequested
    | BatchConfirmed
    | BatchApprovalRequested
    | BatchApproved
    | BatchApprovalDeclined
    | ApprovalLapsed
    | LicensesRefused
    | ReviewWentStale
    | NoticeWithdrawn
    | BatchProcessed
    | BatchCompleted
    | BatchCancelled
    | BatchLapsed
    | BatchSuperseded
    | BatchTidiedAway
    | BatchShownAgain
    | FilesErased
)
