"""Facts about one user of a company: what can have happened, and what a user is after it.

Every stored event carries the user's state ``after`` it: so the directory can be told from the event alone, and a
state is the last event's. One user, one stream.
"""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from services.licensing.domain.user.state import (
    Active,
    Actor,
    Gone,
    Inactive,
    IndividualPlan,
    Invited,
    Member,
    PendingTransfer,
    Permission,
    Records,
    Waiting,
)


class Change(Struct, frozen=True):
    """One field before and after. A custom field goes by its own name; Reports To has the managers' ids too."""

    field: str
    before: str | None
    after: str | None
    before_id: UUID | None = None
    after_id: UUID | None = None


class ManagerLeft(Struct, frozen=True):
    """Why somebody reports to another manager though nobody named one: theirs has left. ``by`` let them go."""

    user_id: UUID
    name: str
    how: Literal["deactivated", "cancelled"]
    by: Actor


class UserInvited(Struct, frozen=True, omit_defaults=True):
    """A new user, with their first link. ``batch_id`` is the file's, None where a form invited them; ``message``: the
    admin's own sentence for the invitation."""

    after: Invited
    batch_id: UUID | None
    message: str | None = None


class UserProvisioned(Struct, frozen=True):
    """The platform said that this is a user: Active at once, nobody was invited."""

    after: Active


class UserChanged(Struct, frozen=True):
    """The profile is another. ``by`` None where no person did it; ``because`` says why then."""

    after: Member
    changes: tuple[Change, ...]
    by: Actor | None
    batch_id: UUID | None
    because: ManagerLeft | None = None


class TransferPending(Struct, frozen=True):
    """An individual plan has come up under the address, or another one than before."""

    after: PendingTransfer


class TransferWithdrawn(Struct, frozen=True):
    """The individual plan is gone, and nothing is left to transfer."""

    after: Waiting
    previous_plan: IndividualPlan


class InvitationResent(Struct, frozen=True):
    """A new link, which ends the old one."""

    after: Invited
    by: Actor | None


class InvitationExpired(Struct, frozen=True):
    """The link works no longer. The user stays, with their license: it is the admin's to resend or to cancel."""

    after: Invited


class InvitationCancelled(Struct, frozen=True):
    """The link works no longer, and the user has left the list. ``batch_id``: the undo that took it back."""

    after: Gone
    by: Actor | None
    batch_id: UUID | None = None


class UserActivated(Struct, frozen=True):
    """An invited user has joined. ``records`` is what they chose, None where there was no choice."""

    after: Active
    records: Records | None


class UserDeactivated(Struct, frozen=True):
    """Out, without a license. ``reports`` reported to them, and have moved up."""

    after: Inactive
    by: Actor | None
    reports: tuple[UUID, ...] = ()


class UserReactivated(Struct, frozen=True, omit_defaults=True):
    """Active again. ``by`` None where the platform said so; ``undo``: a deactivation was taken back at once."""

    after: Active
    by: Actor | None
    undo: bool = False


class UserPermissionsChanged(Struct, frozen=True):
    """The permissions are others than ``before``. ``by`` None where the platform said so."""

    after: Member
    before: tuple[Permission, ...]
    by: Actor | None


class MethodologyGranted(Struct, frozen=True, omit_defaults=True):
    """They have a seat of a methodology from now on. ``by`` None where the platform said so; ``batch_id``: the file's,
    None where there was none."""

    after: Member
    methodology_id: str
    by: Actor | None
    batch_id: UUID | None = None


class MethodologyConsumed(Struct, frozen=True, omit_defaults=True):
    """They have used a methodology: its seat stays theirs."""

    after: Member
    methodology_id: str
    by: Actor | None = None
    batch_id: UUID | None = None


class MethodologyWithdrawn(Struct, frozen=True, omit_defaults=True):
    """They have a seat of a methodology no longer; they had not used it. ``batch_id``: the undo that took it back."""

    after: Member
    methodology_id: str
    by: Actor | None
    batch_id: UUID | None = None


class UserRestated(Struct, frozen=True):
    """Nothing happened to the user: what is told of them is otherwise, by their manager's address or by which own
    fields their company has."""

    after: Member


class UserErased(Struct, frozen=True):
    """They are forgotten: nothing that says who they were is kept. ``by`` None where the platform asked."""

    after: Gone
    by: Actor | None


HappenedLater = (
    UserProvisioned
    | UserChanged
    | TransferPending
    | TransferWithdrawn
    | InvitationResent
    | InvitationExpired
    | InvitationCancelled
    | UserActivated
    | UserDeactivated
    | UserReactivated
    | UserPermissionsChanged
    | MethodologyGranted
    | MethodologyConsumed
    | MethodologyWithdrawn
)
"""What can happen to who is no new user of an admin's."""
Happened = UserInvited | HappenedLater
"""What other services are told happened; of the rest they see what the user is now."""
UserEvent = Happened | UserRestated | UserErased
