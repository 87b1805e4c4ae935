"""What validation listens to. Handlers only record: the work is a job's."""

from collections.abc import Sequence
from datetime import UTC, datetime

import usher_contracts as contracts
from services.validation.domain.stored_events import Event, stream_of
from services.validation.domain.validation.commands import Abandon, Validate, ValidateStale, ValidationCommand
from services.validation.domain.validation.decide import VALIDATION
from services.validation.domain.validation.events import ValidationRequested
from services.validation.domain.validation.values import File, ObjectRef
from services.validation.read_models.directory.projection import apply_companies, apply_users
from shared.eventsourcing.event_store import Transaction
from shared.jobs import queue
from shared.messaging.inbox import Received, Subscription, subscription
from shared.messaging.rebuild_from_topics import read_model

JOB = "validate"
"""The kind of the job that does one run."""
PEOPLE, COMPANIES = "directory-people", "directory-companies"


def subscriptions() -> Sequence[Subscription[Event]]:
    """All of them; names are for ever."""
    return (
        subscription(
            "batches",
            request,
            contracts.BatchUploaded,
            contracts.BatchRevalidationRequested,
            contracts.BatchCancelled,
            contracts.BatchSuperseded,
        ),
        subscription("stale-reviews", request, contracts.LicenseReservationRejected),
        subscription(PEOPLE, know_people, *contracts.USER_EVENTS, contracts.UserErased),
        subscription(
            COMPANIES,
            know_companies,
            contracts.CompanyChanged,
            contracts.LicensesReserved,
            contracts.LicensesReleased,
            contracts.MethodologySeatsReserved,
            contracts.MethodologySeatsReleased,
        ),
    )


async def request(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """Notes that a run is wanted or no longer wanted, and puts its job."""
    for each in received:
        if (command := command_of(each.event)) is None:
            continue
        context = each.context(datetime.now(UTC))
        done = await tx.execute(VALIDATION, stream_of(each.event.batch_id), command, context)
        for event in done.events:
            if isinstance(event, ValidationRequested):
                key, payload = f"{event.batch_id}:{event.run}", {"batch_id": event.batch_id, "run": event.run}
                await queue.put(tx.conn, JOB, key, event.company_id, payload, context)


def command_of(event: contracts.Event) -> ValidationCommand | None:
    """What an event asks of a validation; None for nothing."""
    match event:
        case contracts.BatchUploaded():
            corrections, mapping = _object(event.corrections), _object(event.columns)
            return Validate(event.batch_id, event.company_id, _file(event.file), event.run, corrections, mapping)
        case contracts.BatchRevalidationRequested():
            mapping = _object(event.columns)
            return Validate(event.batch_id, event.company_id, _file(event.file), event.run, mapping=mapping)
        case contracts.BatchCancelled() | contracts.BatchSuperseded():
            return Abandon(event.batch_id, event.company_id)
        case contracts.LicenseReservationRejected() if event.reason == "stale_review":
            return ValidateStale()
        case _:
            return None


def _file(file: contracts.File) -> File:
    return File(name=file.name, size=file.size, sha256=file.sha256, ref=file.ref)


def _object(kept: contracts.ObjectRef | None) -> ObjectRef | None:
    return ObjectRef(kept.ref, kept.sha256) if kept else None


async def know_people(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """Keeps the directory's people."""
    await apply_users(tx.conn, received)


async def know_companies(tx: Transaction[Event], received: Sequence[Received]) -> None:
    """Keeps the directory's companies."""
    await apply_companies(tx.conn, received)


READ_MODELS = (
    read_model(
        "directory",
        ("people", "companies"),
        "validation",
        subscriptions(),
        {PEOPLE: apply_users, COMPANIES: apply_companies},
    ),
)
"""What is rebuilt from others' events."""
