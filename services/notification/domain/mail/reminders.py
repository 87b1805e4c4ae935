"""When who has not answered an invitation is reminded, and when no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard

from services.notification.domain.mail.commands import Remind
from services.notification.domain.mail.content import Invitation
from services.notification.domain.mail.events import InvitationReminded, delivery
from services.notification.domain.mail.state import MailState, Sent
from shared.erasure.person import is_marker
from shared.people.address import compare_form

PAUSE = timedelta(days=1)
"""Between two reminders to one address, whatever they remind of."""


@dataclass(frozen=True, slots=True)
class ReminderPolicy:
    """How long after an invitation was sent each of its reminders is due, rising."""

    after: tuple[timedelta, ...] = (timedelta(days=3), timedelta(days=7))

    def number(self, sent_at: datetime, at: datetime) -> int:
        """How many are due."""
        return sum(sent_at + each <= at for each in self.after)

    def due_at(self, sent_at: datetime, reminded: int) -> datetime | None:
        """When the one after so many is due; None: there is none."""
        return sent_at + self.after[reminded] if reminded < len(self.after) else None


def remind(command: Remind, state: MailState) -> Sequence[InvitationReminded]:
    """A reminder, where it may be."""
    if not can_be_reminded(state, command.at) or command.number <= state.reminded:
        return []
    about = delivery(state.mail)
    if about is None or (command.last_at is not None and command.at < command.last_at + PAUSE):
        return []
    return [InvitationReminded(command.number, compare_form(about.email), command.at, about)]


def look_again_at(
    policy: ReminderPolicy, sent_at: datetime, reminded: int, last_at: datetime | None, at: datetime
) -> datetime:
    """When an invitation of which nobody was reminded `at` is to be looked at again. `reminded`: how often they were so
    far; `last_at`: when their address was last, of whatever invitation."""
    due_at = policy.due_at(sent_at, reminded)
    if due_at is not None and due_at > at:
        return due_at
    if last_at is not None and at < last_at + PAUSE:
        return last_at + PAUSE
    return at + PAUSE  # it was not wanted, and may be tomorrow; or it has expired, and is over once that is heard


def can_be_reminded(state: MailState, at: datetime) -> TypeGuard[Sent]:
    """Whether it is an invitation that has arrived, as far as anyone knows, and waits for its answer."""
    if not isinstance(state, Sent) or not isinstance(state.mail.content, Invitation):
        return False
    gone = state.unwanted or is_marker(state.mail.recipient)
    return state.awaited and not gone and at < state.mail.content.expires_at
