"""Routes of saved views: looks at My Team under a name."""

from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from fastapi import Request, Response

from services.licensing.api.access import PlusAdmin, TeamReader, actor, id_of
from services.licensing.api.parts import Parts, PartsDep
from services.licensing.api.view_bodies import SavedView, ViewBody, ViewPage, shown
from services.licensing.application.saved_views import change_view, delete_view, save_view
from services.licensing.application.unit_of_work import UnitOfWork
from services.licensing.domain.saved_views.state import person
from services.licensing.messages import REFUSALS
from services.licensing.read_models.saved_views import query
from shared.http.auth import Principal
from shared.http.authenticate_first import authenticate_first_router
from shared.http.openapi import problem_responses
from shared.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from shared.http.request_context import new_context
from shared.people.origins import FORM

router = authenticate_first_router("/api/v1/views", "views", 404)
T = TypeVar("T")
NO_VIEW = REFUSALS["view_not_found"]


@router.get("")
async def views(
    who: PlusAdmin, reader: TeamReader, parts: PartsDep, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> ViewPage:
    """The caller's views and those that the company's admins share, by name."""
    found, following = await query.seen_by(parts.pool, UUID(who.company), person(actor(who)), limit, cursor)
    return ViewPage(items=[shown(seen, reader.custom_fields) for seen in found], next_cursor=following)


@router.post("", status_code=201, responses=problem_responses(409))
async def save(request: Request, answer: Response, body: ViewBody, who: PlusAdmin, parts: PartsDep) -> SavedView:
    """Keeps a look at My Team."""
    view = body.view()

    async def command(uow: UnitOfWork) -> SavedView:
        return await _shown(uow, await save_view(uow, view, actor(who), begin=body.default), who)

    kept = await _run(request, who, parts, command)
    answer.headers["Location"] = f"/api/v1/views/{kept.id}"
    return kept


@router.put("/{view_id}", responses=problem_responses(403, 409))
async def change(request: Request, view_id: str, body: ViewBody, who: PlusAdmin, parts: PartsDep) -> SavedView:
    """Makes it this one, with the same id. Of a view that another admin shares only `default` can be changed: 403
    `not_your_view` for the rest."""
    wanted, view = id_of(view_id, NO_VIEW), body.view()

    async def command(uow: UnitOfWork) -> SavedView:
        await change_view(uow, wanted, view, actor(who), begin=body.default)
        return await _shown(uow, wanted, who)

    return await _run(request, who, parts, command)


@router.delete("/{view_id}", status_code=204, responses=problem_responses(403))
async def delete(request: Request, view_id: str, who: PlusAdmin, parts: PartsDep) -> None:
    """Keeps it no longer, for nobody. A shared one of an admin who is Inactive by now any admin can clear away."""
    wanted = id_of(view_id, NO_VIEW)
    await _run(request, who, parts, lambda uow: delete_view(uow, wanted, actor(who)))


async def _run(request: Request, who: Principal, parts: Parts, command: Callable[[UnitOfWork], Awaitable[T]]) -> T:
    return await parts.commands.run(UUID(who.company), new_context(request, who, origin=FORM), command)


async def _shown(uow: UnitOfWork, view_id: UUID, who: Principal) -> SavedView:
    seen = await query.one_seen_by(uow.conn, uow.company_id, person(actor(who)), view_id)
    if seen is None:
        raise NO_VIEW()
    return shown(seen, [field.name for field in (await uow.settings()).custom_fields])
