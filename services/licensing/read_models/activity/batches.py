"""What upload tells of batches, as lines of what happened. Not of licensing's own log: it comes once each through the
inbox."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from services.licensing.read_models.activity.lines import REFUSED, who_is
from shared.messaging.inbox import Received
from shared.people.origins import FILE, FORM, TIME
from shared.postgres.database import Connection
from usher_contracts import (
    BatchActionRefused,
    BatchApprovalDeclined,
    BatchApprovalRequested,
    BatchApproved,
    BatchCancelled,
    BatchConfirmed,
    BatchRevalidationRequested,
    BatchUndoRequested,
    BatchUploaded,
    Person,
)

EVENTS = (
    BatchUploaded, BatchRevalidationRequested, BatchUndoRequested, BatchApprovalRequested, BatchApproved,
    BatchApprovalDeclined, BatchConfirmed, BatchCancelled, BatchActionRefused,
)  # fmt: skip


async def record(conn: Connection, received: Sequence[Received]) -> None:
    """Records a line of each of these events."""
    rows = [_row(r, *told) for r in received if (told := _told(r.event))]
    if rows:
        await conn.execute(_RECORD, *(list(column) for column in zip(*rows, strict=True)))


def _told(event: Any) -> tuple[str, Person, dict[str, str]] | None:
    match event:
        case BatchUploaded(uploaded_by=by, file=file):
            return "batch_uploaded", by, {"file_name": file.name}
        case BatchRevalidationRequested(requested_by=by):
            return "batch_checked_again", by, {}
        case BatchUndoRequested(requested_by=by, undoes=undoes, run=run):
            return ("undo_requested" if run == 1 else "batch_checked_again"), by, {"undoes": undoes}
        case BatchApprovalRequested(asked_by=by):
            return "approval_requested", by, {}
        case BatchApproved(approved_by=by):
            return "batch_approved", by, {}
        case BatchApprovalDeclined(declined_by=by):
            return "approval_declined", by, {}
        case BatchConfirmed(confirmed_by=by):
            return "batch_confirmed", by, {}
        case BatchCancelled(cancelled_by=by):
            return "batch_cancelled", by, {}
        case BatchActionRefused(refused_to=by, action=action, code=code, message=message):
            return REFUSED, by, {"action": action, "code": code, "message": message}
        case _:
            return None


def _row(r: Received, what: str, by: Person, said: dict[str, str]) -> tuple[Any, ...]:
    company_id = UUID(r.company_id)
    # Usher itself, where a time had come, has no address.
    origin = TIME if not by.email else FILE if what == "batch_uploaded" else FORM
    who = who_is(company_id, by.email) if by.email else None
    named = {"by": {"email": by.email, "name": by.name}} if by.email else {}
    return UUID(r.id), company_id, r.time, what, who, UUID(r.event.batch_id), origin, json.dumps({**named, **said})


_RECORD = """
INSERT INTO batch_activity (id, company_id, at, what, who, batch_id, origin, said)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::text[],
                     $8::jsonb[])
ON CONFLICT (id) DO NOTHING
"""
