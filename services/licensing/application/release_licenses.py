"""Giving licenses back, and seats that were not used: of who is deactivated or not to be invited any more. Who reports
to them moves up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from uuid import UUID

from msgspec import structs

from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import decide_each, found
from services.licensing.application.form_validation import email_key, person_of
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.licenses.commands import ReleaseLicenses
from services.licensing.domain.user.commands import CancelInvitation, ChangeProfile, Deactivate, UserCommand
from services.licensing.domain.user.events import ManagerLeft
from services.licensing.domain.user.reporting import above
from services.licensing.domain.user.state import Manager, Member
from services.licensing.read_models.team import addresses, admins


async def release_licenses(
    uow: UnitOfWork,
    user_ids: Sequence[UUID],
    command: Deactivate | CancelInvitation,
    reason: Literal["deactivated", "cancelled"],
) -> None:
    """Does the command for all of them. Raises RefusedForSome."""
    # Alone: who is invited meanwhile must not come to report to someone who has just left.
    await uow.lock_company("exclusive", command.by)
    leaving = await found(uow, user_ids)
    await addresses.lock(uow.conn, [email_key(snapshot.state) for snapshot in leaving.values()])
    await uow.decide_licenses(ReleaseLicenses(len(leaving), reason))
    up = {user_id: snapshot.state.profile.reports_to for user_id, snapshot in leaving.items()}
    why = {i: ManagerLeft(i, person_of(snapshot.state).name, reason, command.by) for i, snapshot in leaving.items()}
    reports = await stream_snapshots.direct_reports(uow.conn, uow.company_id, leaving)

    remains = await admins.remain(uow.conn, uow.company_id, leaving)

    staying = defaultdict[UUID | None, list[UUID]](list)
    for user_id, snapshot in reports.items():
        if user_id not in leaving:
            staying[_manager_of(snapshot.state)].append(user_id)

    def leave(user: Member) -> list[UserCommand]:
        if isinstance(command, CancelInvitation):
            return [command]
        # Who leaves together with their manager is to find one when they come back.
        own_move = [moved_up(user, up, why)] if _manager_of(user) in up else []
        return [replace(command, reports=tuple(staying[user.user_id]), admin_remains=remains), *own_move]

    decide_each(uow, leaving, leave)
    for user_id, snapshot in reports.items():
        if user_id not in leaving:
            uow.decide_user(user_id, snapshot, moved_up(snapshot.state, up, why))
    await uow.decide_seats(released_by=reason)
    await uow.flush()


def _manager_of(user: Member) -> UUID | None:
    manager = user.profile.reports_to
    return manager and manager.user_id


def moved_up(user: Member, up: Mapping[UUID, Manager | None], why: Mapping[UUID, ManagerLeft]) -> ChangeProfile:
    """Who reports to one of these, who leave, reports to the next one above who stays; ``up`` are the managers of all
    of them."""
    manager = user.profile.reports_to
    assert manager is not None
    profile = structs.replace(user.profile, reports_to=above(manager, up))
    return ChangeProfile(profile, by=None, because=why[manager.user_id])
