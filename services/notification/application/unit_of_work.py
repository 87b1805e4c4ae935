"""The mails that one transaction works on: read together, decided one by one, appended together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notification.domain.mail.commands import MailCommand, Queue
from services.notification.domain.mail.content import Content, Invitation, Reactivation
from services.notification.domain.mail.events import MailEvent
from services.notification.domain.mail.state import MailState, Unknown
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.read_models.mails.query import Stored
from shared.eventsourcing.decider import Decider
from shared.eventsourcing.event_store import Append, Transaction
from shared.eventsourcing.events import Context


@dataclass(slots=True)
class _Held:
    version: int
    state: MailState
    user_id: UUID | None
    appends: list[Append[NotificationEvent]] = field(default_factory=list[Append[NotificationEvent]])


class MailDesk:
    """Decides on mails without loading each one's stream: rows carry state and version (a test proves them equal)."""

    def __init__(self, decider: Decider[MailCommand, MailState, MailEvent]) -> None:
        self._decider = decider
        self._held: dict[UUID, _Held] = {}

    def hold(self, mails: Iterable[Stored]) -> None:
        """Takes mails that were read and locked in this transaction."""
        for mail in mails:
            self._held.setdefault(mail.id, _Held(mail.version, mail.state, mail.user_id))

    def of_user(self, user_id: UUID) -> list[UUID]:
        """The held mails to a user."""
        return [mail for mail, held in self._held.items() if held.user_id == user_id]

    def state(self, mail: UUID) -> MailState:
        """A mail's state, with all that was decided here."""
        held = self._held.get(mail)
        return Unknown() if held is None else held.state

    def queue(self, mail: UUID, recipient: str, message_id: str, content: Content, context: Context) -> None:
        """Queues a mail that must have been looked for before: if it exists, nothing happens."""
        user_id = content.user_id if isinstance(content, Invitation | Reactivation) else None
        self._held.setdefault(mail, _Held(0, Unknown(), user_id))
        self.decide(mail, Queue(recipient, message_id, content, context.at), context)

    def decide(self, mail: UUID, command: MailCommand, context: Context) -> None:
        """Decides a command on a held mail; an unknown one is left alone."""
        held = self._held.get(mail)
        if held is None:
            return
        events = self._decider.decide(command, held.state)
        if events:
            held.appends.append(Append(mail_stream(mail), held.version, events, context))
            held.version += len(events)
            held.state = self._decider.fold(events, held.state)

    async def save(self, tx: Transaction[NotificationEvent]) -> None:
        """Appends all that was decided."""
        await tx.append_all([append for held in self._held.values() for append in held.appends])


def later(context: Context, at: datetime) -> Context:
    """The context of what a mail leads to later: caused by what caused the mail."""
    return replace(context, at=at)
