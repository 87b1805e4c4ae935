"""The state of one mail: how its events lead from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import assert_never

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


@dataclass(frozen=True, slots=True)
class NoMail:
    """Nothing has happened: there is no such mail."""


@dataclass(frozen=True, slots=True)
class Queued:
    """Waits for its first attempt."""

    mail: MailQueued


@dataclass(frozen=True, slots=True)
class Retrying:
    """Waits for another attempt; surely nobody has it yet."""

    mail: MailQueued
    attempts: int


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """May have been handed over once; will be once more."""

    mail: MailQueued
    attempts: int


@dataclass(frozen=True, slots=True)
class Sending:
    """Under way: a sender has claimed it until then. `withdrawal` is why it must not be tried again."""

    mail: MailQueued
    attempt: int
    until: datetime
    uncertain: bool
    withdrawal: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Delivered, as far as anyone can know. `unwanted`: who got it has said so. Of an invitation: whether its answer is
    `awaited`, and how often its person was `reminded` of that."""

    mail: MailQueued
    awaited: bool = False
    unwanted: bool = False
    reminded: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """Given up."""

    mail: MailQueued


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Never to be sent."""

    mail: MailQueued


@dataclass(frozen=True, slots=True)
class Bounced:
    """Taken by a server, and come back."""

    mail: MailQueued


ExistingMail = Queued | Retrying | Ambiguous | Sending | Sent | Failed | Withdrawn | Bounced
MailState = NoMail | ExistingMail


def claimed(state: MailState, until: datetime) -> Sending | None:
    """The mail as a sender has it who claims it; None where it is not to be had. A claim is a lease, and no event: it
    stands in the mail's row alone, until there is an outcome."""
    match state:
        case Queued():
            return Sending(state.mail, 1, until, uncertain=False)
        case Retrying():
            return Sending(state.mail, state.attempts + 1, until, uncertain=False)
        case Ambiguous():
            return Sending(state.mail, state.attempts + 1, until, uncertain=True)
        case _:
            return None


def evolve(state: MailState, event: MailEvent) -> MailState:
    """The state after an event. History is never rejected."""
    if isinstance(event, MailQueued):
        return Queued(event)
    return state if isinstance(state, NoMail) else _evolve(state, event)


def _evolve(state: ExistingMail, event: MailEvent) -> MailState:  # noqa: C901  (a case an event)
    mail = state.mail
    match event:
        case SendingStarted():
            return Sending(mail, event.attempt, event.until, event.uncertain)
        case WithdrawalAsked():
            return Sending(mail, event.attempt, event.until, event.uncertain, event.reason)
        case HandoverUncertain():
            return Ambiguous(mail, event.attempts)
        case SendingPutBack() | SendingDeferred() if event.uncertain:
            return Ambiguous(mail, event.attempts)
        case SendingPutBack() | SendingDeferred():
            return Retrying(mail, event.attempts)
        case MailSent():
            return Sent(mail, event.awaited)
        case MailFailed():
            return Failed(mail)
        case MailWithdrawn():
            return Withdrawn(mail)
        case MailBounced():
            return Bounced(mail)
        case MailComplained():
            return replace(_sent(state), unwanted=True)
        case InvitationClosed():
            return replace(_sent(state), awaited=False)
        case InvitationReminded():
            return replace(_sent(state), reminded=event.number)
        case MailQueued():
            return Queued(event)
        case _:
            assert_never(event)


def _sent(state: ExistingMail) -> Sent:
    return state if isinstance(state, Sent) else Sent(state.mail)
