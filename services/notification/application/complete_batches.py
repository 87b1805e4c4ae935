"""Watches over what no event tells: senders that have died, and batches whose last invitation has come to an end."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from uuid import UUID

import structlog

from services.notification.application.mail_queue import Clock, MailQueue
from services.notification.application.unit_of_work import UnitOfWork, context_at
from services.notification.domain.batch.commands import Complete
from services.notification.domain.batch.decide import BATCH
from services.notification.domain.batch.events import BatchCompletionDecided
from services.notification.domain.mail.content import BatchFinished, UndoFinished
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.stored_events import NotificationEvent, batch_stream
from services.notification.metrics import COMPLETED_BATCHES, OLDEST_MAIL, OPEN_MAILS
from services.notification.read_models.batches import query
from services.notification.read_models.mails import query as mails
from services.notification.read_models.mails.query import open_by_state
from shared.core.crash_points import reached
from shared.eventsourcing.event_store import APPENDED, EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.observability import current_traceparent
from shared.observability.spans import within
from shared.postgres.database import LOOK_ANYWAY, Listener, wait_for_wakeup

log = structlog.stdlib.get_logger(__name__)

_POLL_SECONDS = 1.0
_PAUSE_SECONDS = 0.05
"""Between two looks: while mails are being sent, something is appended hundreds of times a second."""
_MAX_NAMED = 50
"""How many people a mail names, at most: the rest is counted."""
_OPEN_STATES = ("queued", "retry", "ambiguous", "sending")


@dataclass(slots=True)
class BatchCompletion:
    """The background task. `max_wait`: after that long an invitation that is still being tried is not waited for (15
    minutes)."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    mail_queue: MailQueue
    listener: Listener
    clock: Clock
    sender: Address
    max_wait: timedelta

    async def run(self) -> None:
        """Completes whatever can be when something was appended; looks at the rest every second, while there are mails
        that have not come to an end; until cancelled."""
        looked = datetime.min.replace(tzinfo=UTC)
        async with self.listener.wakeups(APPENDED) as appended:
            while True:
                await self.complete_all()
                rest = _POLL_SECONDS
                if self.clock() - looked >= timedelta(seconds=_POLL_SECONDS):
                    looked = self.clock()
                    await self.mail_queue.reclaim()
                    rest = _POLL_SECONDS if await self._measure() else LOOK_ANYWAY
                await asyncio.sleep(_PAUSE_SECONDS)
                await wait_for_wakeup(appended, rest)

    async def complete_all(self) -> None:
        """Completes every batch that can be."""
        async with self.store.pool.acquire() as conn:
            found = await query.candidates(conn, self.clock() - self.max_wait)
        for batch_id in found:
            await self._complete(batch_id)

    async def _complete(self, batch_id: UUID) -> None:
        async def work(tx: Transaction[NotificationEvent]) -> bool:
            return await self._decide(tx, batch_id)

        if (await self.store.run(work)).result:
            reached("completion.committed")
            COMPLETED_BATCHES.inc()
            log.info("batch_completed", batch_id=str(batch_id))

    async def _decide(self, tx: Transaction[NotificationEvent], batch_id: UUID) -> bool:
        # Mails are locked before batches, here as in every transaction of a sender.
        progress = await query.progress(tx.conn, batch_id)
        if progress is None:
            return False
        now = self.clock()
        waited = now - progress.processed_at >= self.max_wait
        deferred = progress.expected - progress.ended if waited else 0
        command = Complete(progress.sent, progress.failed, progress.withdrawn, max(0, deferred))
        with within(progress.context.traceparent, "complete batch"):
            context = replace(context_at(progress.context, now), traceparent=current_traceparent())
            executed = await tx.execute(BATCH, batch_stream(batch_id), command, context)
            for event in executed.events:
                if isinstance(event, BatchCompletionDecided):
                    await self._tell(tx, batch_id, event, context)
                    reached("completion.decided")
        return bool(executed.events)

    async def _tell(
        self, tx: Transaction[NotificationEvent], batch_id: UUID, done: BatchCompletionDecided, context: Context
    ) -> None:
        content = _undone(batch_id, done) if done.admin.undo else await self._finished(tx, batch_id, done)
        mail = mail_id(str(batch_id), done.admin.admin_email, content.kind)
        uow = UnitOfWork(tx, self.decider)
        uow.queue(mail, done.admin.admin_email, message_id(mail, self.sender.domain), content, context)
        await uow.flush()

    async def _finished(
        self, tx: Transaction[NotificationEvent], batch_id: UUID, done: BatchCompletionDecided
    ) -> BatchFinished:
        return BatchFinished(
            batch_id=batch_id,
            admin_name=done.admin.admin_name,
            file_name=done.admin.file_name,
            invited=done.invited,
            changed=done.changed,
            sent=done.sent,
            failed=done.failed,
            deferred=done.deferred,
            failures=tuple(await mails.failed(tx.conn, batch_id, _MAX_NAMED)) if done.failed else (),
            deferrals=tuple(await mails.deferred(tx.conn, batch_id, _MAX_NAMED)) if done.deferred else (),
        )

    async def _measure(self) -> bool:
        """Whether any mail has not come to an end."""
        async with self.store.pool.acquire() as conn:
            open_mails = await open_by_state(conn)
        for state in _OPEN_STATES:
            OPEN_MAILS.labels(state).set(open_mails[state].count if state in open_mails else 0)
        OLDEST_MAIL.set(max((each.oldest_seconds for each in open_mails.values()), default=0))
        return bool(open_mails)


def _undone(batch_id: UUID, done: BatchCompletionDecided) -> UndoFinished:
    return UndoFinished(batch_id, done.admin.admin_name, done.admin.file_name, done.cancelled, done.changed)
