"""usher.invitations.v1, written by notification: what was delivered."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import BATCH, COMPANY, EMAIL, INVITATION, INVITED_AT, MESSAGE_ID, USER

__all__ = ["BatchCompleted", "InvitationBounced", "InvitationFailed", "InvitationReminded", "InvitationSent"]


class _InvitationEvent(Event):
    topic: ClassVar[str] = topics.INVITATIONS


class _Delivery(_InvitationEvent):
    user_id: Id
    email: str
    invitation_id: Id
    batch_id: Id | None = None
    message_id: str
    attempts: int
    error: str | None = None


class InvitationSent(_Delivery):
    """The mail server has taken the invitation; where `unconfirmed`, its answer was lost twice and `error` says so."""

    type: ClassVar[str] = "usher.InvitationSent.v1"

    unconfirmed: bool = False


class InvitationFailed(_Delivery):
    """The invitation could not be delivered; `error` is the mail server's reason. It is not tried again."""

    type: ClassVar[str] = "usher.InvitationFailed.v1"


class InvitationBounced(_InvitationEvent):
    """The mail server had taken the invitation, and it has come back since: it never arrived. `status` is the enhanced
    status code (RFC 3463), `reason` why in a line of plain text."""

    type: ClassVar[str] = "usher.InvitationBounced.v1"

    user_id: Id
    email: str
    invitation_id: Id
    batch_id: Id | None = None
    status: str
    reason: str
    at: datetime


class InvitationReminded(_InvitationEvent):
    """Who has not answered the invitation gets its link once more, by a mail that is queued now. `number` is 1 or 2: a
    reminder that was not sent in its time is left out."""

    type: ClassVar[str] = "usher.InvitationReminded.v1"

    user_id: Id
    email: str
    invitation_id: Id
    batch_id: Id | None = None
    number: int
    at: datetime


class BatchCompleted(_InvitationEvent):
    """All of a batch is done. `emails_sent` and `emails_failed` count invitations, not the admin's own mail.

    What is neither was deferred (it is still being tried) or withdrawn (cancelled or used before its mail went out).
    """

    type: ClassVar[str] = "usher.BatchCompleted.v1"

    batch_id: Id
    invited: int
    changed: int
    emails_sent: int
    emails_failed: int
    emails_deferred: int = 0
    emails_withdrawn: int = 0


EXAMPLES: tuple[Event, ...] = (
    InvitationSent(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        message_id=MESSAGE_ID,
        attempts=1,
    ),
    InvitationFailed(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        message_id=MESSAGE_ID,
        attempts=1,
        error="550 5.1.1 mailbox not found",
    ),
    InvitationBounced(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        status="5.1.1",
        reason="The address does not exist (550 5.1.1 no mailbox here by that name)",
        at=INVITED_AT + timedelta(minutes=3),
    ),
    InvitationReminded(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        invitation_id=INVITATION,
        batch_id=BATCH,
        number=1,
        at=INVITED_AT + timedelta(days=3),
    ),
    BatchCompleted(company_id=COMPANY, batch_id=BATCH, invited=3, changed=8, emails_sent=2, emails_failed=1),
)
"""One of each: an event without one is not in the catalogue."""
