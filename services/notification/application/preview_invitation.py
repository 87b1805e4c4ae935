"""The invitation before it goes: how it will look, and a sample of it to the admin who thinks of sending it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from typing import Literal, get_args
from uuid import UUID

from services.notification.application.mail_queue import Clock
from services.notification.application.unit_of_work import UnitOfWork
from services.notification.domain.mail.content import Invitation, InvitationSample
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.stored_events import NotificationEvent
from services.notification.formats.mail.compose import Composer, Preview
from services.notification.read_models.mails import query
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context

Variant = Literal["new_user", "individual_plan"]
VARIANTS: Sequence[Variant] = get_args(Variant)
"""To whom an invitation says something of its own: who has an account chooses what becomes of its records."""
_EXAMPLE_PLAN = "pro"
_NOBODY = UUID(int=0)


@dataclass(frozen=True, slots=True)
class InvitedPerson:
    """Who is about to be invited: the mail is shown as this person would get it."""

    email: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class Inviter:
    """Who is about to invite, and the sentence of their own that they add."""

    email: str
    name: str
    message: str | None


@dataclass(frozen=True, slots=True)
class PreviewInvitation:
    """The use cases. `validity`: how long a link works."""

    store: EventStore[NotificationEvent]
    decider: MailDecider
    composer: Composer
    sender: Address
    clock: Clock
    validity: timedelta

    def show(self, company: str, by: Inviter, to: InvitedPerson, variant: Variant) -> Preview:
        """How the invitation will look, by the templates by which it will be sent."""
        return self.composer.preview(self._sample(by, to, variant), company)

    async def send(self, by: Inviter, to: InvitedPerson, variant: Variant, key: str, context: Context) -> None:
        """Queues a sample to the inviter's own address, and to no other. The same key again is the same mail."""
        sample = self._sample(by, to, variant)
        mail = mail_id(f"{context.company_id} {key}", by.email, sample.kind)

        async def work(tx: Transaction[NotificationEvent]) -> None:
            uow = UnitOfWork(tx, self.decider, await query.queued_before(tx.conn, [mail]))
            uow.queue(mail, by.email, message_id(mail, self.sender.domain), sample, context)
            await uow.flush()

        await self.store.run(work)

    def _sample(self, by: Inviter, to: InvitedPerson, variant: Variant) -> InvitationSample:
        now, transfer = self.clock(), variant == "individual_plan"
        invitation = Invitation(
            user_id=_NOBODY,
            invitation_id=_NOBODY,
            first_name=to.first_name,
            last_name=to.last_name,
            inviter_name=by.name,
            inviter_email=by.email,
            issued_at=now,
            expires_at=now + self.validity,
            transfer=transfer,
            previous_plan=_EXAMPLE_PLAN if transfer else None,
            again=False,
            batch_id=None,
            message=by.message,
        )
        return InvitationSample(invitation, to.email)
