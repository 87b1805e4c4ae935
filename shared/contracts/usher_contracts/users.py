"""usher.users.v1, written by licensing: what happened to each user of a company."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import (
    BATCH,
    COMPANY,
    EMAIL,
    EXPIRES_AT,
    INVITATION,
    MANAGER,
    MANAGER_EMAIL,
    MARTA,
    MESSAGE,
    NEW_INVITATION,
    USER,
)
from usher_contracts.values import (
    InvitedStatus,
    Names,
    OptionalNames,
    Person,
    Plan,
    ProfileFields,
    Records,
    UserFieldChange,
    UserIdentity,
    UserStatus,
)

__all__ = [
    "USER_EVENTS",
    "InvitationCancelled",
    "InvitationExpired",
    "InvitationResent",
    "MethodologyConsumed",
    "MethodologyGranted",
    "MethodologyWithdrawn",
    "UserActivated",
    "UserChanged",
    "UserDeactivated",
    "UserErased",
    "UserEvent",
    "UserInvited",
    "UserPermissionsChanged",
    "UserReactivated",
    "UserTransferPending",
    "UserTransferWithdrawn",
]

# The bases of an event stand in the order in which its fields are told, the last first.


class UserEvent(UserIdentity, Event):
    """Know people by `user_id`: an address is not unique at every moment (companies are not ordered mutually)."""

    topic: ClassVar[str] = topics.USERS

    version: int | None = None
    """The user's version after the event. A review of a batch presumes it."""

    status_after: ClassVar[UserStatus | None] = None
    """What the user is by the event; None where that stays, or is said by the event's own `status`."""
    gives_access: ClassVar[bool | None] = None
    """Whether the user may act in their company from now on; None where that stays as it was."""


class UserInvited(ProfileFields, Names, UserEvent):
    """A new user, who occupies a license from now on. Their invitation is on its way."""

    type: ClassVar[str] = "usher.UserInvited.v1"

    reports_to: str | None = None
    reports_to_id: Id | None = None
    custom_fields: dict[str, str] = Field(default_factory=dict)
    status: InvitedStatus
    previous_plan: Plan | None = None
    invitation_id: Id
    invited_by: Person
    batch_id: Id | None = None
    expires_at: datetime | None = None
    """Until when the invitation's link works."""
    message: str | None = None
    """The admin's own sentence, which stands in the invitation: plain text of 200 characters at most."""


class UserChanged(UserEvent):
    """Fields of a user changed. `email` is the address after the event."""

    type: ClassVar[str] = "usher.UserChanged.v1"

    changes: tuple[UserFieldChange, ...]
    changed_by: Person | None = None
    """None where no person did: a manager left, and their reports moved up."""
    batch_id: Id | None = None


class _PlanEvent(UserEvent):
    previous_plan: Plan | None = None


class UserTransferPending(_PlanEvent):
    """A Waiting user has an individual plan now: Pending Transfer."""

    type: ClassVar[str] = "usher.UserTransferPending.v1"
    status_after = "pending_transfer"


class UserTransferWithdrawn(_PlanEvent):
    """A Pending Transfer user's individual account is gone: Waiting."""

    type: ClassVar[str] = "usher.UserTransferWithdrawn.v1"
    status_after = "waiting"


class _ByEvent(UserEvent):
    by: Person | None = None
    """None where no person did."""


class InvitationResent(_ByEvent):
    """A new link for an invited user; the earlier one no longer works."""

    type: ClassVar[str] = "usher.InvitationResent.v1"

    invitation_id: Id
    first_name: str | None = None
    last_name: str | None = None
    status: InvitedStatus | None = None
    previous_plan: Plan | None = None
    expires_at: datetime | None = None


class InvitationCancelled(_ByEvent):
    """The user has left the company's list; their license is free. Invited again, they are a new `user_id`."""

    type: ClassVar[str] = "usher.InvitationCancelled.v1"

    batch_id: Id | None = None
    """The undo that took it back."""


class InvitationExpired(_ByEvent):
    """The link no longer works. The user stays on the list and keeps the license."""

    type: ClassVar[str] = "usher.InvitationExpired.v1"


class _Onboarding(UserEvent):
    records: Records | None = None


class UserActivated(ProfileFields, OptionalNames, _Onboarding):
    """Onboarding is done. The profile is set where this is the user's first event: an existing user, provisioned."""

    type: ClassVar[str] = "usher.UserActivated.v1"
    status_after = "active"

    reports_to: str | None = None
    reports_to_id: Id | None = None
    custom_fields: dict[str, str] | None = None
    status: UserStatus | None = None


class UserDeactivated(_ByEvent):
    """The user is Inactive; their license is free, their direct reports move up."""

    type: ClassVar[str] = "usher.UserDeactivated.v1"
    status_after = "inactive"
    gives_access = False


class UserReactivated(_ByEvent):
    """An Inactive user is Active again, with a license."""

    type: ClassVar[str] = "usher.UserReactivated.v1"
    status_after = "active"
    gives_access = True

    first_name: str | None = None
    last_name: str | None = None
    undo: bool = False
    """Whether a deactivation was taken back at once: then the person is told of neither."""


class UserPermissionsChanged(_ByEvent):
    """What the user may do in the whole of their company is otherwise: of `manage_users`, `manage_assignments`,
    `manage_reports` and `authorize_purchases`, all before and after; others may come. It holds for who is Active."""

    type: ClassVar[str] = "usher.UserPermissionsChanged.v1"

    from_: Annotated[tuple[str, ...], Field(alias="from")]
    to: tuple[str, ...]
    status: UserStatus | None = None
    """What the user is at that moment."""


class _MethodologyEvent(_ByEvent):
    methodology_id: str
    batch_id: Id | None = None
    """The file, or the undo, that did it."""


class MethodologyGranted(_MethodologyEvent):
    """The user has a seat of a methodology from now on."""

    type: ClassVar[str] = "usher.MethodologyGranted.v1"


class MethodologyConsumed(_MethodologyEvent):
    """The user has used the methodology: its seat stays theirs, and never comes free."""

    type: ClassVar[str] = "usher.MethodologyConsumed.v1"


class MethodologyWithdrawn(_MethodologyEvent):
    """The user has a seat of the methodology no longer. It was not used: it is free again."""

    type: ClassVar[str] = "usher.MethodologyWithdrawn.v1"


class UserErased(Event):
    """The user is forgotten: whoever keeps something of them under this `user_id` is to delete it. Their state on the
    directory is a tombstone."""

    topic: ClassVar[str] = topics.USERS
    type: ClassVar[str] = "usher.UserErased.v1"

    user_id: Id
    by: Person | None = None
    """None where the platform asked for it."""


EXAMPLES: tuple[Event, ...] = (
    UserInvited(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=1,
        first_name="Yusuf",
        last_name="Demir",
        functional_area="Sales",
        title="AE",
        region="EMEA",
        reports_to=MANAGER_EMAIL,
        reports_to_id=MANAGER,
        custom_fields={"Cost Center": "0042"},
        status="pending_transfer",
        previous_plan="pro",
        invitation_id=INVITATION,
        invited_by=MARTA,
        batch_id=BATCH,
        expires_at=EXPIRES_AT,
        message=MESSAGE,
    ),
    UserChanged(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=2,
        changes=(
            UserFieldChange(field="title", from_="AE", to="Senior AE"),
            UserFieldChange(field="reports_to", from_=None, to=MANAGER_EMAIL, from_id=None, to_id=MANAGER),
        ),
        changed_by=MARTA,
        batch_id=BATCH,
    ),
    UserTransferPending(company_id=COMPANY, user_id=USER, email=EMAIL, version=3, previous_plan="connect"),
    UserTransferWithdrawn(company_id=COMPANY, user_id=USER, email=EMAIL, version=4, previous_plan="connect"),
    InvitationResent(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=5,
        by=MARTA,
        invitation_id=NEW_INVITATION,
        first_name="Yusuf",
        last_name="Demir",
        status="waiting",
        previous_plan=None,
        expires_at=EXPIRES_AT,
    ),
    InvitationCancelled(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, by=MARTA),
    InvitationExpired(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, by=None),
    UserActivated(company_id=COMPANY, user_id=USER, email=EMAIL, version=6, records="transfer"),
    UserDeactivated(company_id=COMPANY, user_id=USER, email=EMAIL, version=7, by=MARTA),
    UserReactivated(
        company_id=COMPANY, user_id=USER, email=EMAIL, version=8, by=MARTA, first_name="Yusuf", last_name="Demir"
    ),
    UserPermissionsChanged(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=9,
        by=MARTA,
        from_=(),
        to=("manage_users",),
        status="active",
    ),
    MethodologyGranted(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        version=9,
        by=MARTA,
        methodology_id="command",
        batch_id=BATCH,
    ),
    MethodologyConsumed(company_id=COMPANY, user_id=USER, email=EMAIL, version=10, by=None, methodology_id="command"),
    MethodologyWithdrawn(company_id=COMPANY, user_id=USER, email=EMAIL, version=11, by=MARTA, methodology_id="value"),
    UserErased(company_id=COMPANY, user_id=USER, by=MARTA),
)
"""One of each: an event without one is not in the catalogue."""
USER_EVENTS: tuple[type[UserEvent], ...] = tuple(
    type(example) for example in EXAMPLES if isinstance(example, UserEvent)
)
"""Every event of the topic that says something of a user who is known."""
