"""The table `batches`: each event sets the columns that it changes."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, get_args

import orjson

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
    FileFinding,
    FilesErased,
    LicensesRefused,
    NoticeWithdrawn,
    Person,
    RevalidationRequested,
    ReviewWentStale,
    UndoReviewed,
    VerdictHeld,
)
from services.upload.domain.column_mappings.events import (
    ColumnMappingsForgotten,
    ColumnMappingsReplaced,
    ColumnsRemembered,
)
from services.upload.domain.corrections.events import CorrectionsApplied, CorrectionsChanged, CorrectionsForgotten
from services.upload.domain.refused_attempts.events import BatchActionRefused
from services.upload.domain.seat_wait.events import (
    SeatsAwaited,
    SeatsWaitEnded,
    SeatWaitEvent,
    WaitingBatchJudged,
    WaitingBatchRechecked,
)
from services.upload.domain.stored_events import Event, batch_id_of
from services.upload.messages import STALE_REVIEW, lapsed, licenses_refused, nobody_approved, not_approved
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

CHANNEL = "batches"
"""NOTIFY channel; the payload is the id of the batch that changed."""

Columns = dict[str, Any]

_JSON = frozenset(
    {
        *("uploaded_by", "upload_warnings", "warnings", "file_errors", "counts", "seats", "refused", "notice"),
        *("confirmed_by", "processed", "completed", "approval_asked_by", "approval_decided_by"),
    }
)
_NOT_JUDGED: Columns = {
    "status": "validating",
    "counts": None,
    "seats": None,
    "refused": None,
    "file_errors": [],
    "warnings": [],
    "rows_ref": None,
    "annotated_ref": None,
    "columns_ref": None,
    "tidied": False,
}


_OTHERS = (
    *(ColumnsRemembered, ColumnMappingsReplaced, ColumnMappingsForgotten, *get_args(SeatWaitEvent)),
    *(BatchActionRefused, PersonErased),
)
"""Events that change nothing in a batch."""


class BatchesProjection:
    """Kept in the transaction of the events: an admin sees their own write."""

    name = "batches"
    tables = ("batches",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Sets what the events change, and wakes whoever watches these batches."""
        events = [each for each in events if not isinstance(each.event, _OTHERS)]
        for recorded in events:
            batch_id, changed = batch_id_of(recorded.stream), _encoded(columns(recorded))
            if isinstance(recorded.event, BatchUploaded | BatchUndoRequested):
                await conn.execute(_insert(changed), batch_id, *changed.values())
            elif changed:
                await conn.execute(_update(changed), batch_id, *changed.values())
            if isinstance(recorded.event, FilesErased):
                await conn.execute(_ERASED, batch_id, recorded.event.rows, list(recorded.event.deleted))
        await wake(conn, CHANNEL, [batch_id_of(r.stream) for r in events])


def columns(recorded: Recorded[Event]) -> Columns:  # noqa: C901  (a case an event: flat, not complex)
    """The columns that an event sets, and to what. A notice stays until the next confirmation, or until a check brings
    nothing new."""
    event, at = recorded.event, recorded.context.at
    match event:
        case BatchUploaded():
            return _uploaded(event) | {"uploaded_at": at}
        case BatchUndoRequested():
            return {
                "company_id": event.company_id,
                "status": "validating",
                "file_name": event.file_name,
                "uploaded_by": asdict(event.requested_by),
                "uploaded_at": at,
                "undoes": event.undoes,
            }
        case BatchValidated():
            return _judged(event) | {
                "status": "ready_for_review",
                "rows_ref": event.rows.ref,
                "seats": asdict(event.seats),
            }
        case UndoReviewed():
            return _NOT_JUDGED | {
                "review": event.review,
                "status": "ready_for_review",
                "counts": asdict(event.counts),
                "rows_ref": event.rows.ref,
                "seats": asdict(event.seats),
            }
        case BatchRejected():
            return _judged(event) | {
                "status": "needs_correction",
                "file_errors": [finding(f) for f in event.file_errors],
                "seats": asdict(event.seats) if event.seats else None,
                "rows_ref": event.rows.ref if event.rows else None,
                "annotated_ref": event.annotated,
            }
        case RevalidationRequested():
            return _NOT_JUDGED | ({"mapping_ref": event.columns.ref} if event.columns else {})
        case ReviewWentStale():
            return _NOT_JUDGED | {"notice": finding(STALE_REVIEW)} | _NOT_CONFIRMED
        case NoticeWithdrawn():
            return {"notice": None}
        case LicensesRefused():
            return _NOT_CONFIRMED | {
                "status": "needs_correction",
                "refused": asdict(event),
                "file_errors": [finding(each) for each in licenses_refused(event)],
            }
        case BatchApprovalRequested():
            return _UNDECIDED | {
                "status": "awaiting_approval",
                "notice": None,
                "approval_asked_by": asdict(event.confirmation.confirmed_by),
                "approval_asked_at": at,
                "approval_until": event.until,
                "message": event.confirmation.message,
                "reminders": event.confirmation.reminders,
            }
        case BatchApproved():
            return _decided("approved", event.approved_by, at)
        case BatchApprovalDeclined():
            return _decided("declined", event.declined_by, at) | {
                "status": "ready_for_review",
                "approval_comment": event.comment,
                "message": None,
                "reminders": None,
                "notice": finding(not_approved(event)),
            }
        case ApprovalLapsed():
            return _decided(event.reason, None, at) | {
                "status": "ready_for_review",
                "message": None,
                "reminders": None,
                "notice": finding(nobody_approved(event)),
            }
        case BatchConfirmed():
            return {
                "status": "processing",
                "confirmed_by": asdict(event.confirmed_by),
                "confirmed_at": at,
                "message": event.message,
                "reminders": event.reminders,
                "notice": None,
            }
        case BatchProcessed():
            return {"processed": asdict(event)}
        case BatchCompleted():
            return {"status": "completed", "completed": asdict(event), "completed_at": at}
        case BatchCancelled():
            return {"status": "cancelled"}
        case BatchLapsed(days):
            return {"status": "cancelled", "notice": finding(lapsed(days))}
        case BatchSuperseded(superseded_by):
            return {"status": "superseded", "superseded_by": superseded_by}
        case BatchTidiedAway() | BatchShownAgain():
            return {"tidied": isinstance(event, BatchTidiedAway)}
        case FilesErased():
            return {_REFS[kind]: None for kind in event.deleted if kind in _REFS}
        case CorrectionsChanged():
            return {"corrections": event.changed_cells, "left_out": event.left_out_rows}
        case CorrectionsForgotten():
            return {"corrections": 0, "left_out": 0}
        case VerdictHeld() | CorrectionsApplied():
            return {}
        case ColumnsRemembered() | ColumnMappingsReplaced() | ColumnMappingsForgotten():
            return {}
        case SeatsAwaited() | WaitingBatchRechecked() | WaitingBatchJudged() | SeatsWaitEnded():
            return {}
        case BatchActionRefused() | PersonErased():
            return {}


_REFS = {"annotated": "annotated_ref", "left-out": "left_out_ref"}
"""Of copies that are gone. Where the file itself was is still said, so that a look for it says that it is gone."""

_ERASED = """
UPDATE batches SET erased = jsonb_build_object(
    'rows', coalesce((erased ->> 'rows')::int, 0) + $2::int,
    'deleted', coalesce(erased -> 'deleted', '[]') || to_jsonb($3::text[])
) WHERE id = $1
"""

_UNDECIDED: Columns = {
    "approval_decided_by": None,
    "approval_decided_at": None,
    "approval_decision": None,
    "approval_comment": None,
}


def _decided(decision: str, by: Person | None, at: datetime) -> Columns:
    return {
        "approval_decided_by": asdict(by) if by else None,
        "approval_decided_at": at,
        "approval_decision": decision,
    }


_NOT_CONFIRMED: Columns = {"confirmed_by": None, "confirmed_at": None}


def finding(found: FileFinding) -> dict[str, Any]:
    """A finding as JSON, without what it is not about."""
    return {name: value for name, value in asdict(found).items() if value not in (None, ())}


def _uploaded(event: BatchUploaded) -> Columns:
    return {
        "company_id": event.company_id,
        "status": "validating",
        "file_name": event.file.name,
        "file_size": event.file.size,
        "sha256": event.file.sha256,
        "original_ref": event.file.ref,
        "uploaded_by": asdict(event.uploaded_by),
        "replaces": event.replaces,
        "upload_warnings": [finding(f) for f in event.warnings],
        "corrections_ref": event.corrections.ref if event.corrections else None,
        "mapping_ref": event.columns.ref if event.columns else None,
    }


def _judged(event: BatchValidated | BatchRejected) -> Columns:
    judged: Columns = {
        "review": event.review,
        "counts": asdict(event.counts),
        "warnings": [finding(f) for f in event.warnings],
        "columns_ref": event.columns,
    }
    if event.file:
        judged |= {
            "file_size": event.file.size,
            "sha256": event.file.sha256,
            "original_ref": event.file.ref,
            "left_out_ref": event.left_out,
        }
    return _NOT_JUDGED | judged


def _encoded(changed: Columns) -> Columns:
    return {
        name: orjson.dumps(value).decode() if name in _JSON and value is not None else value
        for name, value in changed.items()
    }


def _insert(changed: Columns) -> str:
    places = ", ".join(f"${n}" for n in range(2, len(changed) + 2))
    return f"INSERT INTO batches (id, {', '.join(changed)}) VALUES ($1, {places})"


def _update(changed: Columns) -> str:
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(changed, 2))
    return f"UPDATE batches SET {places} WHERE id = $1"
