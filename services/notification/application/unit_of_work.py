"""The unit of work over mails: read together in one transaction, decided one by one, appended together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from services.notification.domain.mail.commands import MailCommand, Queue
from services.notification.domain.mail.content import Content, Invitation, Reactivation
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.state import MailState, NoMail
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.read_models.mails.query import MailRow
from shared.eventsourcing.event_store import Append, Transaction
from shared.eventsourcing.events import Context


@dataclass(slots=True)
class _Tracked:
    version: int
    state: MailState
    user_id: UUID | None
    appends: list[Append[NotificationEvent]] = field(default_factory=list[Append[NotificationEvent]])


class UnitOfWork:
    """Decides on mails without loading each one's stream: rows carry state and version (a test proves them equal)."""

    def __init__(self, decider: MailDecider, queued_before: Collection[UUID] = ()) -> None:
        self._decider = decider
        self._queued_before = queued_before
        self._tracked: dict[UUID, _Tracked] = {}

    def add(self, mails: Iterable[MailRow]) -> None:
        """Adds mails that were read and locked in this transaction."""
        for mail in mails:
            self._tracked.setdefault(mail.id, _Tracked(mail.version, mail.state, mail.user_id))

    def of_user(self, user_id: UUID) -> list[UUID]:
        """The added mails to a user."""
        return [mail for mail, tracked in self._tracked.items() if tracked.user_id == user_id]

    def state(self, mail: UUID) -> MailState:
        """A mail's state, with all that was decided here."""
        tracked = self._tracked.get(mail)
        return NoMail() if tracked is None else tracked.state

    def queue(self, mail: UUID, recipient: str, message_id: str, content: Content, context: Context) -> None:
        """Queues a mail; if it is among those that were queued before, nothing happens."""
        if mail in self._queued_before:
            return
        user_id = content.user_id if isinstance(content, Invitation | Reactivation) else None
        self._tracked.setdefault(mail, _Tracked(0, NoMail(), user_id))
        self.decide(mail, Queue(recipient, message_id, content, context.at), context)

    def decide(self, mail: UUID, command: MailCommand, context: Context) -> None:
        """Decides a command on a mail that was added; an unknown one is left alone."""
        tracked = self._tracked.get(mail)
        if tracked is None:
            return
        events = self._decider.decide(command, tracked.state)
        if events:
            tracked.appends.append(Append(mail_stream(mail), tracked.version, events, context))
            tracked.version += len(events)
            tracked.state = self._decider.fold(events, tracked.state)

    async def save(self, tx: Transaction[NotificationEvent]) -> None:
        """Appends all that was decided."""
        await tx.append_all([append for tracked in self._tracked.values() for append in tracked.appends])


def context_at(context: Context, at: datetime) -> Context:
    """The context of what a mail leads to later: caused by what caused the mail."""
    return replace(context, at=at)
