"""The rules of one mail: what each command means in each state. Each copy that may have been handed over is counted:
there is a second one only after an answer was lost, and never a third."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from services.notification.domain.mail.commands import (
    Accepted,
    Bounce,
    Complain,
    Deferred,
    LeaseRanOut,
    Lost,
    MailCommand,
    PutBack,
    Queue,
    Refused,
    Remind,
    Withdraw,
)
from services.notification.domain.mail.content import Invitation
from services.notification.domain.mail.events import (
    HandoverUncertain,
    InvitationClosed,
    MailBounced,
    MailComplained,
    MailEvent,
    MailFailed,
    MailQueued,
    MailSent,
    MailWithdrawn,
    SendingDeferred,
    SendingPutBack,
    WithdrawalAsked,
    delivery,
)
from services.notification.domain.mail.reminders import remind
from services.notification.domain.mail.retry_policy import RetryPolicy
from services.notification.domain.mail.state import (
    Ambiguous,
    ExistingMail,
    MailState,
    NoMail,
    Queued,
    Retrying,
    Sending,
    Sent,
    evolve,
)
from shared.erasure.person import ERASED, is_marker
from shared.eventsourcing.decider import Decider

MailDecider = Decider[MailCommand, MailState, MailEvent]
LOST_SENDER = "The process that was sending it ended before it had recorded the server's answer."


def mail_decider(policy: RetryPolicy) -> MailDecider:
    """The decider of a mail under a retry policy."""
    return Decider(NoMail(), lambda command, state: decide(policy, command, state), evolve)


def decide(policy: RetryPolicy, command: MailCommand, state: MailState) -> Sequence[MailEvent]:  # noqa: C901  (a case a command)
    """What a command leads to. A result of an attempt that is no longer under way leads to nothing."""
    match command, state:
        case Queue(), NoMail():
            return [MailQueued(command.recipient, command.message_id, command.content, command.at)]
        case Queue(), _:
            return []
        case _, NoMail():
            return []
        case Withdraw(), _:
            return _withdraw(command, state)
        case Bounce() | Complain(), _:
            return _come_back(command, state)
        case Remind(), _:
            return remind(command, state)
        case Accepted(), _:
            return _accepted(command, state)
        case LeaseRanOut(), Sending() if command.at >= state.until:
            return _uncertain(policy, state, LOST_SENDER, command.at)
        case PutBack(), Sending() if command.until != state.until:
            return []
        case ((Refused() | Deferred() | Lost() | PutBack()), Sending()) if command.attempt == state.attempt:
            return _ended(policy, command, state)
        case _:
            return []


def _withdraw(command: Withdraw, state: ExistingMail) -> Sequence[MailEvent]:
    match state:
        case Queued():
            return [MailWithdrawn(0, command.reason, delivery(state.mail))]
        case Retrying() | Ambiguous():
            return [MailWithdrawn(state.attempts, command.reason, delivery(state.mail))]
        case Sent(awaited=True):
            return [InvitationClosed(command.reason)]
        case Sending(withdrawal=None):
            return [WithdrawalAsked(command.reason, state.attempt, state.until, state.uncertain)]
        case _:
            return []


def _come_back(command: Bounce | Complain, state: ExistingMail) -> Sequence[MailEvent]:
    """Once each, of a mail that was sent: what was never handed over cannot have come back, whoever says so. Of whom
    Usher has forgotten since, the mail server's words are not kept: they may name them."""
    match command, state:
        case Bounce(), Sent():
            reason = ERASED if is_marker(state.mail.recipient) else command.reason
            return [MailBounced(command.status, reason, command.at, delivery(state.mail))]
        case Complain(), Sent(unwanted=False):
            return [MailComplained(command.at, delivery(state.mail))]
        case _:
            return []


def _accepted(command: Accepted, state: ExistingMail) -> Sequence[MailEvent]:
    match state:
        # Also when the lease ran out meanwhile: who has the answer after all spares the person a second copy.
        case Sending(attempt=attempt) | Ambiguous(attempts=attempt) if attempt == command.attempt:
            return [_sent(state, attempt)]
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
    if command.at - state.mail.queued_at < policy.give_up_after:
        again_at = command.at + policy.pause(state.attempt)
        return [SendingDeferred(state.attempt, command.error, again_at, state.uncertain)]
    if state.uncertain:
        return [_sent(state, state.attempt, command.error)]
    return [MailFailed(state.attempt, command.error, delivery(state.mail))]


def _uncertain(policy: RetryPolicy, state: Sending, error: str, at: datetime) -> Sequence[MailEvent]:
    if state.uncertain:
        return [_sent(state, state.attempt, error)]
    if state.withdrawal is not None:
        return [MailWithdrawn(state.attempt, state.withdrawal, delivery(state.mail))]
    return [HandoverUncertain(state.attempt, error, at + policy.pause(state.attempt))]


def _sent(state: Sending | Ambiguous, attempt: int, error: str | None = None) -> MailSent:
    # What was to be withdrawn, and had gone out already, waits for no answer.
    withdrawn = isinstance(state, Sending) and state.withdrawal is not None
    awaited = isinstance(state.mail.content, Invitation) and not withdrawn
    return MailSent(attempt, error is not None, error, delivery(state.mail), awaited)
