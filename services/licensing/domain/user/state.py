"""What a user is: a status with all that belongs to it. One user, one stream.

Stored in every event of a user. What is as its default says is left out there: so a default is for ever.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol
from uuid import UUID

from msgspec import Struct
from pydantic import Field

from shared.eventsourcing.events import AwareDatetime
from shared.people import access
from shared.people.profile import ProfileFields

IndividualPlan = Annotated[Literal["pro", "connect"], Field(title="IndividualPlan")]
Records = Annotated[Literal["transfer", "start_fresh"], Field(title="Records")]

DIRECTORY_ISSUER = "urn:usher:scim"
"""Who says who a directory is: Usher, which issued its token."""


class Actor(Struct, frozen=True):
    """Who did something, as their token named them; ``name`` is the address where it names nobody. ``subject`` at
    ``issuer`` is who they are whatever they are called later; events of before it was kept have neither."""

    email: str
    name: str
    subject: str | None = None
    issuer: str | None = None

    @property
    def is_directory(self) -> bool:
        """Whether a directory did it by SCIM: a program, which goes on when who gave it its token has left."""
        return self.issuer == DIRECTORY_ISSUER


class Manager(Struct, frozen=True):
    """Whom a user reports to: kept by id, with the e-mail address that they had at the time."""

    user_id: UUID
    email: str


class Profile(ProfileFields, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a person. Names are empty only for who was provisioned without them. ``shelved`` names those of
    the own fields' values that are kept, and told nobody: the company does not have these fields at present."""

    email: str
    first_name: str = ""
    last_name: str = ""
    reports_to: Manager | None = None
    custom_fields: Mapping[str, str] = {}
    shelved: tuple[str, ...] = ()


class Invitation(Struct, frozen=True, omit_defaults=True):
    """The newest link. ``offered`` says whether a transfer was offered when it was issued; ``resent_at`` when it was
    last asked for again, None for the first; ``expired`` that its end has been told."""

    id: UUID
    by: Actor
    issued_at: AwareDatetime
    expires_at: AwareDatetime
    offered: bool
    resent_at: AwareDatetime | None = None
    expired: bool = False


MethodologySeat = Annotated[Literal["reserved", "consumed"], Field(title="MethodologySeat")]
Permission = Annotated[access.Permission, Field(title="Permission")]


class Access(Struct, frozen=True, omit_defaults=True):
    """What a user has beside their license: a seat of each of these methodologies, by id, and these permissions."""

    methodologies: Mapping[str, MethodologySeat] = {}
    permissions: tuple[Permission, ...] = ()


NO_ACCESS = Access()
"""Nothing beside the license: the one value of which nothing is stored."""


def with_seats(access: Access, seats: Mapping[str, MethodologySeat]) -> Access:
    """The same access with these seats."""
    return Access(seats, access.permissions) if seats or access.permissions else NO_ACCESS


@dataclass(frozen=True, slots=True)
class Nobody:
    """A stream in which nothing has happened."""


class Waiting(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="waiting"):
    """Invited; nothing to transfer is known."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: AwareDatetime
    invitation: Invitation
    access: Access = NO_ACCESS
    status: ClassVar[Literal["waiting"]] = "waiting"


class PendingTransfer(
    Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="pending_transfer"
):
    """Invited, and the same address has an individual plan whose records can come along."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: AwareDatetime
    invitation: Invitation
    plan: IndividualPlan
    access: Access = NO_ACCESS
    status: ClassVar[Literal["pending_transfer"]] = "pending_transfer"


class Active(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="active"):
    """Onboarded. ``invited_at`` is None for who was provisioned without an invitation."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: AwareDatetime | None
    activated_at: AwareDatetime
    access: Access = NO_ACCESS
    status: ClassVar[Literal["active"]] = "active"


class Inactive(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="inactive"):
    """Deactivated: keeps everything but the license and the claim to the address."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    invited_at: AwareDatetime | None
    activated_at: AwareDatetime
    access: Access = NO_ACCESS
    status: ClassVar[Literal["inactive"]] = "inactive"


class Gone(Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="status", tag="gone"):
    """The invitation was cancelled: the user has left the company's list for good. ``consumed``: the methodologies that
    they had used, whose seats stay occupied."""

    user_id: UUID
    company_id: UUID
    email: str
    consumed: tuple[str, ...] = ()
    status: ClassVar[Literal["gone"]] = "gone"


Invited = Waiting | PendingTransfer
Member = Waiting | PendingTransfer | Active | Inactive
"""Who stands in My Team."""
User = Nobody | Member | Gone


def seats_of(user: User) -> Mapping[str, MethodologySeat]:
    """The seats of methodologies that a user occupies, by id."""
    match user:
        case Nobody():
            return {}
        case Gone():
            seats: dict[str, MethodologySeat] = dict.fromkeys(user.consumed, "consumed")
            return seats
        case _:
            return user.access.methodologies


class _Says(Protocol):
    @property
    def after(self) -> User: ...


def evolve(state: User, event: _Says) -> User:
    """The user after ``event``, which says it whole."""
    del state
    return event.after
