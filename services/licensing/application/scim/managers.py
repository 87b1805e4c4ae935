"""Who reports to whom as a directory says it: managers and reports come in any order, so who is not there yet is kept
as wanted, and set when they appear."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from services.licensing.application import lock_retry, stream_snapshots
from services.licensing.application.edit_users import edit_users
from services.licensing.application.form_validation import FormValues, InvalidValues
from services.licensing.application.scim.people import manager_name
from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.stored_events import Event
from services.licensing.domain.user.invitation_limits import InvitationPolicy
from services.licensing.domain.user.state import DIRECTORY_ISSUER, Actor
from services.licensing.read_models.scim_users import query, table
from services.licensing.read_models.scim_users.query import ScimUser
from services.licensing.read_models.scim_users.table import ScimRow
from shared.core.crash_points import reached
from shared.core.periodic import run_periodically
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.observability.spans import within
from shared.people.address import compare_form
from shared.people.origins import SCIM
from shared.people.profile import REPORTS_TO

INTERVAL = 10.0
"""Seconds between two looks for managers who have come by another way than the directory's."""
PORTION = 100
"""Users who are settled in one transaction."""
_CIRCLES = {"reports_to_cycle", "reports_to_self"}
_DIRECTORY = Actor("", "SCIM", None, DIRECTORY_ISSUER)
"""Whose wish it was, where no directory is asking just now."""


async def report_to(uow: UnitOfWork, row: ScimRow, name: str | None, by: Actor) -> ScimRow:
    """The user of the row, who is on the list, reports to whom the directory calls so; to nobody where it is None.
    Where that one is not there, or it would close a circle, it is wanted, and they report to whom they did. Returns the
    row as it is then."""
    if name is None:
        await edit_users(uow, [row.user_id], FormValues({REPORTS_TO: None}, {}), by)
        return row.changed(uow.at, wanted_manager=None, in_circle=False)
    name = manager_name(name)
    manager_id = await query.manager_of(uow.conn, uow.company_id, name, compare_form(name))
    if manager_id is None:
        return row.changed(uow.at, wanted_manager=name, in_circle=False)
    manager = (await stream_snapshots.users(uow.conn, uow.company_id, [manager_id]))[manager_id].state
    try:
        await edit_users(uow, [row.user_id], FormValues({REPORTS_TO: manager.profile.email}, {}), by)
    except InvalidValues as invalid:
        if not all(finding.code in _CIRCLES for finding in invalid.findings):
            raise
        return row.changed(uow.at, wanted_manager=name, in_circle=True)
    return row.changed(uow.at, wanted_manager=None, in_circle=False)


async def appeared(uow: UnitOfWork, user: ScimUser, by: Actor) -> None:
    """The resource is on the list, or is called otherwise than before: who waits to report to them does."""
    names = {
        str(user.id),
        str(user.user_id),
        compare_form(user.email),
        *([user.external_id] if user.external_id else []),
    }
    await _settle(uow, await table.waiting_for(uow.conn, uow.company_id, sorted(names)), by)


async def moved(uow: UnitOfWork, by: Actor) -> None:
    """Somebody reports to another: a circle that kept somebody from their manager may be gone."""
    await _settle(uow, await table.in_circles(uow.conn, uow.company_id, PORTION), by)


async def settle(uow: UnitOfWork, by: Actor) -> None:
    """Sets managers who were wanted and are there by now."""
    await uow.lock_company("exclusive", None)
    await _settle(uow, await table.settleable(uow.conn, uow.company_id, PORTION), by)
    reached("scim.settled")


async def _settle(uow: UnitOfWork, rows: Sequence[ScimRow], by: Actor) -> None:
    known = await stream_snapshots.users(uow.conn, uow.company_id, [row.user_id for row in rows])
    for row in rows:
        if row.user_id in known and row.wanted_manager is not None:
            settled = await report_to(uow, row, row.wanted_manager, by)
            if settled != row:
                await table.put(uow.conn, settled)


@dataclass(frozen=True, slots=True)
class WantedManagers:
    """The background task that settles where a manager has come by another way: a file, a form, an admin who
    reactivated them."""

    store: EventStore[Event]
    policy: InvitationPolicy

    async def run(self) -> None:
        """Looks until cancelled."""
        await run_periodically(INTERVAL, self.once)

    async def once(self) -> None:
        """Once."""
        async with self.store.pool.acquire() as conn:
            companies = await table.companies_to_settle(conn)
        for company_id in companies:
            await self._settle(company_id)

    async def _settle(self, company_id: UUID) -> None:
        with within(None, "settle wanted managers"):
            at = datetime.now(UTC)
            context = Context(f"scim-{new_id()}", None, current_traceparent(), str(company_id), at, SCIM)
            await lock_retry.run(
                self.store, lambda tx: settle(UnitOfWork(tx, company_id, context, self.policy), _DIRECTORY)
            )
