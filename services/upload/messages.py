"""What this service says about a batch in words, beside what shared/people/messages.py says of files and rows."""

from services.upload.domain.batch.events import Finding
from shared.people import messages


def licenses_refused(requested: int, available: int) -> Finding:
    """The file error of a batch that was confirmed when the licenses were gone: `available` of `requested` are left."""
    message = (
        f"Nothing was done: others took licenses after the review. {messages.licenses_exceeded(requested, available)}"
    )
    return Finding("licenses_exceeded", message, requested=requested, available=available)


STALE_REVIEW = Finding(
    "stale_review",
    "Nothing was done yet: users or settings of your company changed after the review, so the file was checked again. "
    "Look at what will happen now, then confirm.",
)


def lapsed(days: int) -> Finding:
    """Why a batch was cancelled that no admin has cancelled."""
    kept = "1 day" if days == 1 else f"{days} days"
    return Finding(
        "not_confirmed_in_time",
        f"Nobody confirmed this batch in the {kept} for which your company keeps files, so it was cancelled. Nobody "
        "was invited and nothing changed. Upload the file again.",
    )


def same_file_again(file_name: str, batch_id: str) -> Finding:
    """The warning about content that was uploaded before, as `file_name`."""
    return Finding("same_file_again", messages.same_file_again(file_name), batch_id=batch_id)
