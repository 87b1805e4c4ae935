"""Who reports to somebody: what letting them go moves, and what can be brought back when they return."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from services.licensing.application import stream_snapshots
from services.licensing.application.stream_snapshots import Snapshot
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.stored_events import Event, user_stream
from services.licensing.domain.user.commands import ChangeProfile
from services.licensing.domain.user.events import UserDeactivated
from services.licensing.domain.user.state import Actor, Inactive, Member
from shared.eventsourcing.event_store import Transaction
from shared.people.statuses import LIVE

FOLLOWED = 100
"""Users whose history is looked through at once: of more at a time nobody is brought back."""


@dataclass(frozen=True, slots=True)
class Report:
    """Somebody who reported to ``manager`` until that one was deactivated, and has moved up."""

    snapshot: Snapshot[Member]
    manager: Member


async def moving(tx: Transaction[Event], company_id: UUID, leaving: Sequence[UUID]) -> int:
    """How many, not Inactive themselves, move up when these leave."""
    reports = await stream_snapshots.direct_reports(tx.conn, company_id, leaving)
    return sum(i not in leaving and snapshot.state.status in LIVE for i, snapshot in reports.items())


async def returning(tx: Transaction[Event], company_id: UUID, user_ids: Sequence[UUID]) -> dict[UUID, Report]:
    """Who would report to these again: they did when these were deactivated, are not Inactive, and still are where that
    left them, beside their manager of before. So it can close no circle."""
    if len(user_ids) > FOLLOWED:
        return {}
    inactive = [
        snapshot.state
        for snapshot in (await stream_snapshots.users(tx.conn, company_id, user_ids)).values()
        if isinstance(snapshot.state, Inactive)
    ]
    found: dict[UUID, Report] = {}
    for manager in inactive:
        known = await stream_snapshots.users(tx.conn, company_id, await _reported_to(tx, manager.user_id))
        found |= {i: Report(snapshot, manager) for i, snapshot in known.items() if _is_beside(snapshot.state, manager)}
    return found


def bring_back(uow: UnitOfWork, reports: Mapping[UUID, Report], by: Actor) -> None:
    """Decides that they report to their manager of before."""
    for user_id, report in reports.items():
        user = report.snapshot.state
        profile = replace(user.profile, reports_to=stream_snapshots.as_manager(report.manager))
        uow.decide_user(user_id, report.snapshot, ChangeProfile(profile, by))


async def _reported_to(tx: Transaction[Event], user_id: UUID) -> Sequence[UUID]:
    events = (recorded.event for recorded in reversed(await tx.load(user_stream(user_id))))
    return next((event.reports for event in events if isinstance(event, UserDeactivated)), ())


def _is_beside(user: Member, other: Member) -> bool:
    mine, theirs = user.profile.reports_to, other.profile.reports_to
    return user.status in LIVE and (mine and mine.user_id) == (theirs and theirs.user_id)
