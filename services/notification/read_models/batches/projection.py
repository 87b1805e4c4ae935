"""The table `batch_progress`: how many of a batch's invitations have come to an end, of how many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from services.notification.domain.batch.events import BatchCompletionDecided, ConfirmationSeen, ProcessingSeen
from services.notification.domain.mail.events import Delivery, MailFailed, MailSent, MailWithdrawn
from services.notification.domain.stored_events import NotificationEvent, batch_of
from shared.eventsourcing.events import Context, Recorded
from shared.postgres.database import Connection

End = Literal["sent", "failed", "withdrawn"]


class BatchProgressProjection:
    """The inline projection of batches."""

    name = "batch_progress"
    tables = ("batch_progress",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        """Adds the ends of mails, one statement for all; then what is news of a batch itself."""
        await self._count(conn, events)
        for r in events:
            match r.event:
                case ConfirmationSeen() as seen:
                    await conn.execute(_CONFIRMED, batch_of(r.stream), r.context.company_id, seen.reminders)
                case ProcessingSeen() as seen:
                    await conn.execute(_PROCESSED, batch_of(r.stream), seen.invited, *_about(r.context))
                case BatchCompletionDecided():
                    await conn.execute(_FINISHED, batch_of(r.stream))
                case _:
                    pass

    async def _count(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        ends: Counter[tuple[UUID, str | None, End]] = Counter()
        for r in events:
            match r.event:
                case MailSent(delivery=Delivery(batch_id=UUID() as batch_id)):
                    ends[batch_id, r.context.company_id, "sent"] += 1
                case MailFailed(delivery=Delivery(batch_id=UUID() as batch_id)):
                    ends[batch_id, r.context.company_id, "failed"] += 1
                case MailWithdrawn(delivery=Delivery(batch_id=UUID() as batch_id)):
                    ends[batch_id, r.context.company_id, "withdrawn"] += 1
                case _:
                    pass
        # In order of ids, so that two transactions never wait for each other.
        batches = sorted({(batch_id, company_id) for batch_id, company_id, _ in ends})
        for batch_id, company_id in batches:
            counts = [ends[batch_id, company_id, end] for end in ("sent", "failed", "withdrawn")]
            await conn.execute(_COUNT, batch_id, company_id, *counts)


def _about(context: Context) -> tuple[object, ...]:
    return context.company_id, context.at, context.correlation_id, context.causation_id, context.traceparent


_COUNT = """
INSERT INTO batch_progress AS b (batch_id, company_id, sent, failed, withdrawn) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (batch_id) DO UPDATE
SET sent = b.sent + excluded.sent, failed = b.failed + excluded.failed, withdrawn = b.withdrawn + excluded.withdrawn
"""

_CONFIRMED = """
INSERT INTO batch_progress (batch_id, company_id, confirmed, reminders) VALUES ($1, $2, true, $3)
ON CONFLICT (batch_id) DO UPDATE SET confirmed = true, reminders = excluded.reminders
"""

_PROCESSED = """
INSERT INTO batch_progress (batch_id, expected, company_id, processed_at, correlation_id, causation_id, traceparent)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (batch_id) DO UPDATE
SET expected = excluded.expected, processed_at = excluded.processed_at, correlation_id = excluded.correlation_id,
    causation_id = excluded.causation_id, traceparent = excluded.traceparent
"""

_FINISHED = "UPDATE batch_progress SET finished = true WHERE batch_id = $1"
