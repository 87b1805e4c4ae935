"""The names under which notification's events and their streams are stored: explicit and versioned, since a log is for
ever."""

from __future__ import annotations

from uuid import UUID

from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    BatchEvent,
    ConfirmationSeen,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
)
from services.notification.domain.company.events import CompanyEvent, CompanyNamed, RemindersSwitched
from services.notification.domain.mail.events import (
    HandoverUncertain,
    InvitationClosed,
    InvitationReminded,
    MailBounced,
    MailComplained,
    MailEvent,
    MailFailed,
    MailQueued,
    MailSent,
    MailWithdrawn,
    SendingDeferred,
    SendingPutBack,
    SendingStarted,
    WithdrawalAsked,
)
from services.notification.domain.webhook.events import (
    WebhookChanged,
    WebhookDeleted,
    WebhookEvent,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from shared.core.ids import FastUUID
from shared.erasure.events import STORED_NAME as PERSON_ERASED
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import EventTypes

NotificationEvent = MailEvent | BatchEvent | CompanyEvent | WebhookEvent | PersonErased

TYPES: EventTypes[NotificationEvent] = EventTypes(
    {
        "mail-queued.v1": MailQueued,
        "mail-sending-started.v1": SendingStarted,
        "mail-sending-put-back.v1": SendingPutBack,
        "mail-sending-deferred.v1": SendingDeferred,
        "mail-handover-uncertain.v1": HandoverUncertain,
        "mail-withdrawal-asked.v1": WithdrawalAsked,
        "mail-sent.v1": MailSent,
        "mail-failed.v1": MailFailed,
        "mail-withdrawn.v1": MailWithdrawn,
        "mail-bounced.v1": MailBounced,
        "mail-complained.v1": MailComplained,
        "mail-invitation-closed.v1": InvitationClosed,
        "mail-invitation-reminded.v1": InvitationReminded,
        "batch-confirmation-seen.v1": ConfirmationSeen,
        "batch-return-seen.v1": ReturnSeen,
        "batch-return-told.v1": ReturnTold,
        "batch-processing-seen.v1": ProcessingSeen,
        "batch-completion-decided.v1": BatchCompletionDecided,
        "company-named.v1": CompanyNamed,
        "company-reminders-switched.v1": RemindersSwitched,
        "webhook-registered.v1": WebhookRegistered,
        "webhook-changed.v1": WebhookChanged,
        "webhook-secret-rotated.v1": WebhookSecretRotated,
        "webhook-switched-off.v1": WebhookSwitchedOff,
        "webhook-switched-on.v1": WebhookSwitchedOn,
        "webhook-deleted.v1": WebhookDeleted,
        PERSON_ERASED: PersonErased,
    }
)


def mail_stream(mail: UUID) -> str:
    """The stream of a mail."""
    return f"mail-{mail}"


def batch_stream(batch_id: UUID | str) -> str:
    """The stream of a batch, as far as notification follows it."""
    return f"batch-{batch_id}"


def batch_of(stream: str) -> UUID:
    """The batch whose stream it is."""
    return UUID(stream.removeprefix("batch-"))


def company_stream(company_id: str) -> str:
    """The stream of a company, as far as notification knows it."""
    return f"company-{company_id}"


def company_of(stream: str) -> UUID:
    """The company whose stream it is."""
    return UUID(stream.removeprefix("company-"))


def mail_of(stream: str) -> UUID:
    """The mail whose stream it is."""
    return FastUUID(stream.removeprefix("mail-"))


def webhook_stream(webhook: UUID) -> str:
    """The stream of a webhook."""
    return f"webhook-{webhook}"


def webhook_of(stream: str) -> UUID:
    """The webhook whose stream it is."""
    return FastUUID(stream.removeprefix("webhook-"))
