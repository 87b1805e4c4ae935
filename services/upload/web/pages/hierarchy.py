"""My Team as a hierarchy: one level at a time, so that it costs the same for 20 users and for 100,000."""

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.filters import PAGE
from services.upload.web.gate import InSite, SignedIn
from services.upload.web.models import Level, User
from services.upload.web.pages.team import PATH
from services.upload.web.trail import Links, Trail

router = APIRouter()


@dataclass(frozen=True, slots=True)
class HierarchyView:
    """One level: who reports to `manager`, or who reports to nobody."""

    level: Level
    manager: User | None
    pager: Links


@router.get(f"{PATH}/hierarchy")
async def hierarchy(request: Request, site: InSite, visitor: SignedIn, of: UUID | None = None) -> Response:
    """A level of the tree as a page of its own; a branch that is opened takes the list out of it."""
    token, trail = visitor.who.token, Trail.read(request.query_params)
    asked = {"limit": str(PAGE), "of": str(of or ""), "cursor": trail.cursor or ""}
    level = await site.licensing.reports(token, {name: value for name, value in asked.items() if value})
    manager = next(iter(await site.licensing.named(token, [str(of)])), None) if of else None
    keep = {"of": str(of) if of else None}
    pager = trail.links(
        f"{PATH}/hierarchy",
        keep,
        shown=len(level.items),
        size=PAGE,
        following=level.next_cursor,
        total=level.total,
    )
    return site.renderer.page(request, "hierarchy.html", HierarchyView(level, manager, pager), visitor.reader)
