"""What this service says about a batch in words, beside what shared/people/messages.py says of files and rows."""

from collections.abc import Iterator, Mapping

from services.upload.domain.batch.approval import same_person
from services.upload.domain.batch.events import ApprovalLapsed, BatchApprovalDeclined, FileFinding, LicensesRefused
from services.upload.domain.batch.invitation_message import MAX_LENGTH
from services.upload.domain.refusals import (
    Action,
    BatchStatus,
    Code,
    ColumnsCode,
    CorrectionCode,
    CorrectionRefused,
    MessageCode,
    Refused,
    State,
)
from shared.http.problems import ProblemType
from shared.people import messages
from shared.people.access import DEACTIVATED, IS_DEACTIVATED, NEEDS_MANAGE_USERS
from shared.people.codes import CODES
from shared.people.profile import METHODOLOGY_COLUMN


def licenses_refused(refused: LicensesRefused) -> Iterator[FileFinding]:
    """The file errors of a batch that was confirmed when licenses, or seats of methodologies, were gone."""
    requested, available = refused.requested, refused.available
    if requested > available or not refused.methodologies:
        said = messages.licenses_exceeded(requested, available)
        message = f"Nothing was done: others took licenses after the review. {said}"
        yield FileFinding("licenses_exceeded", message, requested=requested, available=available)
    for short in refused.methodologies:
        said = messages.methodology_seats_exceeded(short.name, short.requested, short.available)
        yield FileFinding(
            "methodology_seats_exceeded",
            f"Nothing was done: others took seats after the review. {said}",
            columns=(METHODOLOGY_COLUMN,),
            requested=short.requested,
            available=short.available,
            methodology=short.id,
        )


STALE_REVIEW = FileFinding(
    "stale_review",
    "Nothing was done yet: users or settings of your company changed after the review, so the file was checked again. "
    "Look at what will happen now, then confirm.",
)


def not_approved(declined: BatchApprovalDeclined) -> FileFinding:
    """Why a batch that waited for an approval is back at its review."""
    if same_person(declined.declined_by, declined.asked_by):
        message = f"{declined.declined_by.name} took the request for an approval back. Nothing has happened yet."
        return FileFinding("approval_taken_back", message)
    said = f" They said: “{declined.comment}”" if declined.comment else ""
    message = (
        f"{declined.declined_by.name} did not approve this, so nothing has happened.{said} "
        "Correct the file and reupload it, or confirm again to ask once more."
    )
    return FileFinding("approval_declined", message)


def nobody_approved(lapsed: ApprovalLapsed) -> FileFinding:
    """Why a batch that waited for an approval is back at its review by itself."""
    if lapsed.reason == "review_changed":
        message = "The file was checked again while it waited for an approval. Look at it, then confirm again."
    elif lapsed.reason == "asker_deactivated":
        message = (
            f"{lapsed.asked_by.name}, who asked for this approval, has been deactivated, so nothing has happened. "
            "Confirm it yourself: another admin approves it where your company wants that."
        )
        return FileFinding("asker_deactivated", message)
    else:
        message = (
            "No other admin approved this in time, so nothing has happened. Confirm again to ask once more, and tell "
            "the other admins that it waits for them."
        )
    return FileFinding("approval_expired" if lapsed.reason == "expired" else "stale_review", message)


def lapsed(days: int) -> FileFinding:
    """Why a batch was cancelled that no admin has cancelled."""
    kept = "1 day" if days == 1 else f"{days} days"
    return FileFinding(
        "not_confirmed_in_time",
        f"Nobody confirmed this batch in the {kept} for which your company keeps files, so it was cancelled. Nobody "
        "was invited and nothing changed. Upload the file again.",
    )


def same_file_again(file_name: str, batch_id: str) -> FileFinding:
    """The warning about content that was uploaded before, as `file_name`."""
    return FileFinding("same_file_again", messages.same_file_again(file_name), batch_id=batch_id)


_COLUMNS_CHANGED = "The review has changed since you saw it. Look at the present columns, then choose what they are."
REFUSALS: Mapping[tuple[Code, Action, State], str] = {
    ("review_changed", "confirm", "ready_for_review"): (
        "The review has changed since you saw it. Look at the present one, then confirm."
    ),
    ("not_ready", "confirm", "validating"): "The file is still being checked. Wait for the review, then confirm it.",
    ("not_ready", "confirm", "needs_correction"): (
        "The file has errors. Correct them and reupload it, then confirm that one."
    ),
    ("not_ready", "confirm", "cancelled"): (
        "This batch was cancelled, and nothing of it is done. Upload the file again."
    ),
    ("not_ready", "confirm", "superseded"): "A reupload has replaced this batch. Review and confirm that one.",
    ("not_ready", "confirm", "not_uploaded"): "There is no file to confirm yet. Upload it first.",
    ("own_batch", "approve", "awaiting_approval"): (
        "You asked for this approval yourself. Another admin of your company has to approve it."
    ),
    ("review_changed", "approve", "awaiting_approval"): (
        "This is not what waits for an approval now. Look at the present review and request, then approve it."
    ),
    ("not_ready", "approve", "not_awaiting_approval"): (
        "This batch does not wait for an approval. Look at how it stands now."
    ),
    ("not_ready", "approve", "cancelled"): "This batch was cancelled: there is nothing to approve.",
    ("not_ready", "approve", "superseded"): "A reupload has replaced this batch. Look at that one.",
    ("not_ready", "approve", "not_uploaded"): "There is no file to approve yet.",
    ("review_changed", "decline", "awaiting_approval"): (
        "This is not the request that waits for an approval. Look at the present one, then decide."
    ),
    ("not_ready", "decline", "not_awaiting_approval"): (
        "This batch does not wait for an approval. Look at how it stands now."
    ),
    ("already_confirmed", "decline", "confirmed"): (
        "This batch is confirmed and can no longer be declined. Invitations can be cancelled in My Team."
    ),
    ("not_ready", "decline", "cancelled"): "This batch was cancelled: there is nothing to decline.",
    ("not_ready", "decline", "superseded"): "A reupload has replaced this batch. Look at that one.",
    ("not_ready", "decline", "not_uploaded"): "There is no file to decline yet.",
    ("not_over", "tidy", "under_way"): (
        "This batch is still under way. Only one that is over, or that needs a correction, can be tidied away."
    ),
    ("awaiting_approval", "revalidate", "awaiting_approval"): (
        "This batch waits for an approval. Decline it, or take your request back, then check it again."
    ),
    ("already_confirmed", "revalidate", "confirmed"): "This batch is confirmed: there is nothing to check again.",
    ("cancelled", "revalidate", "cancelled"): "This batch was cancelled. Upload the file again to have it checked.",
    ("superseded", "revalidate", "superseded"): "A reupload has replaced this batch. Check that one again.",
    ("not_ready", "revalidate", "not_uploaded"): "There is no file to check yet. Upload it first.",
    ("not_ready", "choose_columns", "validating"): (
        "The file is still being checked. Wait for the review, then choose what its columns are."
    ),
    ("review_changed", "choose_columns", "needs_correction"): _COLUMNS_CHANGED,
    ("review_changed", "choose_columns", "ready_for_review"): _COLUMNS_CHANGED,
    ("already_confirmed", "cancel", "confirmed"): (
        "This batch is confirmed and can no longer be cancelled. Invitations can be cancelled in My Team."
    ),
    ("superseded", "cancel", "superseded"): "A reupload has replaced this batch. Cancel that one.",
    ("not_ready", "cancel", "not_uploaded"): "There is no batch to cancel yet.",
    ("superseded", "replace", "superseded"): (
        "Another reupload has replaced this batch already. Reupload in place of that one."
    ),
    ("already_confirmed", "replace", "confirmed"): (
        "The batch to be replaced is confirmed. Upload this file as a new batch."
    ),
    ("cancelled", "replace", "cancelled"): "The batch to be replaced was cancelled. Upload this file as a new batch.",
    ("not_ready", "replace", "not_uploaded"): "There is no batch to replace. Upload this file as a new batch.",
    ("not_ready", "replace", "undo"): "An undo has no file to be replaced. Upload this file as a new batch.",
    ("not_undoable", "undo", "not_completed"): (
        "Only a completed batch can be undone. One that is not confirmed yet can be cancelled."
    ),
    ("not_undoable", "undo", "undo"): "An undo cannot be undone. Upload the file again to do it once more.",
    ("not_undoable", "undo", "undone"): "This batch was undone already. See what came of that among your batches.",
}
"""What is the case and what to do, for each refusal."""


def refused(refusal: Refused) -> ProblemType:
    """The problem of a refusal."""
    return _refusal(refusal.code, REFUSALS[refusal.code, refusal.action, refusal.state])


def refusals() -> Iterator[ProblemType]:
    """The problems of all refusals."""
    yield from (_refusal(code, sentence) for (code, *_), sentence in REFUSALS.items())
    yield from (_conflict("not_correctable", sentence) for sentence in _NOT_CORRECTABLE.values())
    yield from CORRECTIONS.values()
    yield from MESSAGES.values()


def _refusal(code: Code, sentence: str) -> ProblemType:
    return ProblemType(403, code, sentence) if code == "own_batch" else _conflict(code, sentence)


def _conflict(code: Code | CorrectionCode, sentence: str) -> ProblemType:
    return ProblemType(409, code, sentence)


NEEDS_ADMIN = ProblemType(403, "forbidden", NEEDS_MANAGE_USERS)
IS_OUT = ProblemType(403, DEACTIVATED, IS_DEACTIVATED)
NEEDS_PLUS = ProblemType(
    403, "plan_required", "Inviting users needs the plan Plus. Ask whoever manages your company's plan for it."
)
NO_BATCH = ProblemType(404, "not_found", "Your company has no such batch.")
NOT_TO_REPLACE = ProblemType(404, "not_found", "Your company has no such batch to replace.")
FILES_GONE = ProblemType(
    410,
    "files_gone",
    "Your company no longer keeps the files of this batch, so it cannot be undone as a whole. Change users in My Team.",
)
FILE_GONE = ProblemType(404, "not_found", "This file is no longer kept.")
ROWS_GONE = ProblemType(404, "not_found", "The rows of this batch are no longer kept.")
NO_FILE = ProblemType(404, "not_found", "An undo has no file. That of the batch that it undoes stands there.")
COPY_TO_COME = ProblemType(
    404, "not_found", "The file is still being checked. Its copy with the errors marked comes with the review."
)
NO_COPY = ProblemType(
    404, "not_found", "There is no marked copy of this file. Its review says what is wrong, and why there is none."
)
NOTHING_MARKED = ProblemType(404, "not_found", "The file has no errors, so there is no copy with errors marked.")
UPLOAD_TOO_SLOW = ProblemType(408, "too_slow", "The upload took too long. Try again over a faster connection.")
INTERRUPTED = ProblemType(400, "interrupted", "The upload ended before the file was complete.")
FILE_TOO_LARGE = ProblemType(413, "too_large", CODES["too_large"].example)
ENCRYPTED = ProblemType(415, "encrypted", CODES["encrypted"].example)
NOT_XLSX = ProblemType(415, "not_xlsx", CODES["not_xlsx"].example)
UNKNOWN_TIME = ProblemType(
    422, "unknown_time", "“{time}” is no time. Say a day as 2026-11-30, or a time as 2026-11-30T09:30:00Z."
)
UNKNOWN_STATUS = ProblemType(422, "unknown_status", "There is no status “{status}”. Use one of: {known}.")
NO_FORM = ProblemType(422, "form_not_understood", "Send one form with the workbook as its part `file`: {why}.")
FILE_MISSING = ProblemType(422, "file_missing", "There is no file in the form: send the workbook as its part `file`.")
TOO_MANY_FOR_TODAY = ProblemType(
    429,
    "too_many_for_today",
    "Your company may send {limit} invitations a day, and its batches of today have {sent} of them. Nothing was done."
    " Confirm this one tomorrow, or ask whoever runs Usher to raise the limit.",
)
TOO_MANY_WAIT = ProblemType(
    429,
    "too_many_uploads",
    "Your company has {count} files that wait to be checked. Wait until some of them are done.",
)
TOO_MANY_UPLOADS = ProblemType(
    429,
    "too_many_uploads",
    "Your company is uploading {count} files already. Wait until one of them has arrived.",
)
NOT_LOOKED_INTO = ProblemType(503, "unavailable", "The file cannot be looked into just now. Try again in a moment.")
LEFT_OUT_NOT_MADE = ProblemType(
    404, "not_found", "The rows that are left out cannot be written into a workbook of their own: {why}."
)
NOTHING_LEFT_OUT = ProblemType(404, "not_found", "No rows of this batch were left out.")

_CONFIRMED = "This batch is confirmed: there is nothing left to correct. Users can be changed in My Team."
_NOT_CORRECTABLE: Mapping[BatchStatus, str] = {
    "validating": "The file is still being checked. Wait for the review, then correct it.",
    "awaiting_approval": "This batch waits for an approval. Take the request back, or decline it, then correct it.",
    "processing": _CONFIRMED,
    "completed": _CONFIRMED,
    "cancelled": "This batch was cancelled. Upload the file again to correct it.",
    "superseded": "Another file has replaced this batch. Correct that one.",
}
COLUMNS: Mapping[ColumnsCode, ProblemType] = {
    "unknown_column": ProblemType(
        422,
        "unknown_column",
        "There is no “{column}”. Use the headers of the sheet, and your company’s columns as the template names them, "
        "or Full name.",
    ),
    "duplicate_column": ProblemType(
        422, "duplicate_column", "Two columns would mean {column}. Choose one of them, and nothing for the other."
    ),
    "too_many_columns": ProblemType(
        422,
        "too_many_columns",
        "A company can have {most} headers remembered. Forget those that you need no longer, or choose without "
        "remembering.",
    ),
    "corrections_open": ProblemType(
        409,
        "corrections_open",
        "There are corrections to this file, which go by its columns as they are. Check the corrected file or forget "
        "the corrections first, then choose the columns.",
    ),
}
CORRECTIONS: Mapping[CorrectionCode, ProblemType] = {
    "not_correctable": ProblemType(
        409,
        "not_correctable",
        "The rows of this batch cannot be corrected here: its file could not be read row by row, or is no longer kept. "
        "Choose Check again, or correct the file in your spreadsheet program and reupload it.",
    ),
    "review_changed": ProblemType(
        409, "review_changed", "The review has changed since you saw it. Look at the present one, then correct it."
    ),
    "nothing_corrected": ProblemType(
        409, "nothing_corrected", "There are no corrections yet. Correct a cell, or leave out a row."
    ),
    "unknown_row": ProblemType(422, "unknown_row", "The review has no row {row}. Use the row numbers of the sheet."),
    "unknown_column": ProblemType(
        422,
        "unknown_column",
        "The column “{column}” is none of your company’s. Use its name as the template has it.",
    ),
    "too_many_cells": ProblemType(
        422,
        "too_many_cells",
        "One draft can correct {most} cells one by one, and replace as many values. Nothing was changed. Replace a "
        "repeated value as a whole, or correct the file in your spreadsheet program and reupload it.",
    ),
}


NO_PREVIEW = ProblemType(
    503, "unavailable", "The invitation can’t be shown just now. Try again in a moment; confirming goes on without it."
)
NOT_TO_PREVIEW = ProblemType(
    409, "not_ready", "There is no invitation to show: the batch is not ready to be confirmed, or has been already."
)
INVITES_NOBODY = ProblemType(409, "invites_nobody", "This batch invites nobody, so there is no invitation to show.")
ENOUGH_SAMPLES = ProblemType(
    429,
    "too_many_for_today",
    "The admins of your company have sent themselves {limit} samples today. The next one can go tomorrow.",
)
MESSAGES: Mapping[MessageCode, ProblemType] = {
    "message_too_long": ProblemType(
        422, "message_too_long", f"The sentence for the invitation has more than {MAX_LENGTH} characters. Shorten it."
    ),
    "message_illegal_characters": ProblemType(
        422,
        "message_illegal_characters",
        "The sentence for the invitation has a line break, or characters that nobody sees. Type it anew, as one line.",
    ),
    "message_has_link": ProblemType(
        422,
        "message_has_link",
        "The sentence for the invitation has the address of a page or of a mailbox in it, or what looks like one: only "
        "Usher’s own link may stand in an invitation. Take it out; after a full stop, put a space.",
    ),
}
"""What is wrong with a sentence for the invitations."""


def correction_refused(refused: CorrectionRefused) -> ProblemType:
    """The problem of a correction that is refused; its sentence may name the row, the column or the most cells."""
    kind = CORRECTIONS[refused.code]
    said = _NOT_CORRECTABLE.get(refused.status) if refused.code == "not_correctable" else None
    return kind if said is None else _conflict(refused.code, said)
