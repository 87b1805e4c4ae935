"""My Team as it is read: listed, grouped, and as a hierarchy."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from services.licensing.api.access import Reader, TeamReader
from services.licensing.api.filter_parameters import Filtered
from services.licensing.api.parts import PartsDep
from services.licensing.messages import REFUSALS
from services.licensing.read_models.team import groups as team_groups
from services.licensing.read_models.team import query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.groups import Group
from services.licensing.read_models.team.hierarchy import with_reports
from services.licensing.read_models.team.sorting import order_of
from services.licensing.read_models.team.view import Manager, TeamUser
from shared.http.authenticate_first import authenticate_first_router
from shared.http.pagination import DEFAULT_LIMIT, CountedPage, Cursor, Limit
from shared.postgres.database import Connection

router = authenticate_first_router("/api/v1/team", "team", 404)
Levels = Annotated[int, Query(ge=1, le=3, description="How many levels at once, those below where they are small")]
Sort = Annotated[str, Query(max_length=2_000, description="Fields by comma, `-` for descending")]


class TeamPage(CountedPage[TeamUser]):
    """Users of My Team, as filtered and sorted; ``total`` counts users."""


class ManagerPage(CountedPage[Manager]):
    """Users of one level of the hierarchy; ``total`` counts users."""


class GroupPage(CountedPage[Group]):
    """Groups, the largest first; ``total`` counts groups."""

    by: str = Field(description="The field that they are grouped by")
    users: int = Field(0, description="Users in all of the groups, on whatever page")


@router.get("")
async def team(
    reader: TeamReader,
    team_filter: Filtered,
    parts: PartsDep,
    sort: Sort = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> TeamPage:
    """My Team, as filtered and sorted. ``custom.<name>=`` filters by a custom field, ``sort=custom.<name>`` sorts."""
    order = order_of(sort, reader.custom_fields)
    found = await query.page(parts.pool, reader.company_id, team_filter, order, limit, cursor)
    return TeamPage(items=found.items, next_cursor=found.next_cursor, total=found.total)


@router.get("/groups")
async def groups(
    reader: TeamReader,
    team_filter: Filtered,
    parts: PartsDep,
    by: Annotated[str, Query(max_length=200, description="reports_to, status, functional_area, custom.<name>, …")],
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> GroupPage:
    """How many users, as filtered, have the same manager, status, region, …: whose they are is a list filtered by the
    group's value (a manager's by ``reports_to=<user_id>``; of who has none by ``blank=<field>``)."""
    by = team_groups.grouped(by, reader.custom_fields)
    found = await team_groups.groups(parts.pool, reader.company_id, team_filter, by, limit, cursor)
    return GroupPage(by=by, items=found.items, next_cursor=found.next_cursor, total=found.total, users=found.users)


@router.get("/reports")
async def reports(
    reader: TeamReader,
    parts: PartsDep,
    of: Annotated[str, Query(max_length=320, description="A manager's e-mail address or id; left out: the top")] = "",
    levels: Levels = 1,
    sort: Sort = "",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> ManagerPage:
    """A level of the hierarchy: who reports to ``of`` directly, each with how many report to them, and with the levels
    below it in ``below``. The top is whoever has no manager; for a manager without ``manage_users``, their own
    reports."""
    team_filter = await _level(parts, reader, of.strip())
    order = order_of(sort, reader.custom_fields)
    found = await query.page(parts.pool, reader.company_id, team_filter, order, limit, cursor)
    async with parts.reading() as conn:
        managers = await with_reports(conn, reader.company_id, found.items, levels)
    return ManagerPage(items=managers, next_cursor=found.next_cursor, total=found.total)


async def _level(parts: PartsDep, reader: Reader, of: str) -> TeamFilter:
    if not of:
        return TeamFilter(blank=["reports_to"]) if reader.below is None else TeamFilter(reports_to=str(reader.below))
    async with parts.reading() as conn:
        manager = await query.known(conn, reader.company_id, of)
        if manager is None or not await _visible(conn, reader, manager):
            raise REFUSALS["not_found"]()
    return TeamFilter(reports_to=str(manager))


async def _visible(conn: Connection, reader: Reader, user_id: UUID) -> bool:
    below = reader.below
    return below in (None, user_id) or await query.is_below(conn, reader.company_id, below, user_id)
