"""What a user is: a status with all that belongs to it. One user, one stream."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, Protocol
from uuid import UUID

from pydantic import Discriminator, Field

from shared.people.profile import ProfileFields

IndividualPlan = Annotated[Literal["pro", "connect"], Field(title="IndividualPlan")]
Records = Annotated[Literal["transfer", "start_fresh"], Field(title="Records")]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile(ProfileFields):
    """What is known of a person. Names are empty only for who was provisioned without them. ``shelved`` names those of
    the own fields' values that are kept, and told nobody: the company does not have these fields at present."""

    email: str
    first_name: str = ""
    last_name: str = ""
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
AnInvited = Annotated[Invited, Discriminator("status")]
AMember = Annotated[Member, Discriminator("status")]


class _Says(Protocol):
    @property
    def after(self) -> User: ...


def evolve(state: User, event: _Says) -> User:
    """The user after ``event``, which says it whole."""
    del state
    return event.after
