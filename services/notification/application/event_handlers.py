"""What notification hears, and the command that each event means. Nothing is sent here: mails are only queued."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.headerregistry import Address
from typing import TypeAlias
from uuid import UUID

import usher_contracts as contracts
from services.notification.application.mail_queue import Clock
from services.notification.application.seat_requests import AboutSeats, SeatsMail, mails_about
from services.notification.application.unit_of_work import UnitOfWork
from services.notification.domain.batch.commands import BatchCommand, NoteConfirmation, NoteProcessing, NoteReturn
from services.notification.domain.batch.decide import BATCH
from services.notification.domain.batch.events import ReturnTold, SeatShortage
from services.notification.domain.company.commands import NameCompany, SwitchReminders
from services.notification.domain.company.decide import COMPANY
from services.notification.domain.mail.commands import Withdraw
from services.notification.domain.mail.content import (
    ApprovalDeclined,
    ApprovalRequested,
    BatchReturned,
    Content,
    Invitation,
    MissingSeats,
    Reactivation,
    TakenBack,
    UndoReturned,
)
from services.notification.domain.mail.decide import MailDecider
from services.notification.domain.mail.identity import mail_id, message_id
from services.notification.domain.mail.state import Ambiguous, Sending
from services.notification.domain.stored_events import (
    NotificationEvent,
    batch_stream,
    company_stream,
    mail_stream,
)
from services.notification.read_models.mails import query
from services.notification.read_models.mails.query import MailRow
from services.notification.read_models.reminders import query as reminders
from shared.core.ids import FastUUID
from shared.eventsourcing.event_store import Transaction
from shared.eventsourcing.events import Context
from shared.messaging.inbox import Received, Subscription, subscription

ToMail: TypeAlias = contracts.UserInvited | contracts.InvitationResent | contracts.UserReactivated
Ending: TypeAlias = contracts.InvitationCancelled | contracts.InvitationExpired | contracts.UserActivated

Told: TypeAlias = Mapping[UUID, set[str]]
"""The addresses at which users were sent an invitation, or may have been."""
AdminMail: TypeAlias = ApprovalRequested | ApprovalDeclined | SeatsMail

INVITATIONS, LICENSING = "invitations", "licensing"
"""The subscriptions that a reminder waits for: they tell who has answered, and which companies want reminders."""
SUPERSEDED = "A newer invitation has taken its place."
_WHY = {
    contracts.InvitationCancelled.type: "The invitation was cancelled.",
    contracts.InvitationExpired.type: "The invitation has expired.",
    contracts.UserActivated.type: "The invitation was used.",
}


@dataclass(frozen=True, slots=True)
class EventHandlers:
    """The handlers with what they need. `validity`: how long a link works where the event does not say until when."""

    decider: MailDecider
    sender: Address
    clock: Clock
    validity: timedelta

    def subscriptions(self) -> Sequence[Subscription[NotificationEvent]]:
        """All that this service subscribes to: each a consumer group of its own."""
        return (
            subscription(
                INVITATIONS,
                self.users,
                contracts.UserInvited,
                contracts.InvitationResent,
                contracts.InvitationCancelled,
                contracts.InvitationExpired,
                contracts.UserActivated,
                contracts.UserReactivated,
            ),
            subscription(
                LICENSING,
                self.licensing,
                contracts.CompanyChanged,
                contracts.BatchProcessed,
                contracts.LicenseReservationRejected,
                contracts.SeatsRequested,
                contracts.SeatsRequestAnswered,
            ),
            subscription(
                "confirmations",
                self.confirmations,
                contracts.BatchConfirmed,
                contracts.BatchApprovalRequested,
                contracts.BatchApprovalDeclined,
                contracts.BatchCheckedAgain,
            ),
        )

    async def users(self, tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
        """Queues a mail for who is invited, again or reactivated; withdraws those that no longer count."""
        # Who is invited has no other mail that this could withdraw.
        others = [FastUUID(r.event.user_id) for r in received if not isinstance(r.event, contracts.UserInvited)]
        # Locked here: a sender that holds one of them ends its transaction first, and the rest waits for ours.
        awaited = await reminders.of_users(tx.conn, others)
        others_mails = await query.open_of_users(tx.conn, others) if others else []
        told = await query.told(tx.conn, [FastUUID(r.event.user_id) for r in received if _is_of_undo(r.event)])
        for user_id, email in _may_be_told(others_mails):
            told.setdefault(user_id, set()).add(email)
        mails = {r.id: _mail_of(r) for r in received if isinstance(r.event, ToMail)}
        taken_back = [
            mail_id(r.id, email, TakenBack.kind)
            for r in received
            if _is_of_undo(r.event)
            for email in told.get(FastUUID(r.event.user_id), ())
        ]
        uow = UnitOfWork(tx, self.decider, await query.queued_before(tx.conn, [*mails.values(), *taken_back]))
        uow.add(others_mails)
        if awaited:
            histories = await tx.load_many([mail_stream(mail) for mail in awaited])
            for mail, user_id in awaited.items():
                uow.add_history(mail, user_id, histories[mail_stream(mail)])
        now = self.clock()
        for r in received:
            self._user(uow, r, mails.get(r.id), r.context(now), told)
        await uow.flush()

    def _user(self, uow: UnitOfWork, received: Received, mail: UUID | None, context: Context, told: Told) -> None:
        match received.event:
            case contracts.UserInvited() as event:
                self._queue(uow, mail, context, event, self._invitation(received, event))
            case contracts.InvitationResent() as event:
                self._withdraw(uow, event.user_id, SUPERSEDED, context, but=mail)
                self._queue(uow, mail, context, event, self._invitation_again(received, event))
            case contracts.UserReactivated(by=None):
                pass  # the platform's word: whoever told it tells the person
            case contracts.UserReactivated(undo=True):
                pass  # nobody was told that they were deactivated
            case contracts.UserReactivated(by=contracts.Person() as by) as event:
                content = Reactivation(FastUUID(event.user_id), event.first_name or "", by.name, by.email)
                self._queue(uow, mail, context, event, content)
            case contracts.InvitationCancelled(batch_id=str()) as event:
                self._take_back(uow, received.id, event, context, told)
            case event:
                self._withdraw(uow, event.user_id, _WHY[event.type], context)

    def _take_back(
        self,
        uow: UnitOfWork,
        source: str,
        event: contracts.InvitationCancelled,
        context: Context,
        told: Told,
    ) -> None:
        """By an undo: at each address that was told of the invitation it is told of that, too, and where it may have
        been. The user's present address may be another."""
        user_id = FastUUID(event.user_id)
        self._withdraw(uow, event.user_id, _WHY[event.type], context)
        content = TakenBack(user_id, event.by.name if event.by else "", event.by.email if event.by else "")
        for email in sorted(told.get(user_id, ())):
            mail = mail_id(source, email, content.kind)
            uow.queue(mail, email, message_id(mail, self.sender.domain), content, context)

    def _queue(
        self,
        uow: UnitOfWork,
        mail: UUID | None,
        context: Context,
        event: ToMail,
        content: Content,
    ) -> None:
        assert mail is not None, "what is mailed has an id"
        uow.queue(mail, event.email, message_id(mail, self.sender.domain), content, context)

    def _withdraw(self, uow: UnitOfWork, user_id: str, why: str, context: Context, but: UUID | None = None) -> None:
        for mail in uow.of_user(FastUUID(user_id)):
            if mail != but:
                uow.decide(mail, Withdraw(why), context)

    def _invitation(self, received: Received, event: contracts.UserInvited) -> Invitation:
        return Invitation(
            user_id=FastUUID(event.user_id),
            invitation_id=FastUUID(event.invitation_id),
            first_name=event.first_name,
            last_name=event.last_name,
            inviter_name=event.invited_by.name,
            inviter_email=event.invited_by.email,
            issued_at=received.time,
            expires_at=event.expires_at or received.time + self.validity,
            transfer=event.status == "pending_transfer",
            previous_plan=event.previous_plan,
            again=False,
            batch_id=FastUUID(event.batch_id) if event.batch_id else None,
            message=event.message,
        )

    def _invitation_again(self, received: Received, event: contracts.InvitationResent) -> Invitation:
        return Invitation(
            user_id=FastUUID(event.user_id),
            invitation_id=FastUUID(event.invitation_id),
            first_name=event.first_name or "",
            last_name=event.last_name or "",
            inviter_name=event.by.name if event.by else "",
            inviter_email=event.by.email if event.by else "",
            issued_at=received.time,
            expires_at=event.expires_at or received.time + self.validity,
            transfer=event.status == "pending_transfer",
            previous_plan=event.previous_plan,
            again=True,
            batch_id=None,
        )

    async def licensing(self, tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
        """Companies' names, what became of confirmed batches, and mails about requests for more."""
        for r in received:
            context = r.context(self.clock())
            match r.event:
                case contracts.CompanyChanged() as event:
                    stream = company_stream(event.company_id)
                    await tx.execute(COMPANY, stream, NameCompany(event.name), context)
                    await tx.execute(COMPANY, stream, SwitchReminders(event.reminders), context)
                case contracts.BatchProcessed() as event:
                    await self._follow(tx, event.batch_id, _processing(event), context)
                case contracts.LicenseReservationRejected() as event:
                    await self._follow(tx, event.batch_id, _return(r.id, event), context)
                case contracts.SeatsRequested() | contracts.SeatsRequestAnswered() as event:
                    await self._tell(tx, r.id, event, context)
                case _:
                    pass

    async def confirmations(self, tx: Transaction[NotificationEvent], received: Sequence[Received]) -> None:
        """Who confirmed a batch, for the mails about it; and mails about what another admin has to approve."""
        for r in received:
            context = r.context(self.clock())
            match r.event:
                case contracts.BatchConfirmed() as event:
                    by = event.confirmed_by
                    command = NoteConfirmation(
                        by.email, by.name, event.file_name, event.undoes is not None, event.reminders
                    )
                    await self._follow(tx, event.batch_id, command, context)
                case contracts.BatchApprovalRequested() as event:
                    await self._ask(tx, r.id, event, context)
                case contracts.BatchApprovalDeclined() as event:
                    await self._tell_decline(tx, r.id, event, context)
                case contracts.BatchCheckedAgain() as event:
                    await self._tell(tx, r.id, event, context)
                case _:
                    pass

    async def _ask(
        self, tx: Transaction[NotificationEvent], source: str, event: contracts.BatchApprovalRequested, context: Context
    ) -> None:
        uow, by = UnitOfWork(tx, self.decider), event.asked_by
        for admin in event.approvers:
            content = ApprovalRequested(
                batch_id=UUID(event.batch_id),
                admin_name=admin.name,
                asked_by_name=by.name,
                asked_by_email=by.email,
                file_name=event.file_name,
                invite=event.invite,
                change=event.change,
                until=event.until,
            )
            self._mail(uow, source, admin.email, content, context)
        await uow.flush()

    async def _tell_decline(
        self, tx: Transaction[NotificationEvent], source: str, event: contracts.BatchApprovalDeclined, context: Context
    ) -> None:
        asked_by, by = event.asked_by, event.declined_by
        if by == asked_by:
            return  # who took it back knows
        uow, (name, email) = UnitOfWork(tx, self.decider), (by.name, by.email) if by.email else (None, None)
        content = ApprovalDeclined(UUID(event.batch_id), asked_by.name, event.file_name, name, event.comment, email)
        self._mail(uow, source, asked_by.email, content, context)
        await uow.flush()

    async def _tell(self, tx: Transaction[NotificationEvent], source: str, event: AboutSeats, context: Context) -> None:
        uow = UnitOfWork(tx, self.decider)
        for email, content in mails_about(event):
            self._mail(uow, source, email, content, context)
        await uow.flush()

    def _mail(self, uow: UnitOfWork, source: str, email: str, content: AdminMail, context: Context) -> None:
        mail = mail_id(source, email, content.kind)
        uow.queue(mail, email, message_id(mail, self.sender.domain), content, context)

    async def _follow(
        self, tx: Transaction[NotificationEvent], batch_id: str, command: BatchCommand, context: Context
    ) -> None:
        uow = UnitOfWork(tx, self.decider)
        batch = await uow.load(BATCH, batch_stream(batch_id))
        for told in batch.decide(command, context):
            if isinstance(told, ReturnTold):
                self._tell_return(uow, UUID(batch_id), told, context)
        await uow.flush()

    def _tell_return(self, uow: UnitOfWork, batch_id: UUID, told: ReturnTold, context: Context) -> None:
        why, admin = told.returned, told.admin
        content: UndoReturned | BatchReturned = UndoReturned(batch_id, admin.admin_name, admin.file_name)
        if not admin.undo:
            short = tuple(MissingSeats(one.methodology, one.requested, one.available) for one in why.methodologies)
            content = BatchReturned(
                batch_id, admin.admin_name, admin.file_name, why.reason, why.requested, why.available, short
            )
        mail = mail_id(why.source, admin.admin_email, content.kind)
        uow.queue(mail, admin.admin_email, message_id(mail, self.sender.domain), content, context)


def _return(source: str, event: contracts.LicenseReservationRejected) -> NoteReturn:
    short = tuple(SeatShortage(one.name, one.requested, one.available) for one in event.methodologies)
    return NoteReturn(source, event.reason, event.requested, event.available, short)


def _processing(event: contracts.BatchProcessed) -> NoteProcessing:
    return NoteProcessing(event.invited, event.changed, event.cancelled)


def _may_be_told(mails: Iterable[MailRow]) -> Iterator[tuple[UUID, str]]:
    """To whom, and where, a copy of an invitation may have been handed over: it is being sent, or its answer was
    lost."""
    for row in mails:
        under_way = isinstance(row.state, Sending | Ambiguous)
        if under_way and row.user_id and isinstance(row.state.mail.content, Invitation):
            yield row.user_id, row.state.mail.recipient


def _is_of_undo(event: contracts.Event) -> bool:
    return isinstance(event, contracts.InvitationCancelled) and event.batch_id is not None


def _mail_of(received: Received) -> UUID:
    """The mail that an event asks for: one for each batch or request, recipient and kind."""
    match received.event:
        case contracts.UserInvited() as event:
            return mail_id(event.batch_id or received.id, event.email, "invitation")
        case contracts.InvitationResent() as event:
            return mail_id(received.id, event.email, "invitation")
        case event:
            return mail_id(received.id, event.email, "reactivation")
