"""The queue of mails: a sender records what became of its last mails and claims the next ones, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import takewhile
from uuid import UUID

from services.notification.application.unit_of_work import UnitOfWork, context_at
from services.notification.domain.mail.commands import (
    Accepted,
    Bounce,
    Deferred,
    LeaseRanOut,
    Lost,
    MailCommand,
    PutBack,
    Refused,
)
from services.notification.domain.mail.content import Reminder
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.events import MailQueued
from services.notification.domain.mail.outcome import Broken, Outcome, PutOff, Refusal, Taken
from services.notification.domain.mail.state import Ambiguous, Sending, claimed
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.formats.bounces.reasons import reason_of
from services.notification.formats.bounces.statuses import any_status
from services.notification.read_models.mails import leases, query
from services.notification.read_models.mails.query import MailRow
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.postgres.database import LOOK_ANYWAY

Clock = Callable[[], datetime]
POLL_SECONDS = 1.0
"""Between two looks for a mail that may be due by now."""
_COMPANIES_TRIED = 3
"""Companies whose due mails may all be in other senders' hands before a turn gives up until it is woken."""


@dataclass(frozen=True, slots=True)
class ClaimedMail:
    """A mail that a sender has: its lease is committed. `row` is its row with it."""

    row: MailRow
    lease: Sending

    @property
    def mail(self) -> MailQueued:
        """What is to be sent."""
        return self.lease.mail


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of an attempt, and when; no outcome: it was never begun."""

    claimed: ClaimedMail
    outcome: Outcome | None
    at: datetime

    @property
    def id(self) -> UUID:
        """The mail's."""
        return self.claimed.row.id

    @property
    def attempt(self) -> int:
        """Which attempt it was."""
        return self.claimed.lease.attempt

    @property
    def command(self) -> MailCommand:
        """The result as a command to its mail."""
        match self.outcome:
            case None:
                return PutBack(self.attempt, self.claimed.lease.until, self.at)
            case Taken():
                return Accepted(self.attempt)
            case Refusal(error):
                return Refused(self.attempt, error)
            case PutOff(error):
                return Deferred(self.attempt, error, self.at)
            case Broken(error):
                return Lost(self.attempt, error, self.at)


@dataclass(frozen=True, slots=True)
class MailGroup:
    """A few mails of one company, with what their words need. `rest`: seconds after which to look again where there are
    none."""

    company: str = ""
    mails: tuple[ClaimedMail, ...] = ()
    rest: float = POLL_SECONDS


@dataclass(slots=True)
class MailQueue:
    """Gives groups of `size` mails to the senders of a process, a company after the other."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    clock: Clock
    size: int
    lease: timedelta
    last: UUID = field(default=UUID(int=0))

    async def next_group(self, results: Sequence[AttemptResult], *, claim: bool) -> MailGroup:
        """Records the results and, where `claim` is set, claims a group, which may be empty."""

        async def work(tx: Transaction[NotificationEvent]) -> MailGroup:
            uow = UnitOfWork(tx, self.decider)
            await self._record(tx, uow, results)
            group = await self._claim(tx) if claim else MailGroup()
            await uow.flush()
            return group

        return (await self.store.run(work)).result

    async def _record(
        self, tx: Transaction[NotificationEvent], uow: UnitOfWork, results: Sequence[AttemptResult]
    ) -> None:
        if not results:
            return
        # Locked first, in the order in which everybody locks mails; read only where something happened meanwhile.
        versions = await query.lock(tx.conn, [result.id for result in results])
        mails = {r.id: r.claimed.row for r in results if versions.get(r.id) == r.claimed.row.version}
        if overtaken := versions.keys() - mails.keys():
            mails |= {mail.id: mail for mail in await query.by_id(tx.conn, overtaken)}
        uow.add(mails.values())
        refused: list[tuple[Reminder, Bounce, Context]] = []
        for result in results:
            if (mail := mails.get(result.id)) is not None:
                context = context_at(mail.context, result.at)
                recorded = uow.decide(result.id, result.command, context)
                match result.outcome, result.claimed.mail.content:
                    case Refusal(error), Reminder() as reminder if recorded:
                        refused.append((reminder, _bounce(error, result.at), context))
                    case _:
                        pass
        await self._record_refused(tx, uow, refused)

    async def _record_refused(
        self, tx: Transaction[NotificationEvent], uow: UnitOfWork, refused: Sequence[tuple[Reminder, Bounce, Context]]
    ) -> None:
        """A reminder that is refused says of the invitation that it does not arrive, as one that comes back does."""
        if not refused:
            return
        histories = await tx.load_many([mail_stream(reminder.mail_id) for reminder, _, _ in refused])
        for reminder, bounce, context in refused:
            uow.add_history(reminder.mail_id, reminder.user_id, histories[mail_stream(reminder.mail_id)])
            uow.decide(reminder.mail_id, bounce, context)

    async def _claim(self, tx: Transaction[NotificationEvent]) -> MailGroup:
        now = self.clock()
        for _ in range(_COMPANIES_TRIED):
            company = await query.next_company(tx.conn, self.last, now)
            if company is None:
                # Time brings on a mail that is open, and no other.
                return MailGroup(rest=POLL_SECONDS if await query.any_open(tx.conn) else LOOK_ANYWAY)
            self.last, name = company
            found = _together(await query.due(tx.conn, self.last, self.size, now))
            if found:
                until = now + self.lease
                await leases.give(tx.conn, [mail.id for mail in found], until)
                return MailGroup(name, tuple(_claimed(mail, until) for mail in found))
        return MailGroup()

    async def reclaim(self, limit: int = 200) -> int:
        """Ends the attempts whose sender's lease ran out; says how many."""

        async def work(tx: Transaction[NotificationEvent]) -> int:
            now, uow = self.clock(), UnitOfWork(tx, self.decider)
            found = await query.abandoned(tx.conn, limit, now)
            uow.add(found)
            for mail in found:
                uow.decide(mail.id, LeaseRanOut(now), context_at(mail.context, now))
            await uow.flush()
            return len(found)

        return (await self.store.run(work)).result


def _bounce(error: str, at: datetime) -> Bounce:
    status = any_status(error) or "5.0.0"
    return Bounce(status, reason_of(status, error), at)


def _claimed(mail: MailRow, until: datetime) -> ClaimedMail:
    lease = claimed(mail.state, until)
    assert lease is not None, "what is due can be claimed"
    return ClaimedMail(replace(mail, state=lease), lease)


def _together(found: Sequence[MailRow]) -> Sequence[MailRow]:
    # A mail whose one more copy is at stake goes alone: if this process ends, nothing but that mail itself was under
    # way, so that its second attempt is never spent on a neighbour's.
    if found and isinstance(found[0].state, Ambiguous):
        return found[:1]
    return list(takewhile(lambda mail: not isinstance(mail.state, Ambiguous), found))
