"""What this service says about a batch in words, beside what shared/people/messages.py says of files and rows."""

from collections.abc import Mapping

from services.upload.domain.batch.events import FileFinding
from services.upload.domain.refusals import Action, BatchStatus, Code, CorrectionRefused, Refused, State
from shared.people import messages


def licenses_refused(requested: int, available: int) -> FileFinding:
    """The file error of a batch that was confirmed when the licenses were gone: `available` of `requested` are left."""
    message = (
        f"Nothing was done: others took licenses after the review. {messages.licenses_exceeded(requested, available)}"
    )
    return FileFinding("licenses_exceeded", message, requested=requested, available=available)


STALE_REVIEW = FileFinding(
    "stale_review",
    "Nothing was done yet: users or settings of your company changed after the review, so the file was checked again. "
    "Look at what will happen now, then confirm.",
)


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
    ("already_confirmed", "revalidate", "confirmed"): "This batch is confirmed: there is nothing to check again.",
    ("cancelled", "revalidate", "cancelled"): "This batch was cancelled. Upload the file again to have it checked.",
    ("superseded", "revalidate", "superseded"): "A reupload has replaced this batch. Check that one again.",
    ("not_ready", "revalidate", "not_uploaded"): "There is no file to check yet. Upload it first.",
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
}
"""What is the case and what to do, for each refusal."""


def refused(refusal: Refused) -> str:
    """The sentence of a refusal."""
    return REFUSALS[refusal.code, refusal.action, refusal.state]


_NOT_CORRECTABLE: Mapping[BatchStatus, str] = {
    "validating": "The file is still being checked. Wait for the review, then correct it.",
    "processing": "This batch is confirmed: there is nothing left to correct. Users can be changed in My Team.",
    "completed": "This batch is confirmed: there is nothing left to correct. Users can be changed in My Team.",
    "cancelled": "This batch was cancelled. Upload the file again to correct it.",
    "superseded": "Another file has replaced this batch. Correct that one.",
}
_NO_ROWS = (
    "The rows of this batch cannot be corrected here: its file could not be read row by row, or is no longer kept. "
    "Choose Check again, or correct the file in your spreadsheet program and reupload it."
)


def correction_refused(refused: CorrectionRefused) -> str:
    """The sentence of a correction that is refused."""
    match refused.code:
        case "not_correctable":
            return _NOT_CORRECTABLE.get(refused.status, _NO_ROWS)
        case "review_changed":
            return "The review has changed since you saw it. Look at the present one, then correct it."
        case "nothing_corrected":
            return "There are no corrections yet. Correct a cell, or leave out a row."
        case "unknown_row":
            return f"The review has no row {refused.row}. Use the row numbers of the sheet."
        case "unknown_column":
            return f"The column “{refused.column}” is none of your company’s. Use its name as the template has it."
        case "too_many_cells":
            return (
                f"One draft can correct {refused.most:,} cells one by one. Nothing was changed. Replace a repeated "
                "value as a whole, or correct the file in your spreadsheet program and reupload it."
            )
