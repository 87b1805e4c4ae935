"""What this service hears, and the command that each event means. Handlers decode, name the command, execute."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TypeAlias

import usher_contracts as contracts
from services.upload.application import await_seats
from services.upload.domain.batch.commands import Command, RecordCompleted, RecordProcessed, RecordVerdict, SendBack
from services.upload.domain.batch.decide import BATCH
from services.upload.domain.batch.events import (
    BatchCompleted,
    BatchConfirmed,
    BatchProcessed,
    BatchRejected,
    BatchValidated,
    Counts,
    File,
    FileFinding,
    MethodologySeats,
    MethodologyShortage,
    ObjectRef,
    Seats,
    UndoCounts,
    UndoReviewed,
)
from services.upload.domain.batch.state import NotUploaded
from services.upload.domain.stored_events import Event, stream_of
from services.upload.metrics import COMPLETION_SECONDS
from services.upload.read_models.companies import projection as companies
from services.upload.read_models.deliveries import projection as progress
from services.upload.read_models.permissions import projection as permissions
from services.upload.read_models.seat_counts import projection as seat_counts
from services.upload.read_models.standing import projection as standing
from shared.eventsourcing.event_store import Transaction
from shared.messaging.inbox import Permanent, Received, Subscription, subscription
from shared.messaging.rebuild_from_topics import read_model
from shared.postgres.database import Connection

COMPANIES = "companies"
"""The subscription that plan checks and templates wait for."""
STANDING = "standing"
"""The subscription by which a deactivated admin is turned away."""
PERMISSIONS = "permissions"
"""The subscription by which admins are known, where Usher says who is one."""
DELIVERIES = "deliveries"
SEATS = "seats"
"""The subscription by which batches hear that there is room for them."""

BatchResult: TypeAlias = (
    contracts.BatchValidated
    | contracts.BatchRejected
    | contracts.BatchProcessed
    | contracts.LicenseReservationRejected
    | contracts.BatchCompleted
    | contracts.UndoReviewed
)


def subscriptions() -> Sequence[Subscription[Event]]:
    """All that this service subscribes to: each a consumer group of its own."""
    return (
        subscription(COMPANIES, _company_changed, contracts.CompanyChanged),
        subscription(STANDING, _standing_changed, *standing.EVENTS),
        subscription(PERMISSIONS, _permissions_changed, *permissions.EVENTS),
        subscription("verdicts", _record_verdicts, contracts.BatchValidated, contracts.BatchRejected),
        subscription(
            "licensing",
            _record_all,
            contracts.LicenseReservationRejected,
            contracts.BatchProcessed,
            contracts.UndoReviewed,
        ),
        subscription(
            SEATS,
            _seats_changed,
            contracts.CompanyChanged,
            contracts.LicensesReserved,
            contracts.LicensesReleased,
            contracts.MethodologySeatsReserved,
            contracts.MethodologySeatsReleased,
            contracts.SeatsRequested,
            contracts.SeatsRequestAnswered,
        ),
        subscription(
            DELIVERIES,
            _delivered,
            contracts.InvitationSent,
            contracts.InvitationFailed,
            contracts.InvitationBounced,
            contracts.BatchCompleted,
        ),
    )


async def _company_changed(tx: Transaction[Event], received: Sequence[Received]) -> None:
    await _keep_companies(tx.conn, received)


async def _keep_companies(conn: Connection, received: Sequence[Received]) -> None:
    await companies.apply(conn, [(r.sequence, r.event) for r in received])


async def _standing_changed(tx: Transaction[Event], received: Sequence[Received]) -> None:
    await _keep_standing(tx.conn, received)


async def _keep_standing(conn: Connection, received: Sequence[Received]) -> None:
    await standing.apply(conn, [(r.sequence, r.event) for r in received])


async def _permissions_changed(tx: Transaction[Event], received: Sequence[Received]) -> None:
    await _keep_permissions(tx.conn, received)


async def _keep_permissions(conn: Connection, received: Sequence[Received]) -> None:
    await permissions.apply(conn, [(r.sequence, r.event) for r in received])


async def _record_verdicts(tx: Transaction[Event], received: Sequence[Received]) -> None:
    newest = {r.event.company_id: r for r in received}
    await await_seats.lock(tx, newest)
    await _record_all(tx, received)
    for company_id, last in newest.items():
        await await_seats.look(tx, company_id, last.context(datetime.now(UTC)))


async def _seats_changed(tx: Transaction[Event], received: Sequence[Received]) -> None:
    newest = {r.event.company_id: r for r in received}
    await await_seats.lock(tx, newest)
    await _keep_seat_counts(tx.conn, received)
    for each in received:
        match each.event:
            case contracts.SeatsRequested() as event:
                await await_seats.begin(tx, each, event)
            case contracts.SeatsRequestAnswered() as event:
                await await_seats.decline(tx, each, event)
            case _:
                pass
    for company_id, last in newest.items():
        await await_seats.look(tx, company_id, last.context(datetime.now(UTC)))


async def _keep_seat_counts(conn: Connection, received: Sequence[Received]) -> None:
    await seat_counts.apply(conn, received)


async def _record_all(tx: Transaction[Event], received: Sequence[Received]) -> None:
    for each in received:
        await _record(tx, each, each.event)


async def _delivered(tx: Transaction[Event], received: Sequence[Received]) -> None:
    await _count_deliveries(tx.conn, received)
    await _record_all(tx, [r for r in received if isinstance(r.event, contracts.BatchCompleted)])


async def _count_deliveries(conn: Connection, received: Sequence[Received]) -> None:
    await progress.count(conn, [r.event for r in received if not isinstance(r.event, contracts.BatchCompleted)])


async def _record(tx: Transaction[Event], received: Received, event: BatchResult) -> None:
    done = await tx.execute(BATCH, stream_of(event.batch_id), command_of(event), received.context(datetime.now(UTC)))
    if isinstance(done.state, NotUploaded):
        raise Permanent("it is about a batch that was never uploaded here")
    if any(isinstance(each, BatchCompleted) for each in done.events):
        await _measure_completion(tx, event.batch_id, received.time)


async def _measure_completion(tx: Transaction[Event], batch_id: str, completed: datetime) -> None:
    """From the last confirmation, where the batch came back to review."""
    history = await tx.load(stream_of(batch_id))
    confirmed = [each.context.at for each in history if isinstance(each.event, BatchConfirmed)]
    if confirmed:
        seconds = (completed - confirmed[-1]).total_seconds()
        tx.afterwards(lambda: COMPLETION_SECONDS.observe(seconds))


def command_of(event: BatchResult) -> Command:
    """The command that an event of another service means for the batch it is about."""
    match event:
        case contracts.BatchValidated():
            return RecordVerdict(_validated(event))
        case contracts.BatchRejected():
            return RecordVerdict(_rejected(event))
        case contracts.UndoReviewed():
            return RecordVerdict(_reviewed(event))
        case contracts.LicenseReservationRejected():
            short = (MethodologyShortage(m.id, m.name, m.requested, m.available) for m in event.methodologies)
            return SendBack(event.reason, event.requested, event.available, tuple(short))
        case contracts.BatchProcessed():
            return RecordProcessed(BatchProcessed(event.invited, event.changed, event.unchanged))
        case contracts.BatchCompleted():
            return RecordCompleted(BatchCompleted(event.invited, event.changed, event.emails_sent, event.emails_failed))


def _validated(event: contracts.BatchValidated) -> BatchValidated:
    return BatchValidated(
        review=event.review,
        counts=_counts(event.counts),
        seats=_seats(event.seats),
        rows=ObjectRef(event.rows.ref, event.rows.sha256),
        warnings=_findings(event.warnings),
        file=_file(event.file),
        left_out=event.left_out.ref if event.left_out else None,
        columns=event.columns.ref if event.columns else None,
    )


def _rejected(event: contracts.BatchRejected) -> BatchRejected:
    return BatchRejected(
        review=event.review or event.run or 1,
        counts=_counts(event.counts),
        file_errors=_findings(event.file_errors),
        seats=_seats(event.seats) if event.seats else None,
        rows=ObjectRef(event.rows.ref, event.rows.sha256) if event.rows else None,
        annotated=event.annotated.ref if event.annotated else None,
        warnings=_findings(event.warnings),
        file=_file(event.file),
        left_out=event.left_out.ref if event.left_out else None,
        columns=event.columns.ref if event.columns else None,
    )


def _reviewed(event: contracts.UndoReviewed) -> UndoReviewed:
    counts = event.counts
    return UndoReviewed(
        review=event.review,
        counts=UndoCounts(counts.rows, counts.cancel, counts.restore, counts.kept),
        seats=_seats(event.seats),
        rows=ObjectRef(event.rows.ref, event.rows.sha256),
    )


def _file(file: contracts.File | None) -> File | None:
    return File(file.name, file.size, file.sha256, file.ref) if file else None


def _counts(counts: contracts.Counts) -> Counts:
    return Counts(counts.rows, counts.invite, counts.change, counts.unchanged, counts.error, counts.warning)


def _seats(seats: contracts.Seats) -> Seats:
    pools = (
        MethodologySeats(each.id, each.name, each.purchased, each.occupied, each.available, each.required)
        for each in seats.methodologies
    )
    return Seats(seats.purchased, seats.occupied, seats.available, seats.required, tuple(pools))


def _findings(findings: Sequence[contracts.FileFinding]) -> tuple[FileFinding, ...]:
    return tuple(
        FileFinding(f.code, f.message, f.columns, f.rows, f.sheet, f.batch_id, f.requested, f.available, f.methodology)
        for f in findings
    )


READ_MODELS = (
    read_model("companies", ("companies",), "upload", subscriptions(), {COMPANIES: _keep_companies}),
    read_model("standing", ("standing",), "upload", subscriptions(), {STANDING: _keep_standing}),
    read_model("permissions", ("permissions",), "upload", subscriptions(), {PERMISSIONS: _keep_permissions}),
    read_model("seat_counts", ("seat_counts",), "upload", subscriptions(), {SEATS: _keep_seat_counts}),
    read_model("progress", ("deliveries",), "upload", subscriptions(), {DELIVERIES: _count_deliveries}),
)
"""What is rebuilt from others' events."""
