"""Saved views: keeping what My Team shows under a name, and the page on which one is renamed, shared or deleted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import PATH, last
from services.upload.web.licensing_models import SavedView
from services.upload.web.pages.license_counts import own_fields
from services.upload.web.pages.team import active, manager_named
from services.upload.web.team_column_choice import TeamColumnChoice
from services.upload.web.team_filters import Filters
from services.upload.web.team_views import look, place, visible
from shared.http.problem_types import NOT_UNDERSTOOD
from shared.http.problems import Problem, not_found
from shared.people.profile import REPORTS_TO

router = APIRouter()
VIEWS = f"{PATH}/views"
_LOOK = ("search", "filters", "sort", "group", "columns")


@dataclass(frozen=True, slots=True)
class ViewPage:
    """The page: `view` None for one that is not kept yet; `said` is why it was not kept."""

    view: SavedView | None
    name: str
    shared: bool
    default: bool
    shows: Any = ()
    link: str = PATH
    back: str = ""
    said: str = ""

    @property
    def mine(self) -> bool:
        """Whether it is the reader's to change."""
        return self.view is None or self.view.mine


@router.post(VIEWS)
async def save(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Keeps what My Team shows under a name, and leads back to it."""
    sent = await checked_form(request, deps, visitor)
    back = sent.get("back", "")
    name, shared, begin = sent.get("name", "").strip(), "shared" in sent, "begin" in sent
    body = {**await _look(deps, visitor, back), "name": name, "shared": shared, "default": begin}
    own = await _own(deps, visitor)
    try:
        kept = await deps.licensing.save_view(visitor.who.token, body)
    except Problem as refused:
        page = ViewPage(None, name, shared, begin, link=f"{PATH}?{back}", back=back, said=_said(deps, refused))
        return deps.renderer.page(request, "view.html", page, visitor.reader, refused.status)
    return _opened(kept, own, "view_saved")


@router.get(f"{VIEWS}/{{view_id}}")
async def view(request: Request, deps: Deps, visitor: Admin, view_id: str) -> Response:
    """One view: what it shows, whose it is, and what can be done with it."""
    return await _page(request, deps, visitor, await _found(deps, visitor, view_id))


@router.post(f"{VIEWS}/{{view_id}}")
async def change(request: Request, deps: Deps, visitor: Admin, view_id: str) -> Response:
    """Does what the pressed button says: keep what My Team shows now, or what the page says, or keep nothing."""
    sent = await checked_form(request, deps, visitor)
    found, token, own = await _found(deps, visitor, view_id), visitor.who.token, await _own(deps, visitor)
    try:
        if sent.get("do") == "delete":
            await deps.licensing.delete_view(token, found.id)
            return RedirectResponse(last(request, visitor.who, {"note": "view_deleted"}, table=True), 303)
        if sent.get("do") == "look":
            body = {**_body(found), **await _look(deps, visitor, sent.get("back", ""))}
        else:
            given = {"name": sent.get("name", "").strip(), "shared": "shared" in sent} if found.mine else {}
            body = {**_body(found), **given, "default": "begin" in sent}
        kept = await deps.licensing.change_view(token, found.id, body)
    except Problem as refused:
        return await _page(request, deps, visitor, found, _said(deps, refused), sent, refused.status)
    return _opened(kept, own, "view_saved")


async def _page(
    request: Request,
    deps: WebDependencies,
    visitor: Visitor,
    found: SavedView,
    said: str = "",
    sent: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    own = await _own(deps, visitor)
    link = place(found, own)
    filters = Filters.read(QueryParams(link.partition("?")[2]), own)
    shows = active(filters, await manager_named(deps, visitor.who.token, filters.one(REPORTS_TO)))
    name = sent.get("name", found.name) if sent else found.name
    shared, default = ("shared" in sent, "begin" in sent) if sent else (found.shared, found.default)
    page = ViewPage(found, name, shared, default, {"filters": filters, "values": shows}, link, said=said)
    return deps.renderer.page(request, "view.html", page, visitor.reader, status)


async def _look(deps: WebDependencies, visitor: Visitor, back: str) -> dict[str, Any]:
    """What My Team shows at this address."""
    own = await _own(deps, visitor)
    filters = Filters.read(QueryParams(back), own)
    manager = await manager_named(deps, visitor.who.token, filters.one(REPORTS_TO))
    columns = filters.columns or TeamColumnChoice(await deps.choices.chosen(visitor.who), own).shown
    return look(filters, columns, manager.user_id if manager else None)


def _body(view: SavedView) -> dict[str, Any]:
    return view.model_dump(mode="json", include={*_LOOK, "name", "shared", "default"})


def _said(deps: WebDependencies, refused: Problem) -> str:
    """Why it was not kept. Raises on what is no refusal of this."""
    if refused.code in ("view_nameless", NOT_UNDERSTOOD.code):
        return str(deps.renderer.texts("views.name_needed"))
    if refused.status not in (403, 409, 422):
        raise refused
    return refused.detail


def _opened(view: SavedView, own: list[str], note: str) -> Response:
    return RedirectResponse(f"{place(view, own)}&note={note}", 303)


async def _found(deps: WebDependencies, visitor: Visitor, view_id: str) -> SavedView:
    found = next((view for view in await visible(deps, visitor) if view.id == view_id), None)
    if found is None:
        raise not_found()
    return found


async def _own(deps: WebDependencies, visitor: Visitor) -> list[str]:
    return own_fields(await deps.uploads.company(visitor.who.company))
