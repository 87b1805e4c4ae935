"""Facts about one user of a company: what can have happened, and what a user is after it.

Every stored event carries the user's state ``after`` it: so the directory can be told from the event alone, and a
state is the last event's. One user, one stream.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.licensing.domain.user.state import (
    Active,
    Actor,
    AMember,
    AnInvited,
    Gone,
    Inactive,
    IndividualPlan,
    PendingTransfer,
    Records,
    Waiting,
)


@dataclass(frozen=True, slots=True)
class Change:
    """One field before and after. A custom field goes by its own name; Reports To has the managers' ids too."""

    field: str
    before: str | None
    after: str | None
    before_id: UUID | None = None
    after_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ManagerLeft:
    """Why somebody reports to another manager though nobody named one: theirs has left. ``by`` let them go."""

    user_id: UUID
    name: str
    how: Literal["deactivated", "cancelled"]
    by: Actor


@dataclass(frozen=True, slots=True)
class UserInvited:
    after: AnInvited
    batch_id: UUID | None


@dataclass(frozen=True, slots=True)
class UserProvisioned:
    """The platform said that this is a user: Active at once, nobody was invited."""

    after: Active


@dataclass(frozen=True, slots=True)
class UserChanged:
    after: AMember
    changes: tuple[Change, ...]
    by: Actor | None
    batch_id: UUID | None
    because: ManagerLeft | None = None


@dataclass(frozen=True, slots=True)
class TransferPending:
    after: PendingTransfer


@dataclass(frozen=True, slots=True)
class TransferWithdrawn:
    after: Waiting
    previous_plan: IndividualPlan


@dataclass(frozen=True, slots=True)
class InvitationResent:
    after: AnInvited
    by: Actor | None


@dataclass(frozen=True, slots=True)
class InvitationExpired:
    """The link works no longer. The user stays, with their license: it is the admin's to resend or to cancel."""

    after: AnInvited


@dataclass(frozen=True, slots=True)
class InvitationCancelled:
    after: Gone
    by: Actor | None


@dataclass(frozen=True, slots=True)
class UserActivated:
    after: Active
    records: Records | None


@dataclass(frozen=True, slots=True)
class UserDeactivated:
    """``reports`` reported to them, and have moved up."""

    after: Inactive
    by: Actor | None
    reports: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class UserReactivated:
    after: Active
    by: Actor | None


@dataclass(frozen=True, slots=True)
class UserRestated:
    """Nothing happened to the user: what is told of them is otherwise, by their manager's address or by which own
    fields their company has."""

    after: AMember


Happened = (
    UserInvited
    | UserProvisioned
    | UserChanged
    | TransferPending
    | TransferWithdrawn
    | InvitationResent
    | InvitationExpired
    | InvitationCancelled
    | UserActivated
    | UserDeactivated
    | UserReactivated
)
"""What other services are told happened; of the rest they see what the user is now."""
UserEvent = Happened | UserRestated
