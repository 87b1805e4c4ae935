"""Batches that wait for licenses that were asked for: checked again by themselves once there is room.

Looked at wherever something about it is heard: what is free (licensing), the verdict on a batch (validation). Both come
on topics of their own, so whoever hears one of them holds the company's lock: the other finds what it has done.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import usher_contracts as contracts
from services.upload.application.command_bus import execute_on_batch, of_batch
from services.upload.domain.batch.commands import RevalidateBatch
from services.upload.domain.batch.events import Person
from services.upload.domain.seat_wait.commands import AwaitSeats, DeclineSeats, LookAtBatch
from services.upload.domain.seat_wait.decide import SEAT_WAIT
from services.upload.domain.seat_wait.events import SeatsAwaited, WaitingBatchRechecked
from services.upload.domain.seat_wait.state import Waiting
from services.upload.domain.stored_events import Event, seat_wait_stream
from services.upload.read_models.seat_counts import query as seat_counts
from services.upload.read_models.seat_waits import query as seat_waits
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.eventsourcing.unit_of_work import UnitOfWork
from shared.messaging.inbox import Received


async def lock(tx: Transaction[Event], companies: Iterable[str]) -> None:
    """Taken first of all, by whoever hears of licenses or of a verdict, until the transaction ends."""
    for company_id in sorted(set(companies)):
        await tx.lock(f"seat-waits-{company_id}")


async def begin(tx: Transaction[Event], received: Received, event: contracts.SeatsRequested) -> None:
    """An admin has asked for more: the batch that they named waits from now on."""
    if event.batch_id is None:
        return
    by = event.asked_by
    awaited = SeatsAwaited(event.request_id, event.batch_id, Person(by.subject or "", by.email, by.name, by.issuer))
    stream, context = seat_wait_stream(event.request_id), received.context(datetime.now(UTC))
    await tx.execute(SEAT_WAIT, stream, AwaitSeats(awaited), context)


async def decline(tx: Transaction[Event], received: Received, event: contracts.SeatsRequestAnswered) -> None:
    """A request that was declined is waited for no longer."""
    if event.state == "declined":
        stream, context = seat_wait_stream(event.request_id), received.context(datetime.now(UTC))
        await tx.execute(SEAT_WAIT, stream, DeclineSeats(), context)


async def look(tx: Transaction[Event], company_id: str, context: Context) -> None:
    """Looks at all batches of the company that wait, its lock held. Those for which there is room are checked again."""
    waits = await seat_waits.of_company(tx.conn, company_id)
    if not waits:
        return
    free = await seat_counts.free(tx.conn, company_id)
    for request_id, batch_id in waits:
        uow = UnitOfWork(tx)
        wait = await uow.load(SEAT_WAIT, seat_wait_stream(request_id))
        if not isinstance(wait.state, Waiting):
            continue
        asked_by, batch = wait.state.asked_by, await seat_waits.batch_now(tx.conn, batch_id, wait.state.asked_by)
        if batch is None:
            continue
        happened = wait.decide(LookAtBatch(batch, free), of_batch(context, batch.batch_id))
        await uow.flush()
        if any(isinstance(event, WaitingBatchRechecked) for event in happened):
            await execute_on_batch(tx, batch.batch_id, RevalidateBatch(asked_by), context)
        if happened:
            reached("seats.looked")
