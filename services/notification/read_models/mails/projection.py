"""The table `mail_jobs`, kept in the transaction of the events: each row says what its stream's last event said, or
that a sender has the mail (leases.py). What was sent or withdrawn has no row any more: nobody asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, assert_never

import msgspec

from services.notification.domain.mail.content import Content, Invitation
from services.notification.domain.mail.events import (
    HandoverUncertain,
    MailBounced,
    MailComplained,
    MailFailed,
    MailQueued,
    MailSent,
    MailWithdrawn,
    SendingDeferred,
    SendingPutBack,
    SendingStarted,
    WithdrawalAsked,
)
from services.notification.domain.stored_events import NotificationEvent, mail_of
from services.notification.read_models.mails import leases
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

WAITING = "mail_waiting"
"""The channel on which a queued mail wakes the senders."""
CONTENT = msgspec.json.Decoder(Content)
_Later: TypeAlias = (
    SendingStarted
    | SendingPutBack
    | SendingDeferred
    | HandoverUncertain
    | WithdrawalAsked
    | MailSent
    | MailFailed
    | MailWithdrawn
    | MailBounced
    | MailComplained
)
_Changing: TypeAlias = (
    SendingStarted | SendingPutBack | SendingDeferred | HandoverUncertain | WithdrawalAsked | MailFailed
)
"""What leaves a mail with a row."""


@dataclass(frozen=True, slots=True)
class RowChange:
    """What changes in a mail's row. Every event says all of it, so the last one is enough."""

    state: str
    attempts: int
    uncertain: bool = False
    run_at: datetime | None = None
    lease_until: datetime | None = None
    withdrawal: str | None = None
    error: str | None = None


def row_change(event: MailQueued | _Changing) -> RowChange:
    """What an event makes of a mail's row."""
    match event:
        case MailQueued():
            return RowChange("queued", 0, run_at=event.queued_at)
        case SendingStarted():
            return RowChange("sending", event.attempt, event.uncertain, lease_until=event.until)
        case WithdrawalAsked():
            return RowChange(
                "sending", event.attempt, event.uncertain, lease_until=event.until, withdrawal=event.reason
            )
        case SendingPutBack():
            return RowChange(_waiting(event.uncertain), event.attempts, event.uncertain, event.again_at)
        case SendingDeferred():
            waiting = _waiting(event.uncertain)
            return RowChange(waiting, event.attempts, event.uncertain, event.again_at, error=event.error)
        case HandoverUncertain():
            return RowChange("ambiguous", event.attempts, uncertain=True, run_at=event.again_at, error=event.error)
        case MailFailed():
            return RowChange("failed", event.attempts, error=event.error)
        case _:
            assert_never(event)


def _waiting(uncertain: bool) -> str:
    return "ambiguous" if uncertain else "retry"


class MailJobsProjection:
    """The inline projection of mails."""

    name = "mail_jobs"
    tables = ("mail_jobs",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[NotificationEvent]]) -> None:
        """Inserts the new mails, and brings the others to where their last event leaves them."""
        queued = [_new_row(r, r.event) for r in events if isinstance(r.event, MailQueued)]
        if queued:
            await conn.execute(_INSERT, *map(list, zip(*queued, strict=True)))
            await wake(conn, WAITING)
        last = {r.stream: r for r in events if isinstance(r.event, _Later)}.values()
        if changed := [_change(r, r.event) for r in last if isinstance(r.event, _Changing)]:
            await conn.execute(_UPDATE, *map(list, zip(*changed, strict=True)))
        if gone := [mail_of(r.stream) for r in last if not isinstance(r.event, _Changing)]:
            await conn.execute("DELETE FROM mail_jobs WHERE id = ANY ($1)", gone)

    async def carry_over(self, conn: Connection) -> None:
        """A rebuild keeps the senders' leases."""
        await leases.carry_over(conn)


def _new_row(r: Recorded[NotificationEvent], event: MailQueued) -> tuple[Any, ...]:
    batch_id = event.content.batch_id if isinstance(event.content, Invitation) else None
    user_id = getattr(event.content, "user_id", None)
    content = msgspec.json.encode(event.content).decode()
    c = r.context
    return (
        mail_of(r.stream),
        r.version,
        c.company_id,
        batch_id,
        user_id,
        event.recipient,
        event.message_id,
        content,
        event.queued_at,
        c.correlation_id,
        c.causation_id,
        c.traceparent,
    )


def _change(r: Recorded[NotificationEvent], event: _Changing) -> tuple[Any, ...]:
    p = row_change(event)
    return (
        mail_of(r.stream),
        r.version,
        p.state,
        p.attempts,
        p.uncertain,
        p.run_at,
        p.lease_until,
        p.withdrawal,
        p.error,
    )


_INSERT = """
INSERT INTO mail_jobs (id, version, company_id, batch_id, user_id, recipient, message_id, content, queued_at,
                       correlation_id, causation_id, traceparent, state, attempts, uncertain, run_at)
SELECT id, version, company_id, batch_id, user_id, recipient, message_id, content::json, queued_at,
       correlation_id, causation_id, traceparent, 'queued', 0, false, queued_at
FROM unnest($1::uuid[], $2::int[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::text[], $11::text[], $12::text[])
     AS t (id, version, company_id, batch_id, user_id, recipient, message_id, content, queued_at,
           correlation_id, causation_id, traceparent)
"""

_UPDATE = """
UPDATE mail_jobs m
SET version = t.version, state = t.state, attempts = t.attempts, uncertain = t.uncertain, run_at = t.run_at,
    lease_until = t.lease_until, withdrawal = t.withdrawal, error = t.error
FROM unnest($1::uuid[], $2::int[], $3::text[], $4::int[], $5::bool[], $6::timestamptz[], $7::timestamptz[],
            $8::text[], $9::text[])
     AS t (id, version, state, attempts, uncertain, run_at, lease_until, withdrawal, error)
WHERE m.id = t.id
"""
