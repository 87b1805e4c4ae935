"""The table `reminders`: a row for each invitation that was sent and of which there may be a reminder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from services.notification.domain.mail.events import (
    Delivery,
    InvitationClosed,
    InvitationReminded,
    MailBounced,
    MailComplained,
    MailSent,
)
from services.notification.domain.mail.reminders import ReminderPolicy
from services.notification.domain.stored_events import NotificationEvent, mail_of
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection


class RemindersProjection:
    """The inline projection of invitations that wait for an answer. `due_at` is when to look at one: whether there is a
    reminder is decided then, and where there is none the row is put off without an event."""

    name = "reminders"
    tables = ("reminders",)

    def __init__(self, policy: ReminderPolicy) -> None:
        self._after = policy.after

    async def apply(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        """Adds what was sent; puts off what was reminded of; takes away what is over, as who is reminded no more."""
        sent = [_row(r, r.event.delivery) for r in events if isinstance(r.event, MailSent) and r.event.awaited]
        if sent:
            await conn.execute(_INSERT, *map(list, zip(*sent, strict=True)), self._after[0])
        over = [mail_of(r.stream) for r in events if isinstance(r.event, _OVER)]
        reminded = {mail_of(r.stream): r.event.number for r in events if isinstance(r.event, InvitationReminded)}
        over += [mail for mail, number in reminded.items() if number >= len(self._after)]
        again = {mail: self._after[number] for mail, number in reminded.items() if number < len(self._after)}
        if again:
            await conn.execute(_AGAIN, list(again), list[timedelta](again.values()))
        if over:
            await conn.execute("DELETE FROM reminders WHERE mail_id = ANY ($1)", over)

    async def carry_over(self, conn: Connection) -> None:
        """A rebuild keeps what was put off."""
        await conn.execute(_CARRY_OVER)


_OVER = (InvitationClosed, MailBounced, MailComplained)


def _row(r: Recorded[NotificationEvent], about: Delivery | None) -> tuple[object, ...]:
    assert about is not None, "what is awaited is an invitation"
    return mail_of(r.stream), r.context.company_id, about.user_id, about.batch_id, r.context.at


_INSERT = """
INSERT INTO reminders (mail_id, company_id, user_id, batch_id, sent_at, due_at)
SELECT mail_id, company_id, user_id, batch_id, sent_at, sent_at + $6::interval
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[])
     AS t (mail_id, company_id, user_id, batch_id, sent_at)
"""

_AGAIN = """
UPDATE reminders r SET due_at = r.sent_at + t.after
FROM unnest($1::uuid[], $2::interval[]) AS t (mail_id, after) WHERE r.mail_id = t.mail_id
"""

_CARRY_OVER = """
UPDATE reminders r SET due_at = live.due_at FROM public.reminders live WHERE live.mail_id = r.mail_id
"""
