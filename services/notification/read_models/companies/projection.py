"""The table `companies`: each one's name, and whether who does not answer is reminded."""

from __future__ import annotations

from collections.abc import Sequence

from services.notification.domain.company.events import CompanyNamed, RemindersSwitched
from services.notification.domain.stored_events import NotificationEvent, company_of
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection


class CompaniesProjection:
    """The inline projection of companies."""

    name = "companies"
    tables = ("companies",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        """Keeps the last of each. A name comes before all else."""
        named = {company_of(r.stream): r.event.name for r in events if isinstance(r.event, CompanyNamed)}
        if named:
            await conn.execute(_NAME, list(named), list(named.values()))
        for r in events:
            if isinstance(r.event, RemindersSwitched):
                sql = "UPDATE companies SET reminders = $2 WHERE company_id = $1"
                await conn.execute(sql, company_of(r.stream), r.event.on)


_NAME = """
INSERT INTO companies (company_id, name) SELECT * FROM unnest($1::uuid[], $2::text[])
ON CONFLICT (company_id) DO UPDATE SET name = excluded.name
"""
