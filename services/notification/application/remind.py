"""Reminders: who has not answered an invitation gets its link once more, by a mail of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.headerregistry import Address
from uuid import UUID

import structlog

from services.notification.application.mail_queue import Clock
from services.notification.application.unit_of_work import UnitOfWork
from services.notification.domain.mail.commands import Remind
from services.notification.domain.mail.content import Invitation, Reminder
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.events import InvitationReminded
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.mail.reminders import ReminderPolicy, look_again_at
from services.notification.domain.mail.state import MailState, NoMail, Sent
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.metrics import OLDEST_REMINDER
from services.notification.read_models.reminders import query
from services.notification.read_models.reminders.query import DueReminder
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context, Recorded
from shared.people.address import compare_form

log = structlog.stdlib.get_logger(__name__)

LOCK = "reminders"
"""Held by whoever reminds: two transactions would not see that both remind one address."""
_GROUP = 100


@dataclass(frozen=True, slots=True)
class _Waiting:
    """An invitation that is looked at, as its mail stands."""

    row: DueReminder
    state: MailState
    context: Context

    @property
    def email_key(self) -> str:
        """Its address, as addresses are compared."""
        return "" if isinstance(self.state, NoMail) else compare_form(self.state.mail.recipient)

    @property
    def reminded(self) -> int:
        """How often its person was reminded of it."""
        return self.state.reminded if isinstance(self.state, Sent) else 0


@dataclass(frozen=True, slots=True)
class Reminders:
    """The background task; `poll_seconds` between two looks. `caught_up`: waits, a bounded time, until all is applied
    that others have said so far; whether it is."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    policy: ReminderPolicy
    clock: Clock
    sender: Address
    poll_seconds: float
    caught_up: Callable[[], Awaitable[bool]]

    async def run(self) -> None:
        """Reminds of what is due, until cancelled."""
        while True:
            await self.remind_all()
            await asyncio.sleep(self.poll_seconds)

    async def remind_all(self) -> None:
        """Reminds of all that is due, a group a transaction. Nothing while answers may be there that are not heard yet:
        what is due stays so."""
        if await self._measure() and await self.caught_up():
            while await self._remind_group():
                await self._measure()

    async def _measure(self) -> bool:
        """Whether any is due."""
        async with self.store.pool.acquire() as conn:
            late = await query.longest_due(conn, self.clock())
        OLDEST_REMINDER.set(late.total_seconds() if late is not None else 0)
        return late is not None

    async def _remind_group(self) -> int:
        """At how many it has looked."""
        looked, reminded = (await self.store.run(self._look)).result
        if reminded:
            reached("reminders.recorded")
            log.info("invitations_reminded", count=reminded)
        return looked

    async def _look(self, tx: Transaction[NotificationEvent]) -> tuple[int, int]:
        await tx.lock(LOCK)
        now = self.clock()
        rows = await query.due(tx.conn, now, _GROUP)
        if not rows:
            return 0, 0
        histories = await tx.load_many([mail_stream(row.mail_id) for row in rows])
        uow = UnitOfWork(tx, self.decider)
        waiting = [self._waiting(uow, row, histories[mail_stream(row.mail_id)], now) for row in rows]
        last = await query.last_reminded(tx.conn, {each.email_key for each in waiting})
        again: dict[UUID, datetime] = {}
        for each in waiting:
            last_at = last.get(each.email_key)
            if each.row.wanted and self._remind(uow, each, last_at, now):
                last[each.email_key] = now
            else:
                again[each.row.mail_id] = look_again_at(self.policy, each.row.sent_at, each.reminded, last_at, now)
        await query.look_again(tx.conn, again)
        await uow.flush()
        reached("reminders.decided")
        return len(rows), len(rows) - len(again)

    def _waiting(
        self, uow: UnitOfWork, row: DueReminder, history: Sequence[Recorded[NotificationEvent]], now: datetime
    ) -> _Waiting:
        state = uow.add_history(row.mail_id, row.user_id, history)
        return _Waiting(row, state, replace(history[0].context, at=now, origin="time"))

    def _remind(self, uow: UnitOfWork, each: _Waiting, last_at: datetime | None, now: datetime) -> bool:
        command = Remind(self.policy.number(each.row.sent_at, now), last_at, now)
        for event in uow.decide(each.row.mail_id, command, each.context):
            if isinstance(event, InvitationReminded) and isinstance(each.state, Sent):
                self._mail(uow, each.row.mail_id, each.state, event, each.context)
                return True
        return False

    def _mail(
        self, uow: UnitOfWork, invitation_mail: UUID, state: Sent, event: InvitationReminded, context: Context
    ) -> None:
        invitation = state.mail.content
        assert isinstance(invitation, Invitation), "nothing else is reminded of"
        content = Reminder(invitation.user_id, invitation_mail, event.number, invitation)
        mail = mail_id(f"{invitation_mail}/{event.number}", state.mail.recipient, content.kind)
        uow.queue(mail, state.mail.recipient, message_id(mail, self.sender.domain), content, context)
