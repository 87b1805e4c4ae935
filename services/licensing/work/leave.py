"""Users leave their license: deactivated, or their invitation cancelled. Who reports to them moves up."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.licensing import heads
from services.licensing.decisions.ledger import ReleaseLicenses
from services.licensing.decisions.reporting import above
from services.licensing.decisions.user_commands import (
    CancelInvitation,
    ChangeProfile,
    Deactivate,
    UserCommand,
)
from services.licensing.ledger import ReleasedBy
from services.licensing.team import addresses
from services.licensing.user import Actor, Manager, Member
from services.licensing.work.desk import Desk
from services.licensing.work.each import decide_each, found
from services.licensing.work.findings import email_key


async def deactivate(desk: Desk, user_ids: Sequence[UUID], by: Actor) -> None:
    """Makes them Inactive. Raises RefusedForSome, ``own_account`` among its codes: who acts stays, so that there is
    always an admin."""
    await _leave(desk, user_ids, Deactivate(by), "deactivated")


async def cancel_invitations(desk: Desk, user_ids: Sequence[UUID], by: Actor) -> None:
    """Takes them off the list. Raises RefusedForSome."""
    await _leave(desk, user_ids, CancelInvitation(by), "cancelled")


async def _leave(
    desk: Desk, user_ids: Sequence[UUID], command: Deactivate | CancelInvitation, reason: ReleasedBy
) -> None:
    # Alone: who is invited meanwhile must not come to report to someone who has just left.
    await desk.alone(command.by)
    leaving = await found(desk, user_ids)
    await addresses.lock(desk.conn, [email_key(head.state) for head in leaving.values()])
    await desk.licenses(ReleaseLicenses(len(leaving), reason))
    up = {user_id: head.state.profile.reports_to for user_id, head in leaving.items()}
    decide_each(desk, leaving, lambda user: [command, *_own_move(user, up, by_cancelling=reason == "cancelled")])
    reports = await heads.direct_reports(desk.conn, desk.company_id, leaving)
    for user_id, head in reports.items():
        if user_id not in leaving:
            desk.decide(user_id, head, _moved_up(head.state, up))
    await desk.done()


def _own_move(user: Member, up: dict[UUID, Manager | None], *, by_cancelling: bool) -> list[UserCommand]:
    """Who leaves together with their manager is to find one when they come back."""
    manager = user.profile.reports_to
    if by_cancelling or manager is None or manager.user_id not in up:
        return []
    return [_moved_up(user, up)]


def _moved_up(user: Member, up: dict[UUID, Manager | None]) -> ChangeProfile:
    profile = replace(user.profile, reports_to=above(user.profile.reports_to, up))
    return ChangeProfile(profile, by=None)
