"""A filter as an action's body has it, and what it has in common with one in an address."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.licensing.messages import (
    FIELD_UNKNOWN,
    INVITATION_UNKNOWN,
    OWN_FIELD_UNKNOWN,
    PERMISSION_UNKNOWN,
    STATUS_UNKNOWN,
)
from services.licensing.read_models.team.fields import CUSTOM, INVITATIONS, TEXTS
from services.licensing.read_models.team.filter import TeamFilter
from shared.http.problems import ProblemType
from shared.people.access import PERMISSIONS
from shared.people.profile import ProfileFieldsModel
from shared.people.statuses import STATUSES

Value = Annotated[str, Field(max_length=500)]
Values = Annotated[list[Value], Field(max_length=100)]
T = TypeVar("T")


class Conditions(BaseModel, Generic[T]):
    """What a body and an address say alike, but for how several values are described: a T."""

    q: str = Field("", max_length=200, description="Part of a name, an address or a title")
    reports_to: str = Field("", max_length=320, description="The manager's e-mail address or id")
    email: T
    first_name: T
    last_name: T


_Several = Annotated[Values, Field(default_factory=list)]


class Filter(ProfileFieldsModel[_Several], Conditions[_Several]):
    """Users who are like this; what is left out does not matter. The parameters of ``GET /api/v1/team`` mean the same:
    there lists are parted by commas (``status``, ``invitation``, ``permission``, ``methodology``, ``blank``) or given
    several times, and a custom field is ``custom.<name>``."""

    model_config = ConfigDict(extra="forbid")

    status: list[str] = Field(default_factory=list, description="One of these")
    user_id: Annotated[list[UUID], Field(max_length=100)] = Field(default_factory=list[UUID])
    custom_fields: dict[str, Values] = Field(default_factory=dict[str, list[str]])
    blank: list[str] = Field(default_factory=list, description="Fields that have no value")
    invitation: list[str] = Field(default_factory=list, description=f"One of {', '.join(INVITATIONS)}")
    permission: list[str] = Field(default_factory=list, description=f"One of {', '.join(PERMISSIONS)}")
    methodology: Annotated[list[Value], Field(max_length=100)] = Field(
        default_factory=list[str], description="Who has a seat of one of these, by their ids"
    )
    invited_days: int | None = Field(None, ge=0, le=36_500, description="Invited more than so many days ago")

    def team_filter(self, custom: Collection[str], below: UUID | None = None) -> TeamFilter:
        """The filter as a query takes it; ``custom`` are the company's own fields. Raises Problem 422."""
        _known(self.status, STATUSES, STATUS_UNKNOWN)
        _known(self.invitation, INVITATIONS, INVITATION_UNKNOWN)
        _known(self.permission, PERMISSIONS, PERMISSION_UNKNOWN)
        _known(self.custom_fields, custom, OWN_FIELD_UNKNOWN)
        fields = ("reports_to", "methodologies", *TEXTS, *(f"{CUSTOM}{name}" for name in custom))
        _known(self.blank, fields, FIELD_UNKNOWN)
        texts: dict[str, Sequence[str]] = {name: values for name in TEXTS if (values := _filled(getattr(self, name)))}
        own = {f"{CUSTOM}{name}": values for name, given in self.custom_fields.items() if (values := _filled(given))}
        before = None if self.invited_days is None else datetime.now(UTC) - timedelta(days=self.invited_days)
        q, reports_to = self.q.strip(), self.reports_to.strip()
        return TeamFilter(
            self.status,
            q,
            reports_to,
            texts | own,
            self.blank,
            self.invitation,
            before,
            below,
            user_ids=self.user_id,
            permissions=self.permission,
            methodologies=self.methodology,
        )


def _filled(values: Iterable[str]) -> list[str]:
    return [value for value in values if value.strip()]


def _known(given: Iterable[str] | Mapping[str, object], known: Collection[str], unknown: ProblemType) -> None:
    for name in given:
        if name not in known:
            said = f"Use {', '.join(known)}." if known else "The company has none."
            raise unknown(name=repr(name), known=said)
