"""What leaves the service, and what comes in: contract events, stored events, commands."""

import json
from dataclasses import asdict
from typing import Any

import pytest

import usher_contracts as contracts
from services.upload.application.event_handlers import BatchResult, command_of, subscriptions
from services.upload.domain.batch.commands import RecordCompleted, RecordProcessed, RecordVerdict, SendBack
from services.upload.domain.batch.events import (
    BatchRejected,
    Counts,
    Event,
    FileFinding,
    MethodologySeats,
    MethodologyShortage,
    Seats,
)
from services.upload.integration_events import publish
from services.upload.messages import REFUSALS
from tests.unit.upload.examples import (
    ACTION_REFUSED,
    AGAIN,
    AGAIN_WITH_COLUMNS,
    APPROVAL_LAPSED,
    APPROVED,
    ASKED,
    BATCH_ID,
    CANCELLED,
    CHOSEN,
    COMPANY_ID,
    COMPLETED,
    CONFIRMED,
    DECLINED,
    FILE,
    ISSUER,
    JUDGED_AGAIN,
    LAPSED,
    OF_CORRECTIONS,
    ONE_OF_EACH,
    PERSON_ERASED,
    PROCESSED,
    REMEMBERED,
    REQUEST_ID,
    REUPLOAD_ID,
    ROWS,
    SUPERSEDED,
    UNDO_AGAIN,
    UNDO_CONFIRMED,
    UNDO_REQUESTED,
    UPLOADED,
    WITH_A_MESSAGE,
)
from tests.unit.upload.test_projection import recorded

ADA = {"email": "ada@northwind.example", "name": "Ada Admin", "subject": "sub-ada", "issuer": ISSUER}
BEN = {"email": "ben@northwind.example", "name": "Ben Backup", "subject": "sub-ben", "issuer": ISSUER}
USHER = {"email": "", "name": "Usher", "subject": None, "issuer": None}
SENT = {"name": FILE.name, "size": FILE.size, "sha256": FILE.sha256, "ref": FILE.ref}
CORRECTIONS_SENT = {"ref": f"{COMPANY_ID}/corrections/{'ff' * 32}", "sha256": "ff" * 32}
OWN_BATCH = REFUSALS["own_batch", "approve", "awaiting_approval"]
COLUMNS_SENT = {"ref": CHOSEN.ref, "sha256": CHOSEN.sha256}
ABOUT = {"company_id": COMPANY_ID, "batch_id": BATCH_ID}


@pytest.mark.parametrize(
    ("event", "name", "data"),
    [
        (
            UPLOADED,
            "BatchUploaded",
            {"uploaded_by": ADA, "file": SENT, "replaces": None, "run": 1, "corrections": None, "columns": None},
        ),
        (
            OF_CORRECTIONS,
            "BatchUploaded",
            {"uploaded_by": ADA, "file": SENT, "replaces": None, "run": 1, "corrections": CORRECTIONS_SENT}
            | {"columns": None},
        ),
        (
            REMEMBERED,
            "BatchUploaded",
            {"uploaded_by": ADA, "file": SENT, "replaces": None, "run": 1, "corrections": CORRECTIONS_SENT}
            | {"columns": COLUMNS_SENT},
        ),
        (AGAIN, "BatchRevalidationRequested", {"run": 2, "requested_by": BEN, "file": SENT, "columns": None}),
        (
            AGAIN_WITH_COLUMNS,
            "BatchRevalidationRequested",
            {"run": 2, "requested_by": BEN, "file": SENT, "columns": COLUMNS_SENT},
        ),
        (
            WITH_A_MESSAGE,
            "BatchConfirmed",
            {
                "review": 1,
                "confirmed_by": ADA,
                "rows": {"ref": ROWS.ref, "sha256": ROWS.sha256},
                "file_name": "q3.xlsx",
                "message": "Welcome aboard: we start on Monday.",
                "reminders": True,
                "undoes": None,
            },
        ),
        (UNDO_REQUESTED, "BatchUndoRequested", {"requested_by": BEN, "undoes": BATCH_ID, "run": 1}),
        (UNDO_AGAIN, "BatchUndoRequested", {"requested_by": BEN, "undoes": BATCH_ID, "run": 2}),
        (
            UNDO_CONFIRMED,
            "BatchConfirmed",
            {
                "review": 1,
                "confirmed_by": ADA,
                "rows": {"ref": ROWS.ref, "sha256": ROWS.sha256},
                "file_name": "q3.xlsx",
                "undoes": BATCH_ID,
                "message": None,
                "reminders": None,
            },
        ),
        (
            ASKED,
            "BatchApprovalRequested",
            {
                "review": 1,
                "asked_by": ADA,
                "until": "2026-11-30T09:30:00Z",
                "invite": 100,
                "change": 12,
                "file_name": "q3.xlsx",
                "approvers": [BEN],
            },
        ),
        (APPROVED, "BatchApproved", {"review": 1, "approved_by": BEN}),
        (
            DECLINED,
            "BatchApprovalDeclined",
            {
                "review": 1,
                "asked_by": ADA,
                "declined_by": BEN,
                "comment": "Lyon joins in January.",
                "file_name": "q3.xlsx",
            },
        ),
        (
            APPROVAL_LAPSED,
            "BatchApprovalDeclined",
            {"review": 1, "asked_by": ADA, "declined_by": USHER, "comment": None, "file_name": "q3.xlsx"},
        ),
        (
            JUDGED_AGAIN,
            "BatchCheckedAgain",
            {
                "review": 2,
                "request_id": REQUEST_ID,
                "status": "ready_for_review",
                "invite": 100,
                "change": 12,
                "error": 0,
                "file_name": "q3.xlsx",
                "admins": [ADA],
            },
        ),
        (CANCELLED, "BatchCancelled", {"cancelled_by": BEN}),
        (LAPSED, "BatchCancelled", {"cancelled_by": USHER}),
        (SUPERSEDED, "BatchSuperseded", {"superseded_by": REUPLOAD_ID}),
        (
            ACTION_REFUSED,
            "BatchActionRefused",
            {"action": "approve", "code": "own_batch", "message": OWN_BATCH, "refused_to": ADA},
        ),
    ],
)
def test_what_others_hear(event: Event, name: str, data: dict[str, object]) -> None:
    (message,) = publish(recorded(event))
    assert (message.topic, message.key, message.type) == ("usher.batches.v1", COMPANY_ID, f"usher.{name}.v1")
    assert message.data is not None
    assert json.loads(message.data) == ABOUT | data


def test_what_others_have_said_is_not_repeated() -> None:
    told = (
        *(UPLOADED, OF_CORRECTIONS, REMEMBERED, AGAIN, AGAIN_WITH_COLUMNS),
        *(CONFIRMED, WITH_A_MESSAGE, CANCELLED, LAPSED, SUPERSEDED),
        *(UNDO_REQUESTED, UNDO_AGAIN, UNDO_CONFIRMED, ASKED, APPROVED, DECLINED, APPROVAL_LAPSED, JUDGED_AGAIN),
        *(ACTION_REFUSED, PERSON_ERASED),
    )
    assert all(not publish(recorded(event)) for event in ONE_OF_EACH if event not in told)


def _about(kind: type[contracts.Event], **data: object) -> BatchResult:
    return kind.model_validate({**ABOUT, **data})  # pyright: ignore[reportReturnType]


COUNTS = {"rows": 3, "invite": 2, "change": 0, "unchanged": 0, "error": 1}


def test_a_verdict_is_taken_over_with_what_it_says_beside() -> None:
    error = FileFinding("licenses_exceeded", "…", requested=5, available=3)
    told = _about(contracts.BatchRejected, counts=COUNTS, file_errors=[asdict(error)], review=4)
    assert command_of(told) == RecordVerdict(BatchRejected(4, Counts(3, 2, 0, 0, 1), (error,)))


def test_pools_that_are_too_small_are_taken_over() -> None:
    short: dict[str, Any] = {"id": "command", "name": "Command of the Message", "requested": 2, "available": 1}
    back = _about(
        contracts.LicenseReservationRejected,
        reason="licenses_exceeded",
        requested=3,
        available=3,
        methodologies=[short],
    )
    assert command_of(back) == SendBack("licenses_exceeded", 3, 3, (MethodologyShortage(**short),))
    pool: dict[str, Any] = {"id": "command", "name": "C", "purchased": 9, "occupied": 8, "available": 1, "required": 2}
    seats = {"purchased": 9, "occupied": 1, "available": 8, "required": 0, "methodologies": [pool]}
    told = _about(contracts.BatchRejected, counts=COUNTS, seats=seats, review=1)
    assert command_of(told) == RecordVerdict(
        BatchRejected(1, Counts(3, 2, 0, 0, 1), seats=Seats(9, 1, 8, 0, (MethodologySeats(**pool),)))
    )


def test_what_licensing_and_notification_tell() -> None:
    back = _about(contracts.LicenseReservationRejected, reason="stale_review", requested=3, available=1)
    assert command_of(back) == SendBack("stale_review", 3, 1)
    processed = _about(contracts.BatchProcessed, invited=100, changed=12, unchanged=8)
    assert command_of(processed) == RecordProcessed(PROCESSED)
    completed = _about(contracts.BatchCompleted, invited=100, changed=12, emails_sent=98, emails_failed=2)
    assert command_of(completed) == RecordCompleted(COMPLETED)


def test_each_subscription_is_to_one_topic_under_a_name_of_its_own() -> None:
    said = subscriptions()
    assert len({each.name for each in said}) == len(said)
    owned = {event.type: event.topic for event in contracts.EVENTS}
    assert all(owned[type_] == each.topic for each in said for type_ in each.types)
