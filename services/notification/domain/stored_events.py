"""The names under which notification's events are stored: explicit and versioned, since a log is for ever."""

from __future__ import annotations

from typing import Any, TypeVar, cast

from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    BatchEvent,
    ConfirmationSeen,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
)
from services.notification.domain.company.decide import CompanyNamed
from services.notification.domain.mail.events import (
    HandoverUncertain,
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
from shared.eventsourcing.decider import Decider
from shared.eventsourcing.events import EventTypes

NotificationEvent = MailEvent | BatchEvent | CompanyNamed

C = TypeVar("C")
S = TypeVar("S")

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
        "batch-confirmation-seen.v1": ConfirmationSeen,
        "batch-return-seen.v1": ReturnSeen,
        "batch-return-told.v1": ReturnTold,
        "batch-processing-seen.v1": ProcessingSeen,
        "batch-completion-decided.v1": BatchCompletionDecided,
        "company-named.v1": CompanyNamed,
    }
)


def on_its_stream(decider: Decider[C, S, Any]) -> Decider[C, S, NotificationEvent]:
    """A decider of some of the log's events, for a stream that holds no others."""
    return cast("Decider[C, S, NotificationEvent]", decider)
