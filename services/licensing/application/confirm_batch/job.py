"""The job that settles a confirmed batch: reserves, invites and changes, or refuses; in one transaction, once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.confirm_batch import rows as rows_of_batch
from services.licensing.application.confirm_batch.facts import AT_A_STRETCH, Facts, gather
from services.licensing.application.confirm_batch.rows import Line, Rows, profile_of
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.confirmation.commands import SettleBatch
from services.licensing.domain.confirmation.decide import CONFIRMATION
from services.licensing.domain.confirmation.events import BatchApplied, MethodologyShortage
from services.licensing.domain.confirmation.state import decided
from services.licensing.domain.licenses.commands import ReserveLicenses
from services.licensing.domain.licenses.state import Licenses
from services.licensing.domain.methodology_pools.shortage import short_of
from services.licensing.domain.stored_events import Event, confirmation_stream
from services.licensing.domain.user.commands import ChangeMethodologies, ChangeProfile, Invite
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.state import Actor, Nobody, Profile
from services.licensing.read_models.team import addresses
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.jobs.queue import Job
from shared.object_store.store import Blobs
from shared.people.access import PermissionsFrom
from shared.people.origins import FILE
from shared.postgres import row_security

KIND = "confirm"
PORTION = 1_000
"""Users that are decided, appended and projected together: memory stays flat, and other work gets its turn."""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the job was told."""

    batch_id: UUID
    review: int
    rows_ref: str
    by: Actor
    message: str | None = None

    @staticmethod
    def of(payload: Any) -> "Confirmed":
        """Reads a job's payload, as ``services.licensing.application.event_handlers`` writes it."""
        return Confirmed(
            UUID(payload["batch_id"]),
            payload["review"],
            payload["rows"],
            Actor(**payload["by"]),
            payload.get("message"),
        )


@dataclass(frozen=True, slots=True)
class ConfirmJob:
    """Does jobs of KIND."""

    store: EventStore[Event]
    blobs: Blobs
    policy: InvitationPolicy
    permissions_from: PermissionsFrom = "token"

    async def __call__(self, job: Job) -> None:
        """Settles one batch. Reading and parsing come before the transaction: while it lasts, the company waits."""
        confirmed = Confirmed.of(job.payload)
        rows = await rows_of_batch.read(self.blobs, confirmed.rows_ref)
        reached("confirm.read")
        company_id = UUID(job.company_id)

        async def settle(tx: Transaction[Event]) -> None:
            context = replace(job.context, at=datetime.now(UTC), origin=FILE)
            uow = UnitOfWork(tx, company_id, context, self.policy, self.permissions_from)
            await _settle(uow, confirmed, rows)
            await job.finish(tx.conn)
            reached("confirm.finished")

        with row_security.within(company_id):
            await self.store.run(settle)


async def _settle(uow: UnitOfWork, confirmed: Confirmed, rows: Rows) -> None:
    await uow.lock_company("exclusive", None)
    confirmation = await uow.load(CONFIRMATION, confirmation_stream(confirmed.batch_id))
    if decided(confirmation.state, confirmed.review):
        return
    facts = await gather(uow, rows, confirmed.batch_id)
    reached("confirm.gathered")
    company = (await stream_snapshots.licenses(uow.conn, uow.company_id, lock=True)).state
    stale = facts.stale or not await uow.may_act(confirmed.by)
    command = SettleBatch(
        confirmed.batch_id,
        uow.company_id,
        confirmed.review,
        stale=stale,
        available=company.available if isinstance(company, Licenses) else 0,
        short=await _short(uow, facts),
        invited=len(rows.invites),
        changed=len(rows.changes),
        unchanged=len(rows.unchanged),
    )
    events = CONFIRMATION.decide(command, confirmation.state)
    if any(isinstance(event, BatchApplied) for event in events):
        await _apply(uow, confirmed, rows, facts)
    else:
        await addresses.let_go(uow.conn, list(facts.held))
        reached("confirm.refused")
    # Told last: who hears that the batch is processed has heard of its users.
    confirmation.record(events, uow.context)
    await uow.flush()


async def _short(uow: UnitOfWork, facts: Facts) -> tuple[MethodologyShortage, ...]:
    """The methodologies whose seats are too few for the batch. The company's row is held."""
    if not facts.seats:
        return ()
    bought = (await uow.settings()).methodologies
    pools = (await stream_snapshots.pools(uow.conn, uow.company_id)).state
    names = {each.id: each.name for each in bought}
    short = short_of(pools, facts.seats, {each.id: each.purchased for each in bought})
    return tuple(MethodologyShortage(each.id, names[each.id], each.requested, each.available) for each in short)


async def _apply(uow: UnitOfWork, confirmed: Confirmed, rows: Rows, facts: Facts) -> None:
    await uow.decide_licenses(ReserveLicenses(len(rows.invites), "batch", confirmed.batch_id))
    await uow.reserve_ahead(facts.seats, confirmed.batch_id)
    await uow.flush()
    reached("confirm.reserved")
    await _invite_all(uow, confirmed, rows.invites, facts)
    for start in range(0, len(rows.changes), PORTION):
        await _change(uow, confirmed, rows.changes[start : start + PORTION], facts)
        await uow.flush()


async def _invite_all(uow: UnitOfWork, confirmed: Confirmed, lines: Sequence[Line], facts: Facts) -> None:
    """A portion is decided while Postgres writes the one before: each takes about as long as the other."""
    writing = asyncio.ensure_future(uow.flush())
    for start in range(0, len(lines), PORTION):
        try:
            decided = await _invite(uow.another(), confirmed, lines[start : start + PORTION], facts)
        finally:
            await writing
        if start:
            reached("confirm.portion")
        writing = asyncio.ensure_future(decided.flush())
    await writing
    reached("confirm.portion")


async def _invite(uow: UnitOfWork, confirmed: Confirmed, lines: Sequence[Line], facts: Facts) -> UnitOfWork:
    nobody = Snapshot(Nobody(), 0)
    for n, line in enumerate(lines):
        if n % AT_A_STRETCH == 0:
            await asyncio.sleep(0)
        user_id = facts.new[line.key].user_id
        profile = profile_of(Profile(email=line.email), line.row, facts.manager(line))
        command = Invite(
            user_id,
            uow.company_id,
            profile,
            facts.held[line.key].plan,
            new_id(),
            confirmed.by,
            uow.at,
            uow.policy.lifetime,
            confirmed.batch_id,
            message=confirmed.message,
        )
        seats = ChangeMethodologies(frozenset(line.methodologies), confirmed.by, confirmed.batch_id)
        uow.decide_user(user_id, nobody, command, *([seats] if line.methodologies else []))
    return uow


async def _change(uow: UnitOfWork, confirmed: Confirmed, lines: Sequence[Line], facts: Facts) -> None:
    by_id = {line.user_id: line for line in lines if line.user_id is not None}
    for user_id, snapshot in (await stream_snapshots.users(uow.conn, uow.company_id, by_id)).items():
        line = by_id[user_id]
        profile = profile_of(snapshot.state.profile, line.row, facts.manager(line))
        seats = frozenset(snapshot.state.access.methodologies).union(line.methodologies)
        uow.decide_user(
            user_id,
            snapshot,
            ChangeProfile(profile, confirmed.by, confirmed.batch_id),
            ChangeMethodologies(seats, confirmed.by, confirmed.batch_id),
        )
