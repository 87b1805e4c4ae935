"""One canonical example of every event of a batch; tests vary a field."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

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
    Counts,
    File,
    FileFinding,
    FilesErased,
    LicensesRefused,
    MethodologySeats,
    MethodologyShortage,
    NoticeWithdrawn,
    ObjectRef,
    Person,
    RevalidationRequested,
    ReviewWentStale,
    Seats,
    UndoCounts,
    UndoReviewed,
    VerdictHeld,
)
from services.upload.domain.column_mappings.events import (
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    ColumnsRemembered,
)
from services.upload.domain.corrections.events import (
    CellCorrection,
    CorrectionsApplied,
    CorrectionsChanged,
    CorrectionsForgotten,
    Replacement,
)
from services.upload.domain.corrections.row_set import packed
from services.upload.domain.refused_attempts.events import BatchActionRefused
from services.upload.domain.seat_wait.events import (
    SeatsAwaited,
    SeatsWaitEnded,
    WaitingBatchJudged,
    WaitingBatchRechecked,
)
from services.upload.domain.stored_events import Event
from shared.erasure.events import PersonErased

BATCH_ID = "0192f0c1-7c3e-7d2a-9f00-000000000001"
UNDO_ID = "0192f0c1-7c3e-7d2a-9f00-000000000003"
REUPLOAD_ID = "0192f0c1-7c3e-7d2a-9f00-000000000002"
REQUEST_ID = "0192f0c1-7c3e-7d2a-9f00-000000000051"
COMPANY_ID = "4f9d1c52-0e2b-4c57-8a51-6d4a6a0a7c11"
ISSUER = "https://sign-in.northwind.example"
ADA = Person("sub-ada", "ada@northwind.example", "Ada Admin", ISSUER)
BEN = Person("sub-ben", "ben@northwind.example", "Ben Backup", ISSUER)
FILE = File("q3.xlsx", 12_345, "aa" * 32, f"{COMPANY_ID}/original/{'aa' * 32}")
ROWS = ObjectRef(f"{COMPANY_ID}/rows/{'bb' * 32}", "bb" * 32)
LATER_ROWS = ObjectRef(f"{COMPANY_ID}/rows/{'cc' * 32}", "cc" * 32)

UPLOADED = BatchUploaded(BATCH_ID, COMPANY_ID, ADA, FILE)
CORRECTED_FILE = File("q3.xlsx", 12_350, "ee" * 32, f"{COMPANY_ID}/original/{'ee' * 32}")
OF_CORRECTIONS = BatchUploaded(
    BATCH_ID, COMPANY_ID, ADA, FILE, corrections=ObjectRef(f"{COMPANY_ID}/corrections/{'ff' * 32}", "ff" * 32)
)
VALIDATED = BatchValidated(
    review=1,
    counts=Counts(rows=120, invite=100, change=12, unchanged=8, warning=3),
    seats=Seats(500, 380, 120, 100, (MethodologySeats("command", "Command of the Message", 23, 20, 3, 2),)),
    rows=ROWS,
    warnings=(FileFinding("unknown_column", "The column Comment is not known; it is ignored.", columns=("Comment",)),),
)
REJECTED = BatchRejected(
    review=1,
    counts=Counts(rows=8, invite=2, change=1, unchanged=1, error=4),
    seats=Seats(purchased=20, occupied=3, available=17, required=2),
    rows=ROWS,
    annotated=f"{COMPANY_ID}/annotated/{'dd' * 32}",
)
CORRECTED_ONCE = replace(REJECTED, file=CORRECTED_FILE, left_out=f"{COMPANY_ID}/left-out/{'ab' * 32}")
UNREADABLE = BatchRejected(
    review=1, counts=Counts(), file_errors=(FileFinding("corrupt", "The workbook can’t be read."),)
)
AGAIN = RevalidationRequested(2, BEN, FILE)
CHOSEN = ObjectRef(f"{COMPANY_ID}/column-mapping/{'cd' * 32}", "cd" * 32)
REMEMBERED = replace(OF_CORRECTIONS, columns=CHOSEN)
WITH_COLUMNS = replace(VALIDATED, columns=f"{COMPANY_ID}/columns/{'ce' * 32}")
REJECTED_WITH_COLUMNS = replace(CORRECTED_ONCE, columns=f"{COMPANY_ID}/columns/{'ce' * 32}")
AGAIN_WITH_COLUMNS = replace(AGAIN, columns=CHOSEN)
CONFIRMED = BatchConfirmed(1, ADA, ROWS, "q3.xlsx")
WITH_A_MESSAGE = replace(CONFIRMED, message="Welcome aboard: we start on Monday.", reminders=True)
WEEK_IS_OVER = datetime(2026, 11, 30, 9, 30, tzinfo=UTC)
ASKED_AT = WEEK_IS_OVER - timedelta(days=7)
ASKED = BatchApprovalRequested(CONFIRMED, 100, 12, WEEK_IS_OVER, (BEN,), ASKED_AT)
APPROVED = BatchApproved(1, BEN)
DECLINED = BatchApprovalDeclined(1, ADA, BEN, "Lyon joins in January.", "q3.xlsx")
APPROVAL_LAPSED = ApprovalLapsed(1, ADA, "q3.xlsx", "expired")
SHORT = MethodologyShortage("command", "Command of the Message", requested=2, available=1)
REFUSED_BY_LICENSING = LicensesRefused(requested=100, available=40, methodologies=(SHORT,))
STALE = ReviewWentStale()
WITHDRAWN = NoticeWithdrawn()
HELD = VerdictHeld(BatchValidated(2, Counts(rows=120, invite=99), Seats(500, 381, 119, 99), LATER_ROWS))
PROCESSED = BatchProcessed(invited=100, changed=12, unchanged=8)
COMPLETED = BatchCompleted(invited=100, changed=12, emails_sent=98, emails_failed=2)
CANCELLED = BatchCancelled(BEN)
CORRECTIONS = CorrectionsChanged(
    1,
    ADA,
    59,
    2,
    (CellCorrection(7, "Reports To", "bo@northwind.example"), CellCorrection(8, "Title", None)),
    (Replacement("Region", "UK", "UKI"), Replacement("Title", None, None)),
    ((34, 35),),
    packed({36, 38}),
    packed({34}),
    "region_unknown",
    12,
)
LAPSED = BatchLapsed(365)
SUPERSEDED = BatchSuperseded(REUPLOAD_ID)
TIDIED = BatchTidiedAway(ADA)
SHOWN_AGAIN = BatchShownAgain(BEN)
FILES_ERASED = FilesErased("0190a000-0000-7000-8000-0000000000d9", 2, ("annotated",))

AWAITED = SeatsAwaited(REQUEST_ID, BATCH_ID, ADA)
RECHECKED = WaitingBatchRechecked(BATCH_ID, 1, 7)
JUDGED_AGAIN = WaitingBatchJudged(REQUEST_ID, BATCH_ID, 2, "ready_for_review", 100, 12, 0, "q3.xlsx", (ADA,))

UNDO_REQUESTED = BatchUndoRequested(UNDO_ID, COMPANY_ID, BEN, BATCH_ID, "q3.xlsx")
UNDO_REVIEWED = UndoReviewed(1, UndoCounts(112, 98, 12, 2), Seats(500, 480, 20, 0), ROWS)
UNDO_HELD = VerdictHeld(UndoReviewed(2, UndoCounts(112, 97, 12, 3), Seats(500, 480, 20, 0), LATER_ROWS))
UNDO_AGAIN = RevalidationRequested(2, BEN, None, BATCH_ID)
UNDO_CONFIRMED = BatchConfirmed(1, ADA, ROWS, "q3.xlsx", undoes=BATCH_ID)

READY = (UPLOADED, VALIDATED)
UNDO_READY = (UNDO_REQUESTED, UNDO_REVIEWED)
UNDONE = (*UNDO_READY, UNDO_CONFIRMED, PROCESSED, COMPLETED)
REJECTED_ONCE = (UPLOADED, REJECTED)
AWAITING = (*READY, ASKED)
PROCESSING = (*READY, CONFIRMED)
DONE = (*PROCESSING, PROCESSED, COMPLETED)

PERSON_ERASED = PersonErased(UUID(int=225), UUID(int=1), {"events": 3, "dead_letter": 0, "idempotency": 1})
ACTION_REFUSED = BatchActionRefused(BATCH_ID, "approve", "own_batch", "awaiting_approval", ADA)

ONE_OF_EACH: tuple[Event, ...] = (
    UPLOADED,
    OF_CORRECTIONS,
    REMEMBERED,
    VALIDATED,
    WITH_COLUMNS,
    REJECTED,
    CORRECTED_ONCE,
    REJECTED_WITH_COLUMNS,
    HELD,
    AGAIN,
    AGAIN_WITH_COLUMNS,
    CONFIRMED,
    WITH_A_MESSAGE,
    ASKED,
    APPROVED,
    DECLINED,
    APPROVAL_LAPSED,
    REFUSED_BY_LICENSING,
    STALE,
    WITHDRAWN,
    PROCESSED,
    COMPLETED,
    CANCELLED,
    LAPSED,
    SUPERSEDED,
    TIDIED,
    SHOWN_AGAIN,
    FILES_ERASED,
    CORRECTIONS,
    CorrectionsForgotten(BEN),
    UNDO_REQUESTED,
    UNDO_REVIEWED,
    UNDO_HELD,
    UNDO_AGAIN,
    UNDO_CONFIRMED,
    CorrectionsApplied(ADA, REUPLOAD_ID),
    ColumnsRemembered(ADA, {"Kontakt": "Email", "Notiz": None}),
    ColumnMappingsReplaced(BEN, {"Kontakt": "Email"}),
    ColumnMappingsForgotten(BEN),
    AWAITED,
    RECHECKED,
    JUDGED_AGAIN,
    SeatsWaitEnded("declined"),
    ACTION_REFUSED,
    PERSON_ERASED,
)
