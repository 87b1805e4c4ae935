"""The rules of one mail: what each command means in each state. Each copy that may have been handed over is counted:
there is a second one only after an answer was lost, and never a third."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from services.notification.domain.mail.content import Content
from services.notification.domain.mail.events import (
    Ambiguous,
    HandoverUncertain,
    Known,
    MailEvent,
    MailFailed,
    MailQueued,
    MailSent,
    MailState,
    MailWithdrawn,
    Queued,
    Retrying,
    Sending,
    SendingDeferred,
    SendingPutBack,
    SendingStarted,
    Unknown,
    WithdrawalAsked,
    delivery,
    evolve,
)
from shared.core.retry import Backoff
from shared.eventsourcing.decider import Decider

LOST_SENDER = "The process that was sending it ended before it had recorded the server's answer."


@dataclass(frozen=True, slots=True)
class Queue:
    """Send this mail; asked again, it is the same mail."""

    recipient: str
    message_id: str
    content: Content
    at: datetime


@dataclass(frozen=True, slots=True)
class Start:
    """A sender takes the mail, and has it until its lease ends."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server answered the final dot with 250."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Refused:
    """The server answered 5xx; `error` is its reason."""

    attempt: int
    error: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """The server answered 4xx, or the connection broke before the final dot was written."""

    attempt: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Lost:
    """The connection broke when the final dot may have been written."""

    attempt: int
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PutBack:
    """The sender did not begin with it."""

    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class LeaseRanOut:
    """Nobody has heard of the sender any more. Means nothing while the lease runs."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The invitation was superseded, cancelled, used or has expired."""

    reason: str


MailCommand = Queue | Start | Accepted | Refused | Deferred | Lost | PutBack | LeaseRanOut | Withdraw


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses double from `first` up to `longest`; what is put off for `give_up` fails."""

    first: timedelta
    longest: timedelta
    give_up: timedelta = timedelta(hours=24)

    def pause(self, attempts: int) -> timedelta:
        """How long to wait after that many attempts."""
        backoff = Backoff(self.first.total_seconds(), self.longest.total_seconds())
        return timedelta(seconds=backoff.pause(attempts))


def mail_decider(policy: RetryPolicy) -> Decider[MailCommand, MailState, MailEvent]:
    """The decider of a mail under a retry policy."""
    return Decider(Unknown(), lambda command, state: decide(policy, command, state), evolve)


def decide(policy: RetryPolicy, command: MailCommand, state: MailState) -> Sequence[MailEvent]:
    """What a command leads to. A result of an attempt that is no longer under way leads to nothing."""
    match command, state:
        case Queue(), Unknown():
            return [MailQueued(command.recipient, command.message_id, command.content, command.at)]
        case Queue(), _:
            return []
        case _, Unknown():
            return []
        case Start(), _:
            return _start(command, state)
        case Withdraw(), _:
            return _withdraw(command, state)
        case Accepted(), _:
            return _accepted(command, state)
        case LeaseRanOut(), Sending() if command.at >= state.until:
            return _uncertain(policy, state, LOST_SENDER, command.at)
        case ((Refused() | Deferred() | Lost() | PutBack()), Sending()) if command.attempt == state.attempt:
            return _ended(policy, command, state)
        case _:
            return []


def _start(command: Start, state: Known) -> Sequence[MailEvent]:
    match state:
        case Queued():
            return [SendingStarted(1, command.until, uncertain=False)]
        case Retrying():
            return [SendingStarted(state.attempts + 1, command.until, uncertain=False)]
        case Ambiguous():
            return [SendingStarted(state.attempts + 1, command.until, uncertain=True)]
        case _:
            return []


def _withdraw(command: Withdraw, state: Known) -> Sequence[MailEvent]:
    match state:
        case Queued():
            return [MailWithdrawn(0, command.reason, delivery(state.mail))]
        case Retrying() | Ambiguous():
            return [MailWithdrawn(state.attempts, command.reason, delivery(state.mail))]
        case Sending(withdrawal=None):
            return [WithdrawalAsked(command.reason, state.attempt, state.until, state.uncertain)]
        case _:
            return []


def _accepted(command: Accepted, state: Known) -> Sequence[MailEvent]:
    match state:
        # Also when the lease ran out meanwhile: who has the answer after all spares the person a second copy.
        case Sending(attempt=attempt) | Ambiguous(attempts=attempt) if attempt == command.attempt:
            return [MailSent(attempt, unconfirmed=False, error=None, delivery=delivery(state.mail))]
        case _:
            return []


def _ended(policy: RetryPolicy, command: Refused | Deferred | Lost | PutBack, state: Sending) -> Sequence[MailEvent]:
    match command:
        case Refused():
            return [MailFailed(state.attempt, command.error, delivery(state.mail))]
        case Lost():
            return _uncertain(policy, state, command.error, command.at)
        case Deferred() | PutBack() if state.withdrawal is not None:
            return [MailWithdrawn(state.attempt, state.withdrawal, delivery(state.mail))]
        case PutBack():
            return [SendingPutBack(state.attempt - 1, command.at, state.uncertain)]
        case Deferred():
            return _deferred(policy, command, state)
        case _:
            assert_never(command)


def _deferred(policy: RetryPolicy, command: Deferred, state: Sending) -> Sequence[MailEvent]:
    if command.at - state.mail.queued_at < policy.give_up:
        again_at = command.at + policy.pause(state.attempt)
        return [SendingDeferred(state.attempt, command.error, again_at, state.uncertain)]
    if state.uncertain:
        return [MailSent(state.attempt, unconfirmed=True, error=command.error, delivery=delivery(state.mail))]
    return [MailFailed(state.attempt, command.error, delivery(state.mail))]


def _uncertain(policy: RetryPolicy, state: Sending, error: str, at: datetime) -> Sequence[MailEvent]:
    if state.uncertain:
        return [MailSent(state.attempt, unconfirmed=True, error=error, delivery=delivery(state.mail))]
    if state.withdrawal is not None:
        return [MailWithdrawn(state.attempt, state.withdrawal, delivery(state.mail))]
    return [HandoverUncertain(state.attempt, error, at + policy.pause(state.attempt))]
