"""Where upload keeps something of people, and how it forgets somebody there."""

from services.upload.application.erase_person.batch_files import BatchFiles
from services.upload.application.erase_person.chosen_columns import ChosenColumns
from services.upload.application.erase_person.objects import ObjectEraser
from services.upload.domain.stored_events import TYPES, Event
from shared.erasure.common import COMMON
from shared.erasure.place import Place, Places
from shared.erasure.standing import StandingDigests
from shared.erasure.stored_events import StoredEvents
from shared.erasure.table_rows import TableRows
from shared.eventsourcing.event_store import EventStore
from shared.object_store.store import Blobs
from shared.sandbox.pool import Sandbox

BATCHES = TableRows(
    table="batches",
    key=("id",),
    columns=(
        "file_name",
        "uploaded_by",
        "confirmed_by",
        "approval_asked_by",
        "approval_decided_by",
        "approval_comment",
        "message",
        "notice",
        "upload_warnings",
        "warnings",
        "file_errors",
    ),
    json=(
        "uploaded_by",
        "confirmed_by",
        "approval_asked_by",
        "approval_decided_by",
        "notice",
        "upload_warnings",
        "warnings",
        "file_errors",
    ),
    before="uploaded_at",
)
KNOWN_ADMINS = TableRows(
    table="known_admins",
    key=("company_id", "issuer", "subject"),
    columns=("email", "email_key", "name"),
    before="seen_at",
    delete=True,
)
HEARD: Places = (
    TableRows(table="permissions", key=("user_id",), columns=("email_key",), delete=True),
    StandingDigests(),
)
"""What is kept of others' events, and rebuilt from them."""


def places(store: EventStore[Event], blobs: Blobs, sandbox: Sandbox, sessions: Place) -> Places:
    """All of them, in the order in which they are gone through: `sessions` are the frontend's. Files come last: they
    may have to wait for batches that are under way."""
    files = BatchFiles(store, blobs, ObjectEraser(blobs, sandbox))
    known = (ChosenColumns(), KNOWN_ADMINS, *HEARD)
    return (StoredEvents(TYPES), *COMMON, BATCHES, *known, sessions, files)
