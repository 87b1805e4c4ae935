"""What a mail is about: all that its words need, as known when it was queued. The link's token is not among it."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from msgspec import Struct

from shared.eventsourcing.events import AwareDatetime


class Undelivered(Struct, frozen=True):
    """An invitation that an admin is told about by name. `error` is the mail server's reason."""

    name: str
    email: str
    error: str | None


class Invitation(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="invitation"):
    """A personal invitation. `previous_plan` is set where the person can transfer records; `again`: a new link;
    `message`: the admin's own sentence."""

    user_id: UUID
    invitation_id: UUID
    first_name: str
    last_name: str
    inviter_name: str
    inviter_email: str
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    transfer: bool
    previous_plan: str | None
    again: bool
    batch_id: UUID | None
    message: str | None = None
    kind: ClassVar[Literal["invitation"]] = "invitation"


class Reminder(Struct, frozen=True, tag_field="kind", tag="reminder"):
    """To who has not answered an invitation: the same link again. `mail_id`: the mail that brought it; `number`: which
    reminder it is."""

    user_id: UUID
    mail_id: UUID
    number: int
    invitation: Invitation
    kind: ClassVar[Literal["reminder"]] = "reminder"


class InvitationSample(Struct, frozen=True, tag_field="kind", tag="invitation_sample"):
    """An invitation as it would be to the person with the address `email`, for the admin who thinks of sending it: its
    link leads nowhere."""

    invitation: Invitation
    email: str
    kind: ClassVar[Literal["invitation_sample"]] = "invitation_sample"


class Reactivation(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="reactivation"):
    """Somebody can use Usher again. `by_email` says whose name it is: earlier ones did not."""

    user_id: UUID
    first_name: str
    by_name: str
    by_email: str | None = None
    kind: ClassVar[Literal["reactivation"]] = "reactivation"


class TakenBack(Struct, frozen=True, tag_field="kind", tag="taken_back"):
    """To who was invited: the invitation is taken back, by an undo of the batch that it was of."""

    user_id: UUID
    by_name: str
    by_email: str
    kind: ClassVar[Literal["taken_back"]] = "taken_back"


class BatchFinished(Struct, frozen=True, tag_field="kind", tag="batch_finished"):
    """To the admin who confirmed: what was done. The lists hold the first of them, the numbers count all."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    invited: int
    changed: int
    sent: int
    failed: int
    deferred: int
    failures: tuple[Undelivered, ...]
    deferrals: tuple[Undelivered, ...]
    kind: ClassVar[Literal["batch_finished"]] = "batch_finished"


class MissingSeats(Struct, frozen=True):
    """A methodology, by its name, of which more seats were needed than were left."""

    methodology: str
    requested: int
    available: int


class BatchReturned(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="batch_returned"):
    """To the admin who confirmed: nothing was done, and why. `methodologies`: those whose seats were too few."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    reason: Literal["licenses_exceeded", "stale_review"]
    requested: int
    available: int
    methodologies: tuple[MissingSeats, ...] = ()
    kind: ClassVar[Literal["batch_returned"]] = "batch_returned"


class ApprovalRequested(Struct, frozen=True, tag_field="kind", tag="approval_requested"):
    """To another admin: a colleague has confirmed a batch that needs a second one. `until`: when it goes back."""

    batch_id: UUID
    admin_name: str
    asked_by_name: str
    asked_by_email: str
    file_name: str | None
    invite: int
    change: int
    until: AwareDatetime
    kind: ClassVar[Literal["approval_requested"]] = "approval_requested"


class ApprovalDeclined(Struct, frozen=True, omit_defaults=True, tag_field="kind", tag="approval_declined"):
    """To the admin who asked: it is not approved. `declined_by_name` is None where nobody has decided in time;
    `declined_by_email` says whose name it is: earlier ones did not."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    declined_by_name: str | None
    comment: str | None
    declined_by_email: str | None = None
    kind: ClassVar[Literal["approval_declined"]] = "approval_declined"


class WantedSeats(Struct, frozen=True):
    """How many more seats of a methodology, by its name."""

    methodology: str
    seats: int


class SeatsRequested(Struct, frozen=True, tag_field="kind", tag="seats_requested"):
    """To who may authorize purchases: an admin asks for more licenses, or seats of methodologies."""

    request_id: UUID
    purchaser_name: str
    asked_by_name: str
    asked_by_email: str
    licenses: int
    methodologies: tuple[WantedSeats, ...]
    note: str | None
    kind: ClassVar[Literal["seats_requested"]] = "seats_requested"


class SeatsAnswered(Struct, frozen=True, tag_field="kind", tag="seats_answered"):
    """To the admin who asked for more: what was answered. `batch_id`: the file that waits for it."""

    request_id: UUID
    admin_name: str
    granted: bool
    licenses: int
    methodologies: tuple[WantedSeats, ...]
    comment: str | None
    batch_id: UUID | None
    kind: ClassVar[Literal["seats_answered"]] = "seats_answered"


class BatchCheckedAgain(Struct, frozen=True, tag_field="kind", tag="batch_checked_again"):
    """To an admin of a batch that has waited for licenses: they are there. `ready`: it can be confirmed; otherwise
    `errors` rows are wrong for other reasons."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    ready: bool
    invite: int
    change: int
    errors: int
    kind: ClassVar[Literal["batch_checked_again"]] = "batch_checked_again"


class UndoFinished(Struct, frozen=True, tag_field="kind", tag="undo_finished"):
    """To the admin who confirmed it: a batch was undone."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    cancelled: int
    restored: int
    kind: ClassVar[Literal["undo_finished"]] = "undo_finished"


class UndoReturned(Struct, frozen=True, tag_field="kind", tag="undo_returned"):
    """To the admin who confirmed it: nothing was undone, since what was seen is not so any more."""

    batch_id: UUID
    admin_name: str
    file_name: str | None
    kind: ClassVar[Literal["undo_returned"]] = "undo_returned"


class WebhookSwitchedOffMail(Struct, frozen=True, tag_field="kind", tag="webhook_off"):
    """To who registered a webhook at `host`: nothing is delivered to it any more, and why."""

    webhook_id: UUID
    admin_name: str
    host: str
    reason: Literal["failing", "gone"]
    kind: ClassVar[Literal["webhook_off"]] = "webhook_off"


ToPerson = Invitation | Reminder | Reactivation | TakenBack
"""What is about one user, and goes to them."""
Content = (
    ToPerson
    | InvitationSample
    | BatchFinished
    | BatchReturned
    | ApprovalRequested
    | ApprovalDeclined
    | SeatsRequested
    | SeatsAnswered
    | BatchCheckedAgain
    | UndoFinished
    | UndoReturned
    | WebhookSwitchedOffMail
)
_ALL = (
    *(Invitation, Reminder, InvitationSample, Reactivation, TakenBack, BatchFinished, BatchReturned),
    *(ApprovalRequested, ApprovalDeclined, UndoFinished, UndoReturned),
    *(SeatsRequested, SeatsAnswered, BatchCheckedAgain),
    WebhookSwitchedOffMail,
)
KINDS = tuple(each.kind for each in _ALL)
"""What a mail can be about."""
