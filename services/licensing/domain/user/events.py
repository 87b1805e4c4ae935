"""Facts about one user of a company: what can have happened, and what a user is after it.

Every stored event carries the user's state ``after`` it: so the directory can be told from the event alone, and a
state is the last event's. One user, one stream.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Discriminator, Field

IndividualPlan = Annotated[Literal["pro", "connect"], Field(title="IndividualPlan")]
Records = Annotated[Literal["transfer", "start_fresh"], Field(title="Records")]
Status = Annotated[Literal["waiting", "pending_transfer", "active", "inactive"], Field(title="UserStatus")]


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as their token named them; ``name`` is the address where it names nobody. ``subject`` at
    ``issuer`` is who they are whatever they are called later; events of before it was kept have neither."""

    email: str
    name: str
    subject: str | None = None
    issuer: str | None = None


@dataclass(frozen=True, slots=True)
class Manager:
    """Whom a user reports to: kept by id, with the e-mail address that they had at the time."""

    user_id: UUID
    email: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What is known of a person. Names are empty only for who was provisioned without them. ``shelved`` names those of
    the own fields' values that are kept, and told nobody: the company does not have these fields at present."""

    email: str
    first_name: str = ""
    last_name: str = ""
    functional_area: str | None = None
    title: str | None = None
    region: str | None = None
    reports_to: Manager | None = None
    custom_fields: Mapping[str, str] = field(default_factory=dict[str, str])
    shelved: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Invitation:
    """The newest link. ``offered`` says whether a transfer was offered when it was issued; ``resent_at`` when it was
    last asked for again, None for the first; ``expired`` that its end has been told."""

    id: UUID
    by: Actor
    issued_at: datetime
    expires_at: datetime
    offered: bool
    resent_at: datetime | None = None
    expired: bool = False


@dataclass(frozen=True, slots=True)
class Nobody:
    """A stream in which nothing has happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Invited; nothing to transfer is known."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: datetime
    invitation: Invitation
    status: Literal["waiting"] = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingTransfer:
    """Invited, and the same address has an individual plan whose records can come along."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: datetime
    invitation: Invitation
    plan: IndividualPlan
    status: Literal["pending_transfer"] = "pending_transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """Onboarded. ``invited_at`` is None for who was provisioned without an invitation."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: datetime | None
    activated_at: datetime
    status: Literal["active"] = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inactive:
    """Deactivated: keeps everything but the license and the claim to the address."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: datetime | None
    activated_at: datetime
    status: Literal["inactive"] = "inactive"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """The invitation was cancelled: the user has left the company's list for good."""

    user_id: UUID
    company_id: UUID
    email: str
    status: Literal["gone"] = "gone"


Invited = Waiting | PendingTransfer
Member = Waiting | PendingTransfer | Active | Inactive
"""Who stands in My Team."""
User = Nobody | Member | Gone
AnInvited = Annotated[Waiting | PendingTransfer, Discriminator("status")]
AMember = Annotated[Waiting | PendingTransfer | Active | Inactive, Discriminator("status")]


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


def evolve(state: User, event: UserEvent) -> User:
    """The user after ``event``."""
    del state  # each event says it whole
    return event.after
