"""Selecting users across the pages of My Team: each press sends what is marked on the page that is shown."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import CSRF_FIELD, Admin, Deps, Visitor, checked_lists
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import BACK, HIERARCHY
from services.upload.web.pages.team import PATH, own_fields
from services.upload.web.team_filters import Filters
from services.upload.web.user_selection import MAX_SELECTED
from shared.people.actions import ACTIONS

router = APIRouter()
_STEP = "1000"
_OURS = frozenset({CSRF_FIELD, "do", "ids", "then", "back", "view", "shown", "user", "group"})
"""Fields of our own; others are an action's, which goes on with what was filled in."""


@router.post(f"{PATH}/selection")
async def select(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Keeps the marks of the page, does what the pressed button says, and leads back to the page or on to an action."""
    sent = await checked_lists(request, deps, visitor)
    do, back = "".join(sent.get("do", [])), QueryParams("".join(sent.get("back", [])))
    shown, marked = _ids(sent.get("shown", [])), _ids(sent.get("user", []))
    session = visitor.session_id
    match do:
        case "none":
            await deps.selections.clear(session)
        case "page":
            await deps.selections.change(session, shown, ())
        case "all" | "group":
            own = own_fields(await deps.uploads.company(visitor.who.company))
            asked = _shown(sent, back) if do == "all" else QueryParams("".join(sent.get("group", [])))
            await deps.selections.change(session, await _everyone(deps, visitor, Filters.read(asked, own)), ())
        case "drop":
            await deps.selections.change(session, (), _ids("".join(sent.get("ids", [])).split(",")))
            then = "".join(sent.get("then", []))
            kept = {name: values for name, values in sent.items() if name not in _OURS}
            return RedirectResponse(address(f"{PATH}/actions/{then}", kept) if then in ACTIONS else BACK, 303)
        case _:
            await deps.selections.change(session, marked, shown - marked)
    if do in ACTIONS:
        return RedirectResponse(f"{PATH}/actions/{do}", 303)
    path = HIERARCHY if sent.get("view") == ["hierarchy"] else PATH
    return RedirectResponse(f"{path}?{back}" if back else path, 303)


def _shown(sent: Mapping[str, Sequence[str]], back: QueryParams) -> QueryParams:
    """Whom the page shows, on all its pages: as the table is filtered; in the hierarchy whom a search finds, or one
    level of it."""
    if sent.get("view") != ["hierarchy"]:
        return back
    if q := back.get("q", ""):
        return QueryParams({"q": q})
    return QueryParams({"reports_to": back["of"]} if back.get("of") else {"blank": "reports_to"})


async def _everyone(deps: WebDependencies, visitor: Visitor, filters: Filters) -> Collection[UUID]:
    """All whom the filters let through, as many as one action takes."""
    found, cursor = set[UUID](), None
    while len(found) < MAX_SELECTED:
        page = await deps.licensing.team(visitor.who.token, {**filters.asked(cursor), "limit": _STEP})
        found |= {UUID(user.user_id) for user in page.items}
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _ids(texts: Iterable[str]) -> set[UUID]:
    """The ids among them: a made-up form selects nobody."""
    found = set[UUID]()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
