"""Contract events that licensing takes in: each is only recorded."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.licensing.application.confirm_batch.job import KIND
from services.licensing.application.undo_batch import confirm, review
from services.licensing.domain.stored_events import Event
from services.licensing.read_models.activity import batches
from services.licensing.read_models.erasures import reports
from services.licensing.read_models.invitations import deliveries
from services.licensing.read_models.known_batches import projection as known_batches
from shared.eventsourcing.event_store import Transaction
from shared.jobs import queue
from shared.messaging.consumed_record import Received
from shared.messaging.inbox import subscription
from shared.messaging.rebuild_from_topics import read_model
from usher_contracts import (
    BatchConfirmed,
    BatchUndoRequested,
    BatchUploaded,
    ErasedFromBatches,
    ErasedFromInvitations,
    ErasedFromValidations,
)


async def record_confirmations(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """A job for each confirmed review, and for each undo that is to be reviewed: a batch of 100,000 rows must not stand
    in the partition before another's."""
    for r in received:
        match r.event:
            case BatchConfirmed() as event:
                payload = {
                    "batch_id": event.batch_id,
                    "review": event.review,
                    "rows": event.rows.ref,
                    "message": event.message,
                    "by": event.confirmed_by.model_dump(include={"email", "name", "subject", "issuer"}),
                }
                kind, key = confirm.KIND if event.undoes else KIND, f"{event.batch_id}:{event.review}"
                await queue.put(tx.conn, kind, key, event.company_id, payload, r.context(datetime.now(UTC)))
            case BatchUndoRequested() as event:
                asked = review.Asked(UUID(event.batch_id), UUID(event.undoes))
                await review.put(tx.conn, asked, f"run-{event.run}", event.company_id, r.context(datetime.now(UTC)))
            case _:
                pass


async def record_deliveries(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """What became of invitations' mails, for My Team."""
    await deliveries.record(tx.conn, received)


async def record_batches(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """Which batches there are."""
    await known_batches.record(tx.conn, received)


async def record_activity(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """What admins did with batches, for the company's activity."""
    await batches.record(tx.conn, received)


async def record_erasures(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """What the other services have done about somebody who is to be forgotten."""
    await reports.record(tx.conn, received)


KNOWN_BATCHES = "batches"
"""The subscription that a request waits for which names a batch."""

SUBSCRIPTIONS = (
    subscription("confirmations", record_confirmations, BatchConfirmed, BatchUndoRequested),
    subscription("deliveries", record_deliveries, *deliveries.EVENTS),
    subscription(KNOWN_BATCHES, record_batches, BatchUploaded, BatchUndoRequested),
    subscription("activity", record_activity, *batches.EVENTS),
    subscription("erased-batches", record_erasures, ErasedFromBatches),
    subscription("erased-validations", record_erasures, ErasedFromValidations),
    subscription("erased-invitations", record_erasures, ErasedFromInvitations),
)

READ_MODELS = (
    read_model("deliveries", ("deliveries",), "licensing", SUBSCRIPTIONS, {"deliveries": deliveries.record}),
    read_model("known_batches", ("known_batches",), "licensing", SUBSCRIPTIONS, {KNOWN_BATCHES: known_batches.record}),
    read_model("batch_activity", ("batch_activity",), "licensing", SUBSCRIPTIONS, {"activity": batches.record}),
    read_model(
        "erasure_reports",
        ("erasure_reports",),
        "licensing",
        SUBSCRIPTIONS,
        {
            "erased-batches": reports.record,
            "erased-validations": reports.record,
            "erased-invitations": reports.record,
        },
    ),
)
"""What is rebuilt from others' events."""
