"""usher.directory.v1, written by licensing: compacted, a user as of now."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from usher_contracts import topics
from usher_contracts.base import Event, Id
from usher_contracts.example_values import COMPANY, EMAIL, INVITED_AT, MANAGER, MANAGER_EMAIL, USER
from usher_contracts.values import HeldMethodologies, Names, Plan, ProfileFields, UserIdentity, UserStatus

__all__ = ["UserState"]


class UserState(ProfileFields, Names, UserIdentity, Event):
    """A user as of now. A record without a value (a tombstone): the user has left the company's list.

    Of a manager trust `reports_to_id`: `reports_to` is their e-mail as it was told last, and may lag behind a change of
    it until the state is told again.
    """

    topic: ClassVar[str] = topics.DIRECTORY
    type: ClassVar[str] = "usher.UserState.v1"

    reports_to: str | None = None
    reports_to_id: Id | None = None
    custom_fields: dict[str, str] = Field(default_factory=dict)
    status: UserStatus
    previous_plan: Plan | None = None
    invited_at: datetime | None = None
    activated_at: datetime | None = None
    version: int | None = None
    permissions: tuple[str, ...] = ()
    """What was granted to the user in Usher; see `UserPermissionsChanged`."""
    methodologies: HeldMethodologies = Field(default_factory=dict)
    """The methodologies that they have a seat of, by id. A consumed one stays with who is Inactive."""

    @property
    def key(self) -> str:
        """The user: compaction keeps the newest state of each."""
        return self.user_id


EXAMPLES: tuple[Event, ...] = (
    UserState(
        company_id=COMPANY,
        user_id=USER,
        email=EMAIL,
        first_name="Yusuf",
        last_name="Demir",
        functional_area="Sales",
        title="Senior AE",
        region="EMEA",
        reports_to=MANAGER_EMAIL,
        reports_to_id=MANAGER,
        custom_fields={"Cost Center": "0042"},
        status="pending_transfer",
        previous_plan="pro",
        invited_at=INVITED_AT,
        activated_at=None,
        version=2,
        permissions=("manage_reports",),
        methodologies={"command": "consumed", "value": "reserved"},
    ),
)
"""One of each: an event without one is not in the catalogue."""
