"""Who joined: how many of those invited are there by now."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from services.licensing.api.access import PlusAdmin
from services.licensing.api.parts import PartsDep
from services.licensing.messages import JOINED_BY_UNKNOWN
from services.licensing.read_models.joined import query
from shared.http.authenticate_first import authenticate_first_router

router = authenticate_first_router("/api/v1/team", "team")


class JoinedGroup(BaseModel):
    """Those invited who have the same."""

    value: str | None = Field(
        description="The day (UTC) on which they joined, the manager's id, or the region; or none"
    )
    name: str | None = Field(None, description="The manager's")
    invited: int
    joined: int


class WhoJoined(BaseModel):
    """How many of those invited have joined. A group of days has only who joined on it."""

    batch_id: UUID | None
    invited: int
    joined: int
    gone: int = Field(description="Invited by the batch, and in My Team no longer")
    by: str | None
    groups: list[JoinedGroup]


@router.get("/joined")
async def who_joined(
    who: PlusAdmin,
    parts: PartsDep,
    batch_id: Annotated[UUID | None, Query(description="Those whom this batch invited; left out: everybody")] = None,
    by: Annotated[str, Query(max_length=40, description=f"One of {', '.join(query.BY)}")] = "",
) -> WhoJoined:
    """How many of those invited have joined: by the day on which they did, by manager or by region, the largest 500
    groups. A batch that invited nobody has zeros."""
    if by and by not in query.BY:
        raise JOINED_BY_UNKNOWN(known=", ".join(query.BY))
    async with parts.reading() as conn:
        found = await query.joined(conn, UUID(who.company), batch_id, by or None)
    if found is None:
        return WhoJoined(batch_id=batch_id, invited=0, joined=0, gone=0, by=by or None, groups=[])
    groups = [JoinedGroup(value=g.value, name=g.name, invited=g.invited, joined=g.joined) for g in found.groups]
    return WhoJoined(
        batch_id=batch_id, invited=found.invited, joined=found.joined, gone=found.gone, by=by or None, groups=groups
    )
