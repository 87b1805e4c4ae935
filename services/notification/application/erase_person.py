"""Where notification keeps something of people, and how it forgets somebody there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.notification.application.mail_queue import Clock
from services.notification.application.unit_of_work import UnitOfWork, context_at
from services.notification.domain.mail.commands import Withdraw
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.stored_events import TYPES, NotificationEvent
from services.notification.read_models.deliveries.without_person import Deliveries
from services.notification.read_models.mails import query
from services.notification.read_models.mails.without_person import follow as follow_in_mails
from services.notification.read_models.webhooks.without_person import follow as follow_in_webhooks
from shared.erasure.common import COMMON, JOBS
from shared.erasure.person import Person
from shared.erasure.place import Places
from shared.erasure.standing import StandingDigests
from shared.erasure.stored_events import StoredEvents
from shared.erasure.table_rows import TableRows
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.postgres.database import Pool

WHY = "The person it was to is forgotten."
_LOOK_SECONDS = 1.0
HEARD: Places = (
    StandingDigests(),
    TableRows(table="permissions", key=("user_id",), columns=("email_key",), delete=True),
)
"""What is kept of others' events, and rebuilt from them."""


def places(store: EventStore[NotificationEvent], decider: MailDecider, clock: Clock) -> Places:
    """All of them, in the order in which they are gone through: before the log is rewritten no mail to the person is
    under way any more."""
    return (
        OpenMails(store, decider, clock),
        StoredEvents(TYPES, afterwards=(follow_in_mails, follow_in_webhooks)),
        Deliveries(),
        *HEARD,
        JOBS,
        *COMMON,
    )


@dataclass(frozen=True, slots=True)
class OpenMails:
    """What is still to be sent to the person: it is not sent. What it says stands in the log, as of any mail, and goes
    there."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    clock: Clock
    name: str = "mails"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Withdraws it. What a sender has under way is waited for, until its answer is recorded or its lease has run
        out: either says again whom the mail was to."""
        count = 0
        while mails := await self._addressed(pool, person):
            count += await self._withdraw(person, mails)
            await asyncio.sleep(_LOOK_SECONDS)
        return count

    async def _addressed(self, pool: Pool, person: Person) -> list[query.Addressed]:
        async with pool.acquire() as conn:
            found = await query.open_addresses(conn, person.company, person.erased_at)
        return [mail for mail in found if person.has_id(mail.user_id) or person.has_address(mail.recipient)]

    async def _withdraw(self, person: Person, mails: list[query.Addressed]) -> int:
        async def work(tx: Transaction[NotificationEvent]) -> int:
            now, uow = self.clock(), UnitOfWork(tx, self.decider)
            rows = await query.by_id(tx.conn, [mail.id for mail in mails])
            uow.add(rows)
            for row in rows:
                uow.decide(row.id, Withdraw(WHY), context_at(row.context, now))
            return len(await uow.flush())

        return (await self.store.run(work)).result
