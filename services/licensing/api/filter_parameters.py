"""Which users are asked for, by the parameters of a list."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request
from pydantic import Field

from services.licensing.api.access import TeamReader
from services.licensing.api.filter_body import Conditions, Filter, Value
from services.licensing.read_models.team.fields import CUSTOM, INVITATIONS, names_in
from services.licensing.read_models.team.filter import TeamFilter
from shared.people.access import PERMISSIONS
from shared.people.profile import ProfileFieldsModel

_Several = Annotated[
    list[Value],
    Field(default=[], max_length=100, description="The value; given several times: one of them"),
]


class FilterParameters(ProfileFieldsModel[_Several], Conditions[_Several]):
    """A filter in an address: lists are parted by commas or given several times. A custom field is ``custom.<name>``,
    which is no parameter of a name that is known beforehand."""

    status: str = Field("", max_length=1_000)
    user_id: list[UUID] = Field([], max_length=100, description="One of these users")
    blank: str = Field("", max_length=5_000, description="Fields that have no value, by comma")
    invitation: str = Field("", max_length=100, description=f"Of {', '.join(INVITATIONS)}, by comma")
    permission: str = Field("", max_length=200, description=f"Of {', '.join(PERMISSIONS)}, by comma")
    methodology: str = Field("", max_length=5_000, description="Ids of methodologies, by comma")
    invited_days: int | None = Field(None, ge=0, le=36_500, description="Invited so many days ago, or more")


async def filtered(
    request: Request, reader: TeamReader, parameters: Annotated[FilterParameters, Query()]
) -> TeamFilter:
    """Dependency: who is asked for, of those whom the caller may see. A custom field is filtered by
    ``custom.<name>=``."""
    custom = reader.custom_fields
    lists = {
        "status": list(names_in(parameters.status, ())),
        "blank": list(names_in(parameters.blank, custom)),
        "invitation": list(names_in(parameters.invitation, ())),
        "permission": list(names_in(parameters.permission, ())),
        "methodology": list(names_in(parameters.methodology, ())),
    }
    asked = Filter.model_validate({**dict(parameters), **lists, "custom_fields": _custom(request)})
    return asked.team_filter(custom, reader.below)


Filtered = Annotated[TeamFilter, Depends(filtered)]


def _custom(request: Request) -> dict[str, list[str]]:
    given = request.query_params
    return {
        name.removeprefix(CUSTOM): [value[:500] for value in given.getlist(name)][:100]
        for name in given
        if name.startswith(CUSTOM)
    }
