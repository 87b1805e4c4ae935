"""The unit of work over mails: read together in one transaction, decided one by one, appended together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from uuid import UUID

from services.notification.domain.mail.commands import MailCommand, Queue
from services.notification.domain.mail.content import Content, ToPerson
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.events import MailEvent
from services.notification.domain.mail.state import MailState, NoMail
from services.notification.domain.stored_events import NotificationEvent, mail_stream
from services.notification.read_models.mails.query import MailRow
from shared.erasure.person import is_marker
from shared.eventsourcing import unit_of_work
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context, Recorded
from shared.eventsourcing.unit_of_work import TrackedStream


class UnitOfWork(unit_of_work.UnitOfWork[NotificationEvent]):
    """Decides on mails without loading each one's stream: rows carry state and version (a test proves them equal)."""

    def __init__(
        self, tx: Transaction[NotificationEvent], decider: MailDecider, queued_before: Collection[UUID] = ()
    ) -> None:
        super().__init__(tx)
        self._decider = decider
        self._queued_before = queued_before
        self._mails: dict[UUID, TrackedStream[MailCommand, MailState, MailEvent]] = {}
        self._users: dict[UUID, list[UUID]] = {}

    def add(self, mails: Iterable[MailRow]) -> None:
        """Adds mails that were read and locked in this transaction."""
        for mail in mails:
            self._add(mail.id, mail.state, mail.version, mail.user_id)

    def add_history(
        self, mail: UUID, user_id: UUID | None, history: Sequence[Recorded[NotificationEvent]]
    ) -> MailState:
        """Adds a mail that has no row any more, by its stream; its state."""
        state = self._decider.fold(cast("MailEvent", r.event) for r in history)
        self._add(mail, state, len(history), user_id)
        return state

    def of_user(self, user_id: UUID) -> Sequence[UUID]:
        """The added mails to a user."""
        return self._users.get(user_id, ())

    def queue(self, mail: UUID, recipient: str, message_id: str, content: Content, context: Context) -> None:
        """Queues a mail; if it is among those that were queued before, or to somebody who is forgotten, nothing
        happens."""
        if mail in self._queued_before or is_marker(recipient):
            return
        user_id = content.user_id if isinstance(content, ToPerson) else None
        self._add(mail, NoMail(), 0, user_id)
        self.decide(mail, Queue(recipient, message_id, content, context.at), context)

    def decide(self, mail: UUID, command: MailCommand, context: Context) -> Sequence[MailEvent]:
        """Decides a command on a mail that was added; an unknown one is left alone."""
        return self._mails[mail].decide(command, context) if mail in self._mails else ()

    def _add(self, mail: UUID, state: MailState, version: int, user_id: UUID | None) -> None:
        if mail not in self._mails:
            self._mails[mail] = self.track(self._decider, mail_stream(mail), state, version)
            if user_id is not None:
                self._users.setdefault(user_id, []).append(mail)


def context_at(context: Context, at: datetime) -> Context:
    """The context of what a mail leads to later: caused by what caused the mail."""
    return replace(context, at=at)
