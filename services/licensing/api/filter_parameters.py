"""Which users are asked for, by the parameters of a list."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request

from services.licensing.api.access import TeamReader
from services.licensing.api.filter_body import Filter, Value
from services.licensing.read_models.team.fields import CUSTOM, INVITATIONS, names_in
from services.licensing.read_models.team.filter import TeamFilter

Several = Annotated[list[Value], Query(max_length=100, description="The value; given several times: one of them")]
Word = Annotated[str, Query(max_length=1_000)]


async def filtered(
    request: Request,
    reader: TeamReader,
    status: Word = "",
    q: Annotated[str, Query(max_length=200, description="Part of a name, an address or a title")] = "",
    reports_to: Annotated[str, Query(max_length=320, description="The manager's e-mail address or id")] = "",
    user_id: Annotated[list[UUID], Query(max_length=100, description="One of these users")] = [],  # noqa: B006 - FastAPI copies it
    email: Several = [],  # noqa: B006 - FastAPI copies it
    first_name: Several = [],  # noqa: B006 - FastAPI copies it
    last_name: Several = [],  # noqa: B006 - FastAPI copies it
    functional_area: Several = [],  # noqa: B006 - FastAPI copies it
    title: Several = [],  # noqa: B006 - FastAPI copies it
    region: Several = [],  # noqa: B006 - FastAPI copies it
    blank: Annotated[str, Query(max_length=5_000, description="Fields that have no value, by comma")] = "",
    invitation: Annotated[str, Query(max_length=100, description=f"Of {', '.join(INVITATIONS)}, by comma")] = "",
    invited_days: Annotated[int | None, Query(ge=0, le=36_500, description="Invited so many days ago, or more")] = None,
) -> TeamFilter:
    """Dependency: who is asked for, of those whom the caller may see. A custom field is filtered by
    ``custom.<name>=``."""
    custom = reader.custom_fields
    asked = Filter(
        status=list(names_in(status, ())), q=q, reports_to=reports_to, user_id=user_id, email=email,
        first_name=first_name, last_name=last_name, functional_area=functional_area, title=title, region=region,
        custom_fields=_custom(request), blank=list(names_in(blank, custom)), invitation=list(names_in(invitation, ())),
        invited_days=invited_days,
    )  # fmt: skip
    return asked.team_filter(custom, reader.below)


Filtered = Annotated[TeamFilter, Depends(filtered)]


def _custom(request: Request) -> dict[str, list[str]]:
    given = request.query_params
    return {
        name.removeprefix(CUSTOM): [value[:500] for value in given.getlist(name)][:100]
        for name in given
        if name.startswith(CUSTOM)
    }
