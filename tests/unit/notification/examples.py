"""One canonical example of each thing that notification knows, to be varied by one field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from msgspec import structs

from services.notification.domain.batch.events import (
    BatchCompletionDecided,
    ConfirmationSeen,
    ProcessingSeen,
    ReturnSeen,
    ReturnTold,
    SeatShortage,
)
from services.notification.domain.company.events import CompanyNamed, RemindersSwitched
from services.notification.domain.mail.content import (
    ApprovalDeclined,
    ApprovalRequested,
    BatchCheckedAgain,
    BatchFinished,
    BatchReturned,
    Invitation,
    InvitationSample,
    MissingSeats,
    Reactivation,
    Reminder,
    SeatsAnswered,
    SeatsRequested,
    TakenBack,
    Undelivered,
    UndoFinished,
    UndoReturned,
    WantedSeats,
    WebhookSwitchedOffMail,
)
from services.notification.domain.mail.events import (
    Delivery,
    HandoverUncertain,
    InvitationClosed,
    InvitationReminded,
    MailBounced,
    MailComplained,
    MailFailed,
    MailQueued,
    MailSent,
    MailWithdrawn,
    SendingDeferred,
    SendingPutBack,
    SendingStarted,
    WithdrawalAsked,
)
from services.notification.domain.mail.retry_policy import RetryPolicy
from services.notification.domain.stored_events import NotificationEvent
from services.notification.domain.webhook.events import (
    Registrant,
    WebhookChanged,
    WebhookDeleted,
    WebhookRegistered,
    WebhookSecretRotated,
    WebhookSwitchedOff,
    WebhookSwitchedOn,
)
from shared.erasure.events import PersonErased

AT = datetime(2026, 12, 4, 9, 11, tzinfo=UTC)
POLICY = RetryPolicy(initial_pause=timedelta(seconds=1), max_pause=timedelta(seconds=10))
USER = UUID("0190a000-0000-7000-8000-0000000000a1")
INVITATION_ID = UUID("0190a000-0000-7000-8000-0000000000d1")
BATCH_ID = UUID("0190a000-0000-7000-8000-0000000000b1")
MESSAGE_ID = "<0190a000-0000-7000-8000-0000000000e1@usher.example>"
EMAIL = "yusuf.demir@northwind.example"


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


INVITATION = Invitation(
    user_id=USER,
    invitation_id=INVITATION_ID,
    first_name="Yusuf",
    last_name="Demir",
    inviter_name="Marta Lindqvist",
    inviter_email="marta.lindqvist@northwind.example",
    issued_at=AT,
    expires_at=AT + timedelta(days=14),
    transfer=True,
    previous_plan="pro",
    again=False,
    batch_id=BATCH_ID,
)
WITH_A_MESSAGE = structs.replace(INVITATION, message="Welcome aboard: we start on Monday.")
SAMPLE = InvitationSample(structs.replace(WITH_A_MESSAGE, batch_id=None), EMAIL)
MAIL = UUID("0190a000-0000-7000-8000-0000000000e1")
REMINDER = Reminder(USER, MAIL, 1, INVITATION)
REACTIVATION = Reactivation(USER, "Yusuf", "Marta Lindqvist")
REACTIVATION_BY = structs.replace(REACTIVATION, by_email="marta.lindqvist@northwind.example")
FINISHED = BatchFinished(
    batch_id=BATCH_ID,
    admin_name="Marta",
    file_name="northwind-autumn-changes.xlsx",
    invited=3,
    changed=8,
    sent=2,
    failed=1,
    deferred=0,
    failures=(Undelivered("Lars Holm", "lars.holm@northwind.example", "550 5.1.1 mailbox not found"),),
    deferrals=(),
)
RETURNED = BatchReturned(BATCH_ID, "Marta", "northwind-autumn-changes.xlsx", "licenses_exceeded", 3, 1)
WITHOUT_SEATS = structs.replace(RETURNED, methodologies=(MissingSeats("Command of the Message", 2, 1),))
ASKED = ApprovalRequested(
    batch_id=BATCH_ID,
    admin_name="Jonas Weber",
    asked_by_name="Marta Lindqvist",
    asked_by_email="marta.lindqvist@northwind.example",
    file_name="northwind-autumn-changes.xlsx",
    invite=600,
    change=12,
    until=AT + timedelta(days=7),
)
DECLINED = ApprovalDeclined(
    BATCH_ID, "Marta Lindqvist", "northwind-autumn-changes.xlsx", "Jonas Weber", "Lyon joins in January."
)
DECLINED_BY = structs.replace(DECLINED, declined_by_email="jonas.weber@northwind.example")
COMMAND = WantedSeats("Command of the Message", 5)
MORE_ASKED = SeatsRequested(
    UUID("0190a000-0000-7000-8000-000000000051"),
    "Jonas Weber",
    "Marta Lindqvist",
    "marta.lindqvist@northwind.example",
    12,
    (COMMAND,),
    "For the team in Lyon.",
)
GRANTED = SeatsAnswered(
    MORE_ASKED.request_id, "Marta Lindqvist", True, 12, (COMMAND,), "On the invoice of December.", BATCH_ID
)
CHECKED_AGAIN = BatchCheckedAgain(BATCH_ID, "Marta", "northwind-autumn-changes.xlsx", True, 12, 3, 0)
TAKEN_BACK = TakenBack(USER, "Marta Lindqvist", "marta.lindqvist@northwind.example")
UNDONE = UndoFinished(BATCH_ID, "Marta", "northwind-autumn-changes.xlsx", 3, 8)
UNDO_RETURNED = UndoReturned(BATCH_ID, "Marta", "northwind-autumn-changes.xlsx")
WEBHOOK_ID = UUID("0190a000-0000-7000-8000-0000000000f2")
WEBHOOK_OFF = WebhookSwitchedOffMail(WEBHOOK_ID, "Marta Lindqvist", "hooks.northwind.example", "failing")
WEBHOOK_URL = "https://hooks.northwind.example/usher"
REGISTRANT = Registrant("marta.lindqvist@northwind.example", "Marta Lindqvist", "auth0|marta", "https://sso.example/")
QUEUED = MailQueued(EMAIL, MESSAGE_ID, INVITATION, AT)
DELIVERY = Delivery(USER, EMAIL, INVITATION_ID, BATCH_ID, MESSAGE_ID)
UNTIL = after(18)
STARTED = SendingStarted(1, UNTIL, uncertain=False)
CONFIRMED = ConfirmationSeen("marta.lindqvist@northwind.example", "Marta Lindqvist", "northwind-autumn-changes.xlsx")
UNDO_CONFIRMED = replace(CONFIRMED, undo=True)
REMINDERS_CHOSEN = replace(CONFIRMED, reminders=True)
RETURN = ReturnSeen("0190a000-0000-7000-8000-0000000000f1", "stale_review", 3, 5)
SHORT_OF_SEATS = replace(
    RETURN, reason="licenses_exceeded", methodologies=(SeatShortage("Command of the Message", 2, 1),)
)

STORED: dict[str, NotificationEvent] = {
    "mail-queued.v1": QUEUED,
    "mail-queued.v1.message": MailQueued(EMAIL, MESSAGE_ID, WITH_A_MESSAGE, AT),
    "mail-queued.v1.sample": MailQueued(EMAIL, MESSAGE_ID, SAMPLE, AT),
    "mail-queued.v1.reminder": MailQueued(EMAIL, MESSAGE_ID, REMINDER, AT),
    "mail-queued.v1.reactivation": MailQueued(EMAIL, MESSAGE_ID, REACTIVATION, AT),
    "mail-queued.v1.reactivation-by": MailQueued(EMAIL, MESSAGE_ID, REACTIVATION_BY, AT),
    "mail-queued.v1.finished": MailQueued(EMAIL, MESSAGE_ID, FINISHED, AT),
    "mail-queued.v1.returned": MailQueued(EMAIL, MESSAGE_ID, RETURNED, AT),
    "mail-queued.v1.returned-without-seats": MailQueued(EMAIL, MESSAGE_ID, WITHOUT_SEATS, AT),
    "mail-queued.v1.approval-requested": MailQueued(EMAIL, MESSAGE_ID, ASKED, AT),
    "mail-queued.v1.approval-declined": MailQueued(EMAIL, MESSAGE_ID, DECLINED, AT),
    "mail-queued.v1.approval-declined-by": MailQueued(EMAIL, MESSAGE_ID, DECLINED_BY, AT),
    "mail-queued.v1.seats-requested": MailQueued(EMAIL, MESSAGE_ID, MORE_ASKED, AT),
    "mail-queued.v1.seats-answered": MailQueued(EMAIL, MESSAGE_ID, GRANTED, AT),
    "mail-queued.v1.checked-again": MailQueued(EMAIL, MESSAGE_ID, CHECKED_AGAIN, AT),
    "mail-queued.v1.taken-back": MailQueued(EMAIL, MESSAGE_ID, TAKEN_BACK, AT),
    "mail-queued.v1.undone": MailQueued(EMAIL, MESSAGE_ID, UNDONE, AT),
    "mail-queued.v1.undo-returned": MailQueued(EMAIL, MESSAGE_ID, UNDO_RETURNED, AT),
    "mail-queued.v1.webhook-off": MailQueued(EMAIL, MESSAGE_ID, WEBHOOK_OFF, AT),
    "mail-sending-started.v1": STARTED,
    "mail-sending-put-back.v1": SendingPutBack(0, AT, uncertain=False),
    "mail-sending-deferred.v1": SendingDeferred(1, "450 4.2.0 busy", after(1), uncertain=False),
    "mail-handover-uncertain.v1": HandoverUncertain(1, "The connection broke.", after(1)),
    "mail-withdrawal-asked.v1": WithdrawalAsked("The invitation was cancelled.", 1, UNTIL, uncertain=False),
    "mail-sent.v1": MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY),
    "mail-sent.v1.awaited": MailSent(1, unconfirmed=False, error=None, delivery=DELIVERY, awaited=True),
    "mail-failed.v1": MailFailed(1, "550 5.1.1 mailbox not found", DELIVERY),
    "mail-withdrawn.v1": MailWithdrawn(1, "The invitation was cancelled.", DELIVERY),
    "mail-bounced.v1": MailBounced("5.1.1", "The address does not exist (5.1.1)", after(180), DELIVERY),
    "mail-complained.v1": MailComplained(after(180), DELIVERY),
    "mail-invitation-closed.v1": InvitationClosed("The invitation was used."),
    "mail-invitation-reminded.v1": InvitationReminded(1, EMAIL, AT + timedelta(days=3), DELIVERY),
    "batch-confirmation-seen.v1": CONFIRMED,
    "batch-confirmation-seen.v1.reminders": REMINDERS_CHOSEN,
    "batch-confirmation-seen.v1.undo": UNDO_CONFIRMED,
    "batch-return-seen.v1": RETURN,
    "batch-return-seen.v1.without-seats": SHORT_OF_SEATS,
    "batch-return-told.v1": ReturnTold(RETURN, CONFIRMED),
    "batch-processing-seen.v1": ProcessingSeen(3, 8),
    "batch-processing-seen.v1.undo": ProcessingSeen(0, 8, cancelled=3),
    "batch-completion-decided.v1": BatchCompletionDecided(3, 8, 2, 1, 0, 0, CONFIRMED),
    "batch-completion-decided.v1.undo": BatchCompletionDecided(0, 8, 0, 0, 0, 0, UNDO_CONFIRMED, cancelled=3),
    "company-named.v1": CompanyNamed("Northwind Trading"),
    "company-reminders-switched.v1": RemindersSwitched(on=True),
    "webhook-registered.v1": WebhookRegistered(WEBHOOK_URL, ("usher.UserInvited.v1",), "HR sync", REGISTRANT),
    "webhook-registered.v1.platform": WebhookRegistered(WEBHOOK_URL, None, "", None),
    "webhook-changed.v1": WebhookChanged(WEBHOOK_URL, None, "HR sync"),
    "webhook-secret-rotated.v1": WebhookSecretRotated(2),
    "webhook-switched-off.v1": WebhookSwitchedOff("failing"),
    "webhook-switched-on.v1": WebhookSwitchedOn(),
    "webhook-deleted.v1": WebhookDeleted(),
    "person-erased.v1": PersonErased(
        UUID("00000000-0000-0000-0000-0000000000e1"),
        UUID("00000000-0000-0000-0000-000000000001"),
        {"events": 3, "dead_letter": 0, "idempotency": 1},
    ),
}
