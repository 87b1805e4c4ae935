"""The events of one mail.

Every event after the first says all that changes in a mail, so that its row in the projection is its last event.
"""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from services.notification.domain.mail.content import Content, Invitation
from shared.eventsourcing.events import AwareDatetime


class MailQueued(Struct, frozen=True):
    """A mail is to be sent. Its Message-ID is fixed here, so that a second copy can be told to be one."""

    recipient: str
    message_id: str
    content: Content
    queued_at: AwareDatetime


class SendingStarted(Struct, frozen=True):
    """A sender had the mail from here on. No longer written: the claim of a sender is a lease in the mail's row.

    `until`: when the sender's lease ended. `uncertain`: an earlier copy may have been handed over already.
    """

    attempt: int
    until: AwareDatetime
    uncertain: bool


class SendingPutBack(Struct, frozen=True):
    """The attempt never began: the sender stopped, or its lease was nearly over."""

    attempts: int
    again_at: AwareDatetime
    uncertain: bool


class SendingDeferred(Struct, frozen=True):
    """Surely not handed over: the server said 4xx, or the connection broke before the final dot."""

    attempts: int
    error: str
    again_at: AwareDatetime
    uncertain: bool


class HandoverUncertain(Struct, frozen=True):
    """The final dot may have been written, and no answer was recorded."""

    attempts: int
    error: str
    again_at: AwareDatetime


class WithdrawalAsked(Struct, frozen=True):
    """The invitation no longer counts, but its mail is being sent right now."""

    reason: str
    attempt: int
    until: AwareDatetime
    uncertain: bool


class Delivery(Struct, frozen=True):
    """Which invitation a mail carried, for those who are told what became of it."""

    user_id: UUID
    email: str
    invitation_id: UUID
    batch_id: UUID | None
    message_id: str


class MailSent(Struct, frozen=True, omit_defaults=True):
    """The server has taken it; where `unconfirmed`, its answer was lost twice, and `error` says how. `awaited`: it is
    an invitation, and its end will be in the log, too: not so of those that were sent before there were reminders."""

    attempts: int
    unconfirmed: bool
    error: str | None
    delivery: Delivery | None
    awaited: bool = False


class MailFailed(Struct, frozen=True):
    """The server refused it for good, or put it off for too long."""

    attempts: int
    error: str
    delivery: Delivery | None


class MailWithdrawn(Struct, frozen=True):
    """The invitation was superseded, cancelled or used before its mail went out."""

    attempts: int
    reason: str
    delivery: Delivery | None


class MailBounced(Struct, frozen=True):
    """The server had taken it, and it has come back since."""

    status: str
    reason: str
    at: AwareDatetime
    delivery: Delivery | None


class MailComplained(Struct, frozen=True):
    """Who got it has marked it as unwanted: they are not reminded of it."""

    at: AwareDatetime
    delivery: Delivery | None


class InvitationClosed(Struct, frozen=True):
    """The invitation that the mail carried is over: it was answered, superseded, cancelled or has expired."""

    reason: str


class InvitationReminded(Struct, frozen=True):
    """Who has not answered is reminded, by a mail of its own. `number`: which reminder it is; one that was not sent in
    its time is left out. `email_key`: the address, as addresses are compared."""

    number: int
    email_key: str
    at: AwareDatetime
    delivery: Delivery


MailEvent = (
    MailQueued
    | SendingStarted
    | SendingPutBack
    | SendingDeferred
    | HandoverUncertain
    | WithdrawalAsked
    | MailSent
    | MailFailed
    | MailWithdrawn
    | MailBounced
    | MailComplained
    | InvitationClosed
    | InvitationReminded
)


def delivery(mail: MailQueued) -> Delivery | None:
    """Whom the delivery of a mail is about; None for a mail that is no invitation."""
    match mail.content:
        case Invitation() as invitation:
            return Delivery(
                invitation.user_id, mail.recipient, invitation.invitation_id, invitation.batch_id, mail.message_id
            )
        case _:
            return None
