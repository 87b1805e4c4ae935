"""Taking in what comes back: a mail to a return address becomes a fact about the invitation that it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

import structlog

from services.notification.domain.mail.commands import Bounce as BounceMail
from services.notification.domain.mail.commands import Complain
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.state import Bounced, Failed, NoMail, Sent, Withdrawn
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.formats.bounces.reader import read_report
from services.notification.formats.bounces.report import (
    AutoReply,
    Bounce,
    Complaint,
    Delay,
    Delivered,
    NoReport,
    Report,
)
from services.notification.metrics import BOUNCES
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.eventsourcing.unit_of_work import UnitOfWork

MAX_AGE = timedelta(days=30)
"""After which nothing is believed of a mail any more: mail systems give up within five days."""
Outcome = Literal[
    "bounced", "complained", "delayed", "delivered", "auto_reply", "no_report", "unknown_address", "old", "nothing_new"
]
_OVER = (Sent, Bounced, Failed, Withdrawn)
_UNTOLD: Mapping[type[Report], Outcome] = {
    Delay: "delayed",
    Delivered: "delivered",
    AutoReply: "auto_reply",
    NoReport: "no_report",
}

log = structlog.stdlib.get_logger(__name__)


class NotSentYet(Exception):
    """It comes back before its sender has recorded that it was taken: to be asked for again in a moment."""


@dataclass(frozen=True, slots=True)
class BounceIntake:
    """Takes in mails to return addresses."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    clock: Callable[[], datetime]

    async def take(self, mail_id: UUID | None, raw: bytes) -> Outcome:
        """What a mail led to. `mail_id`: whose return address it went to, None where nobody has signed that. Taken
        again it leads to nothing more. Raises NotSentYet and what the database raises."""
        outcome = await self._outcome(mail_id, raw)
        BOUNCES.labels(outcome).inc()
        log.info("bounce_taken", outcome=outcome, mail=None if mail_id is None else str(mail_id))
        return outcome

    async def _outcome(self, mail_id: UUID | None, raw: bytes) -> Outcome:
        if mail_id is None:
            return "unknown_address"
        # In a thread: what a stranger sends may take a while to be read, and mails go out meanwhile.
        report = await asyncio.to_thread(read_report, raw)
        if isinstance(report, Bounce | Complaint):
            return (await self.store.run(lambda tx: self._record(tx, mail_id, report))).result
        return _UNTOLD[type(report)]

    async def _record(self, tx: Transaction[NotificationEvent], mail_id: UUID, report: Bounce | Complaint) -> Outcome:
        now, uow = self.clock(), UnitOfWork(tx)
        mail = await uow.load(self.decider, mail_stream(mail_id))
        state = mail.state
        if isinstance(state, NoMail):
            return "unknown_address"  # signed by us, and of a log that is not this one
        if now - state.mail.queued_at > MAX_AGE:
            return "old"
        if not isinstance(state, _OVER):
            raise NotSentYet
        about = (await tx.load(mail_stream(mail_id)))[0].context
        context = Context(about.correlation_id, about.causation_id, about.traceparent, about.company_id, now)
        command = BounceMail(report.status, report.reason, now) if isinstance(report, Bounce) else Complain(now)
        if not mail.decide(command, context):
            return "nothing_new"
        await uow.flush()
        reached("bounce.recorded")
        return "bounced" if isinstance(report, Bounce) else "complained"
