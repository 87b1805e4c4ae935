"""From stored events to what the others are told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import usher_contracts as contracts
from services.notification.domain.batch.events import BatchCompletionDecided
from services.notification.domain.mail.events import Delivery, InvitationReminded, MailBounced, MailFailed, MailSent
from services.notification.domain.stored_events import NotificationEvent, batch_of
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Outgoing, Recorded
from usher_contracts import BatchCompleted, ErasedFromInvitations, InvitationBounced, InvitationFailed, InvitationSent


def publish(recorded: Recorded[NotificationEvent]) -> Sequence[Outgoing]:
    """The contract messages of a stored event."""
    match recorded.event:
        case MailSent(delivery=Delivery() as about) as sent:
            told = _delivery(recorded, about, sent.attempts, sent.error)
            return [Outgoing.of(InvitationSent(**told, unconfirmed=sent.unconfirmed))]
        case MailFailed(delivery=Delivery() as about) as failed:
            return [Outgoing.of(InvitationFailed(**_delivery(recorded, about, failed.attempts, failed.error)))]
        case MailBounced(delivery=Delivery() as about) as bounced:
            return [Outgoing.of(_bounced(recorded, about, bounced))]
        case InvitationReminded() as reminded:
            return [Outgoing.of(_reminded(recorded, reminded))]
        case BatchCompletionDecided() as done:
            return [Outgoing.of(_completed(recorded, done))]
        case PersonErased(erasure_id, company_id, places):
            about = {"company_id": str(company_id), "erasure_id": str(erasure_id)}
            return [Outgoing.of(ErasedFromInvitations(**about, places=dict(places)))]
        case _:
            return []


def _delivery(
    recorded: Recorded[NotificationEvent], about: Delivery, attempts: int, error: str | None
) -> dict[str, Any]:
    return {
        "company_id": recorded.context.company_id,
        "user_id": str(about.user_id),
        "email": about.email,
        "invitation_id": str(about.invitation_id),
        "batch_id": None if about.batch_id is None else str(about.batch_id),
        "message_id": about.message_id,
        "attempts": attempts,
        "error": error,
    }


def _bounced(recorded: Recorded[NotificationEvent], about: Delivery, bounced: MailBounced) -> InvitationBounced:
    return InvitationBounced(
        company_id=recorded.context.company_id or "",
        user_id=str(about.user_id),
        email=about.email,
        invitation_id=str(about.invitation_id),
        batch_id=None if about.batch_id is None else str(about.batch_id),
        status=bounced.status,
        reason=bounced.reason,
        at=bounced.at,
    )


def _reminded(recorded: Recorded[NotificationEvent], reminded: InvitationReminded) -> contracts.InvitationReminded:
    about = reminded.delivery
    return contracts.InvitationReminded(
        company_id=recorded.context.company_id or "",
        user_id=str(about.user_id),
        email=about.email,
        invitation_id=str(about.invitation_id),
        batch_id=None if about.batch_id is None else str(about.batch_id),
        number=reminded.number,
        at=reminded.at,
    )


def _completed(recorded: Recorded[NotificationEvent], done: BatchCompletionDecided) -> BatchCompleted:
    return BatchCompleted(
        company_id=recorded.context.company_id or "",
        batch_id=str(batch_of(recorded.stream)),
        invited=done.invited,
        changed=done.changed,
        emails_sent=done.sent,
        emails_failed=done.failed,
        emails_deferred=done.deferred,
        emails_withdrawn=done.withdrawn,
    )
