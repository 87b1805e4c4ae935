"""What can be asked of one user."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.licensing.domain.user.events import ManagerLeft
from services.licensing.domain.user.invitation_limits import RecentInvitations
from services.licensing.domain.user.state import (
    Actor,
    IndividualPlan,
    MethodologySeat,
    Permission,
    Profile,
    Records,
)
from shared.people.access import GRANTED_BY_ADMINS


@dataclass(frozen=True, slots=True)
class Invite:
    """A new user. ``plan`` is the individual plan under their address, ``lifetime`` how long the link is good,
    ``message`` the admin's own sentence for it;
    ``recent`` what their address was sent of late, None where a review of many was confirmed, which is not held up by
    one of them."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    plan: IndividualPlan | None
    invitation_id: UUID
    by: Actor
    at: datetime
    lifetime: timedelta
    batch_id: UUID | None = None
    recent: RecentInvitations | None = None
    message: str | None = None


@dataclass(frozen=True, slots=True)
class Provision:
    """The platform says that this is a user of the company already."""

    user_id: UUID
    company_id: UUID
    profile: Profile
    at: datetime


@dataclass(frozen=True, slots=True)
class ChangeProfile:
    """The profile as it shall be. ``by`` None where no person did it, ``because`` says why then."""

    profile: Profile
    by: Actor | None
    batch_id: UUID | None = None
    because: ManagerLeft | None = None


@dataclass(frozen=True, slots=True)
class Readdress:
    """Another e-mail address for who is invited, under which ``plan`` is the individual plan: the link that went to the
    old address stops working, the new one gets an invitation."""

    profile: Profile
    plan: IndividualPlan | None
    invitation_id: UUID
    by: Actor
    at: datetime
    lifetime: timedelta
    recent: RecentInvitations


@dataclass(frozen=True, slots=True)
class Resend:
    """A new link, to the address whose ``recent`` invitations these are."""

    invitation_id: UUID
    by: Actor
    at: datetime
    lifetime: timedelta
    recent: RecentInvitations


@dataclass(frozen=True, slots=True)
class Expire:
    """Time has passed: ``at`` is now."""

    at: datetime


@dataclass(frozen=True, slots=True)
class CancelInvitation:
    """The link stops working, and the user leaves the list."""

    by: Actor
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Deactivate:
    """Out, without a license. ``reports`` report to them, and move up in the same transaction. ``admin_remains``:
    whether an Active user who was granted ``manage_users`` is left when all of that transaction is done; who does not
    know, has looked for none."""

    by: Actor
    reports: tuple[UUID, ...] = ()
    admin_remains: bool = False


@dataclass(frozen=True, slots=True)
class ChangePermissions:
    """The permissions as they shall be; of those that whoever asks does not grant (``grants``) none is taken away.
    ``admin_remains``: as of ``Deactivate``. ``by`` None for the platform. ``undo``: they had these before."""

    permissions: frozenset[Permission]
    by: Actor | None
    admin_remains: bool = False
    grants: frozenset[Permission] = GRANTED_BY_ADMINS
    undo: bool = False


@dataclass(frozen=True, slots=True)
class Reactivate:
    """Active again, with a license. ``undo``: a deactivation is taken back at once."""

    by: Actor
    at: datetime
    undo: bool = False


@dataclass(frozen=True, slots=True)
class ChangeMethodologies:
    """The methodologies that the user shall have a seat of, all of them. ``by`` None where the platform says so."""

    methodologies: frozenset[str]
    by: Actor | None
    batch_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class SetMethodology:
    """The platform says how the user has a seat of this methodology."""

    methodology_id: str
    seat: MethodologySeat
    by: Actor | None = None


@dataclass(frozen=True, slots=True)
class Restate:
    """The profile as it is to be told: what the user is has not changed."""

    profile: Profile


@dataclass(frozen=True, slots=True)
class TellPlan:
    """The individual plan under the user's address as of now; None: there is no such account."""

    plan: IndividualPlan | None


@dataclass(frozen=True, slots=True)
class Accept:
    """Onboarding is done, by the link of ``invitation_id``. ``sso_domains`` are the company's, empty for any."""

    invitation_id: UUID
    records: Records | None
    at: datetime
    sso_domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forget:
    """Who is no member any more is forgotten; ``marker`` is the address that takes the place of theirs."""

    marker: str
    by: Actor | None


FromOutside = Provision | TellPlan | Accept | Expire | Restate
"""What the platform says, what the invitee does, and what time does."""
ByAdmin = (
    ChangeProfile
    | ChangePermissions
    | Readdress
    | Resend
    | CancelInvitation
    | Deactivate
    | Reactivate
    | ChangeMethodologies
    | SetMethodology
)
"""What is done to who stands in the list."""
UserCommand = Invite | FromOutside | ByAdmin | Forget
