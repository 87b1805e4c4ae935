"""Which users are asked for: by the parameters of a list, and by the body of an action on all who are like this."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.http.access import TeamReader
from services.licensing.team.fields import CUSTOM, INVITATIONS, STATUSES, TEXTS, names_in
from services.licensing.team.filters import Wanted
from shared.http import Problem

Value = Annotated[str, Field(max_length=500)]
Values = Annotated[list[Value], Field(max_length=100)]
Several = Annotated[list[Value], Query(max_length=100, description="The value; given several times: one of them")]
Word = Annotated[str, Query(max_length=1_000)]


class Filter(BaseModel):
    """Users who are like this; what is left out does not matter. The parameters of ``GET /api/v1/team`` mean the same:
    there lists are parted by commas (``status``, ``invitation``, ``blank``) or given several times, and a custom field
    is ``custom.<name>``."""

    model_config = ConfigDict(extra="forbid")

    status: list[str] = Field(default_factory=list, description="One of these")
    q: str = Field("", max_length=200, description="Part of a name, an address or a title")
    reports_to: str = Field("", max_length=320, description="The manager's e-mail address or id")
    email: Values = Field(default_factory=list)
    first_name: Values = Field(default_factory=list)
    last_name: Values = Field(default_factory=list)
    functional_area: Values = Field(default_factory=list)
    title: Values = Field(default_factory=list)
    region: Values = Field(default_factory=list)
    custom_fields: dict[str, Values] = Field(default_factory=dict[str, list[str]])
    blank: list[str] = Field(default_factory=list, description="Fields that have no value")
    invitation: list[str] = Field(default_factory=list, description=f"One of {', '.join(INVITATIONS)}")
    invited_days: int | None = Field(None, ge=0, le=36_500, description="Invited more than so many days ago")

    def wanted(self, custom: Collection[str], below: UUID | None = None) -> Wanted:
        """As a query takes it; ``custom`` are the company's own fields. Raises Problem 422."""
        _known(self.status, STATUSES, "status_unknown", "status")
        _known(self.invitation, INVITATIONS, "invitation_unknown", "state of an invitation")
        _known(self.custom_fields, custom, "field_unknown", "custom field")
        fields = ("reports_to", *TEXTS, *(f"{CUSTOM}{name}" for name in custom))
        _known(self.blank, fields, "field_unknown", "field")
        texts: dict[str, Sequence[str]] = {name: values for name in TEXTS if (values := _filled(getattr(self, name)))}
        own = {f"{CUSTOM}{name}": values for name, given in self.custom_fields.items() if (values := _filled(given))}
        before = None if self.invited_days is None else datetime.now(UTC) - timedelta(days=self.invited_days)
        q, reports_to = self.q.strip(), self.reports_to.strip()
        return Wanted(self.status, q, reports_to, texts | own, self.blank, self.invitation, before, below)


async def filtered(
    request: Request,
    reader: TeamReader,
    status: Word = "",
    q: Annotated[str, Query(max_length=200, description="Part of a name, an address or a title")] = "",
    reports_to: Annotated[str, Query(max_length=320, description="The manager's e-mail address or id")] = "",
    email: Several = [],  # noqa: B006 - FastAPI copies defaults
    first_name: Several = [],  # noqa: B006
    last_name: Several = [],  # noqa: B006
    functional_area: Several = [],  # noqa: B006
    title: Several = [],  # noqa: B006
    region: Several = [],  # noqa: B006
    blank: Annotated[str, Query(max_length=5_000, description="Fields that have no value, by comma")] = "",
    invitation: Annotated[str, Query(max_length=100, description=f"Of {', '.join(INVITATIONS)}, by comma")] = "",
    invited_days: Annotated[int | None, Query(ge=0, le=36_500, description="Invited so many days ago, or more")] = None,
) -> Wanted:
    """Dependency: who is asked for, of those whom the caller may see. A custom field is filtered by
    ``custom.<name>=``."""
    custom = reader.custom_fields
    asked = Filter(
        status=list(names_in(status, ())), q=q, reports_to=reports_to, email=email, first_name=first_name,
        last_name=last_name, functional_area=functional_area, title=title, region=region,
        custom_fields=_custom(request), blank=list(names_in(blank, custom)), invitation=list(names_in(invitation, ())),
        invited_days=invited_days,
    )  # fmt: skip
    return asked.wanted(custom, reader.below)


Filtered = Annotated[Wanted, Depends(filtered)]


def _custom(request: Request) -> dict[str, list[str]]:
    given = request.query_params
    return {
        name.removeprefix(CUSTOM): [value[:500] for value in given.getlist(name)][:100]
        for name in given
        if name.startswith(CUSTOM)
    }


def _filled(values: Iterable[str]) -> list[str]:
    return [value for value in values if value.strip()]


def _known(given: Iterable[str] | Mapping[str, object], known: Collection[str], code: str, what: str) -> None:
    for name in given:
        if name not in known:
            said = f"Use {', '.join(known)}." if known else "The company has none."
            raise Problem(422, code, f"There is no {what} {name!r}. {said}")
