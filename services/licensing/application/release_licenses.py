"""Giving licenses back: of who is deactivated or not to be invited any more. Who reports to them moves up."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal
from uuid import UUID

from services.licensing.application import stream_snapshots
from services.licensing.application.bulk import decide_each, found
from services.licensing.application.form_validation import email_key, person_of
from services.licensing.application.unit_of_work import Desk
from services.licensing.domain.licenses.commands import ReleaseLicenses
from services.licensing.domain.user.commands import CancelInvitation, ChangeProfile, Deactivate, UserCommand
from services.licensing.domain.user.events import ManagerLeft
from services.licensing.domain.user.reporting import above
from services.licensing.domain.user.state import Manager, Member
from services.licensing.read_models.team import addresses


async def release_licenses(
    desk: Desk,
    user_ids: Sequence[UUID],
    command: Deactivate | CancelInvitation,
    reason: Literal["deactivated", "cancelled"],
) -> None:
    """Does the command for all of them. Raises RefusedForSome."""
    # Alone: who is invited meanwhile must not come to report to someone who has just left.
    await desk.alone(command.by)
    leaving = await found(desk, user_ids)
    await addresses.lock(desk.conn, [email_key(head.state) for head in leaving.values()])
    await desk.licenses(ReleaseLicenses(len(leaving), reason))
    up = {user_id: head.state.profile.reports_to for user_id, head in leaving.items()}
    why = {i: ManagerLeft(i, person_of(head.state).name, reason, command.by) for i, head in leaving.items()}
    reports = await stream_snapshots.direct_reports(desk.conn, desk.company_id, leaving)

    staying = defaultdict[UUID | None, list[UUID]](list)
    for user_id, head in reports.items():
        if user_id not in leaving:
            staying[_manager_of(head.state)].append(user_id)

    def leave(user: Member) -> list[UserCommand]:
        if isinstance(command, CancelInvitation):
            return [command]
        # Who leaves together with their manager is to find one when they come back.
        own_move = [_moved_up(user, up, why)] if _manager_of(user) in up else []
        return [replace(command, reports=tuple(staying[user.user_id])), *own_move]

    decide_each(desk, leaving, leave)
    for user_id, head in reports.items():
        if user_id not in leaving:
            desk.decide(user_id, head, _moved_up(head.state, up, why))
    await desk.done()


def _manager_of(user: Member) -> UUID | None:
    manager = user.profile.reports_to
    return manager and manager.user_id


def _moved_up(user: Member, up: Mapping[UUID, Manager | None], why: Mapping[UUID, ManagerLeft]) -> ChangeProfile:
    manager = user.profile.reports_to
    assert manager is not None
    profile = replace(user.profile, reports_to=above(manager, up))
    return ChangeProfile(profile, by=None, because=why[manager.user_id])
