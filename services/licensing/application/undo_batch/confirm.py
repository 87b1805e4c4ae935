"""The job that carries out a confirmed undo: cancels and restores, or refuses; in one transaction, once."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.confirm_batch.job import Confirmed
from services.licensing.application.form_validation import email_key, person_of, rules_of
from services.licensing.application.release_licenses import moved_up
from services.licensing.application.undo_batch import review
from services.licensing.application.undo_batch import rows as rows_of_undo
from services.licensing.application.undo_batch.facts import AT_A_STRETCH, PORTION, possible
from services.licensing.application.undo_batch.rows import Restored, UndoRows
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.confirmation.commands import SettleBatch
from services.licensing.domain.confirmation.decide import CONFIRMATION
from services.licensing.domain.confirmation.events import BatchApplied
from services.licensing.domain.confirmation.presumptions import closes_circle
from services.licensing.domain.confirmation.state import decided
from services.licensing.domain.licenses.commands import ReleaseLicenses
from services.licensing.domain.stored_events import Event, confirmation_stream, undo_stream
from services.licensing.domain.undo.decide import UNDO
from services.licensing.domain.undo.outcomes import Possible, restored, still_restored, withdrawn
from services.licensing.domain.undo.state import Reviewed
from services.licensing.domain.user.commands import CancelInvitation, ChangeMethodologies, ChangeProfile
from services.licensing.domain.user.events import ManagerLeft
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.state import Manager, PendingTransfer, Waiting
from services.licensing.read_models.team import addresses
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.jobs.queue import Job
from shared.object_store.store import Blobs
from shared.people.access import PermissionsFrom
from shared.people.origins import FORM
from shared.people.profile import REPORTS_TO
from shared.postgres import row_security

KIND = "undo"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ConfirmUndoJob:
    """Does jobs of KIND."""

    store: EventStore[Event]
    blobs: Blobs
    policy: InvitationPolicy
    permissions_from: PermissionsFrom = "token"

    async def __call__(self, job: Job) -> None:
        """Settles one undo. What it comes to is read before the transaction: while it lasts, the company waits."""
        confirmed, company_id = Confirmed.of(job.payload), UUID(job.company_id)
        rows = await rows_of_undo.read(self.blobs, confirmed.rows_ref)
        reached("undo.read")

        async def settle(tx: Transaction[Event]) -> None:
            context = replace(job.context, at=datetime.now(UTC), origin=FORM)
            uow = UnitOfWork(tx, company_id, context, self.policy, self.permissions_from)
            await _settle(uow, confirmed, rows)
            await job.finish(tx.conn)
            reached("undo.finished")

        with row_security.within(company_id):
            await self.store.run(settle)


@dataclass(slots=True)
class _Facts:
    """What carrying it out needs: the managers who are named in it, the addresses of those who are cancelled, and whom
    these report to."""

    stale: bool
    managers: Mapping[UUID, Manager]
    keys: Sequence[str]
    up: Mapping[UUID, Manager | None]


async def _settle(uow: UnitOfWork, confirmed: Confirmed, rows: UndoRows) -> None:
    await uow.lock_company("exclusive", None)
    confirmation = await uow.load(CONFIRMATION, confirmation_stream(confirmed.batch_id))
    if decided(confirmation.state, confirmed.review):
        return
    facts = await _gather(uow, rows)
    reached("undo.gathered")
    stale = facts.stale or not await uow.may_act(confirmed.by)
    available = (await stream_snapshots.provisioned(uow.conn, uow.company_id)).state.available
    command = SettleBatch(
        confirmed.batch_id,
        uow.company_id,
        confirmed.review,
        stale=stale,
        available=available,
        invited=0,
        changed=len(rows.restores),
        unchanged=rows.kept,
        cancelled=len(rows.cancels),
    )
    events = CONFIRMATION.decide(command, confirmation.state)
    if any(isinstance(event, BatchApplied) for event in events):
        await _restore(uow, confirmed, rows.restores, facts)
        await _cancel(uow, confirmed, rows.cancels, facts)
    else:
        await _look_again(uow, confirmed)
    # Told last: who hears that the batch is processed has heard of its users.
    confirmation.record(events, uow.context)
    await uow.flush()


async def _look_again(uow: UnitOfWork, confirmed: Confirmed) -> None:
    """Who sends a review back says at once what it would be now."""
    undo = (await uow.load(UNDO, undo_stream(confirmed.batch_id))).state
    assert isinstance(undo, Reviewed), "nobody can confirm what was never reviewed"
    asked = review.Asked(confirmed.batch_id, undo.undoes)
    await review.put(uow.conn, asked, f"stale-{confirmed.review}", str(uow.company_id), uow.context)
    reached("undo.refused")


async def _gather(uow: UnitOfWork, rows: UndoRows) -> _Facts:
    """Whether each row still does what was reviewed. The company is ours alone."""
    named = {change.after_id for row in rows.restores for change in row.changes if change.after_id}
    managers = await stream_snapshots.live_managers(uow.conn, uow.company_id, named)
    allowed = possible(rules_of(await uow.settings()), managers)
    keys, up = list[str](), dict[UUID, Manager | None]()
    for portion in _portions(rows.cancels):
        for user_id, snapshot in (await stream_snapshots.users(uow.conn, uow.company_id, portion)).items():
            if isinstance(snapshot.state, Waiting | PendingTransfer):
                keys.append(email_key(snapshot.state))
                up[user_id] = snapshot.state.profile.reports_to
    stale = (
        len(up) < len(rows.cancels)
        or not await _restores_hold(uow, rows.restores, allowed)
        or await _circle(uow, rows.restores)
    )
    return _Facts(stale, managers, keys, up)


async def _restores_hold(uow: UnitOfWork, rows: Sequence[Restored], allowed: Possible) -> bool:
    for portion in _portions(rows):
        users = await stream_snapshots.users(uow.conn, uow.company_id, [row.user_id for row in portion])
        for n, row in enumerate(portion):
            if n % AT_A_STRETCH == 0:
                await asyncio.sleep(0)
            snapshot = users.get(row.user_id)
            if snapshot is None or not still_restored(snapshot.state, row.changes, allowed):
                return False
    return True


async def _circle(uow: UnitOfWork, rows: Sequence[Restored]) -> bool:
    new = {row.user_id: change.after_id for row in rows for change in row.changes if change.field == REPORTS_TO}
    above = {manager for manager in new.values() if manager}
    if not above:
        return False
    return closes_circle(new, await stream_snapshots.manager_chains(uow.conn, uow.company_id, above))


async def _restore(uow: UnitOfWork, confirmed: Confirmed, rows: Sequence[Restored], facts: _Facts) -> None:
    """First, so that who gets back their manager of before does not move up from one who is cancelled."""
    for portion in _portions(rows):
        changes = {row.user_id: row.changes for row in portion}
        for user_id, snapshot in (await stream_snapshots.users(uow.conn, uow.company_id, changes)).items():
            profile = restored(snapshot.state.profile, changes[user_id], facts.managers)
            seats = frozenset(snapshot.state.access.methodologies) - withdrawn(changes[user_id])
            uow.decide_user(
                user_id,
                snapshot,
                ChangeProfile(profile, confirmed.by, confirmed.batch_id),
                ChangeMethodologies(seats, confirmed.by, confirmed.batch_id),
            )
        await uow.flush()
        reached("undo.portion")


async def _cancel(uow: UnitOfWork, confirmed: Confirmed, user_ids: Sequence[UUID], facts: _Facts) -> None:
    """Their addresses are held first, then the licenses: as whoever else lets somebody go does it."""
    await addresses.lock(uow.conn, facts.keys)
    await uow.decide_seats(batch_id=confirmed.batch_id)
    await uow.decide_licenses(ReleaseLicenses(len(user_ids), "cancelled", confirmed.batch_id))
    await uow.flush()
    for portion in _portions(user_ids):
        leaving = await stream_snapshots.users(uow.conn, uow.company_id, portion)
        why = {
            i: ManagerLeft(i, person_of(snapshot.state).name, "cancelled", confirmed.by)
            for i, snapshot in leaving.items()
        }
        await move_up(uow, portion, facts.up, why)
        for user_id, snapshot in leaving.items():
            uow.decide_user(user_id, snapshot, CancelInvitation(confirmed.by, confirmed.batch_id))
        await uow.flush()
        reached("undo.portion")
    await uow.decide_seats(released_by="cancelled", batch_id=confirmed.batch_id)
    await uow.flush()


async def move_up(
    uow: UnitOfWork, managers: Sequence[UUID], up: Mapping[UUID, Manager | None], why: Mapping[UUID, ManagerLeft]
) -> None:
    """Those who report to these and stay, a portion at a time: a whole company may report to one. Before these go, as
    their addresses are read with them."""
    reports = await stream_snapshots.ids_of_direct_reports(uow.conn, uow.company_id, managers)
    for portion in _portions([user_id for user_id in reports if user_id not in up]):
        for user_id, snapshot in (await stream_snapshots.users(uow.conn, uow.company_id, portion)).items():
            uow.decide_user(user_id, snapshot, moved_up(snapshot.state, up, why))
        await uow.flush()
        reached("undo.portion")


def _portions(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), PORTION):
        yield items[start : start + PORTION]
