"""My Team as a hierarchy: three levels at once, so that it costs the same for 20 users and for 100,000; the others are
opened where somebody looks, or found by a search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.authentication import Deps, SignedIn, Visitor
from services.upload.web.cursor_pagination import CursorPosition, PageLinks
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import HIERARCHY, remember
from services.upload.web.licensing_models import Level, Report, User
from services.upload.web.team_filters import MAX_LENGTH, PAGE
from services.upload.web.team_notice import SAID, Notice, notice
from services.upload.web.user_selection import MAX_SELECTED, Selected, SelectionBar

router = APIRouter()
LEVELS = 3
FOUND = 30
"""Users whom a search shows, each with those above."""
_DEEPEST = 50
"""Levels that are gone up: so that a page ends, whatever it is told."""


@dataclass(frozen=True, slots=True)
class Node:
    """Somebody in the tree. `reports` is how many report to them, None where that was not asked."""

    user: User
    reports: int | None = None
    below: Sequence["Node"] = ()
    found: bool = False


@dataclass(frozen=True, slots=True)
class HierarchyView:
    """A part of the tree: who reports to `manager`, or to nobody, and who below them; or whom `q` finds."""

    nodes: Sequence[Node]
    manager: User | None = None
    total: int = 0
    pager: PageLinks | None = None
    q: str = ""
    shown: int = 0
    """Of those whom it finds, or of those who report to `manager`."""
    selected: Selected = field(default_factory=Selected)
    notice: Notice | None = None
    query: str = ""
    methodologies: bool = False
    """Whether the company has bought seats of some."""

    @property
    def more(self) -> bool:
        """Whether it finds others, too."""
        return self.total > self.shown

    @property
    def selection(self) -> SelectionBar:
        """Who is selected."""
        everyone = self.total if self.more and self.total <= MAX_SELECTED else 0
        return SelectionBar(self.selected, "hierarchy", everyone, self.methodologies)

    def everybody(self) -> Iterator[str]:
        """The ids of all who are shown."""
        waiting = list(self.nodes)
        while waiting:
            node = waiting.pop()
            yield node.user.user_id
            waiting += node.below


@router.get(HIERARCHY)
async def hierarchy(request: Request, deps: Deps, visitor: SignedIn, of: UUID | None = None, q: str = "") -> Response:
    """A part of the tree as a page of its own; a branch that is opened takes the list out of it."""
    word = q.strip()[:MAX_LENGTH]
    view = await (_found(deps, visitor, word) if word else _levels(request, deps, visitor, of))
    said = [(name, value) for name, value in request.query_params.multi_items() if name not in SAID]
    view = replace(view, query=urlencode(said), notice=notice(request.query_params, admin=visitor.reader.admin))
    if visitor.reader.admin:
        selected = await deps.selections.selected(visitor.session_id, list(view.everybody()))
        company = await deps.uploads.company(visitor.who.company)
        view = replace(view, selected=selected, methodologies=bool(company and company.methodologies))
    answer = deps.renderer.page(request, "hierarchy.html", view, visitor.reader)
    if not request.headers.get("HX-Request"):  # a branch that is opened is no other place
        remember(answer, deps.cookie, visitor.who, "hierarchy", view.query)
    return answer


async def _levels(request: Request, deps: WebDependencies, visitor: Visitor, of: UUID | None) -> HierarchyView:
    token, position = visitor.who.token, CursorPosition.read(request.query_params)
    asked = {"limit": str(PAGE), "levels": str(LEVELS), "of": str(of or ""), "cursor": position.cursor or ""}
    level: Level = await deps.licensing.reports(token, {name: value for name, value in asked.items() if value})
    manager = next(iter(await deps.licensing.named(token, [str(of)])), None) if of else None
    keep = {"of": str(of) if of else None}
    pager = position.links(
        HIERARCHY,
        keep,
        shown=len(level.items),
        size=PAGE,
        following=level.next_cursor,
        total=level.total,
    )
    return HierarchyView([_node(report) for report in level.items], manager, level.total, pager, shown=len(level.items))


def _node(report: Report) -> Node:
    return Node(report, report.reports, [_node(below) for below in report.below])


async def _found(deps: WebDependencies, visitor: Visitor, q: str) -> HierarchyView:
    """Those whom the word finds, in the tree of everybody above them."""
    token = visitor.who.token
    asked = {"q": q, "sort": "last_name,first_name", "limit": str(FOUND)}
    found = await deps.licensing.team(token, asked)
    known = {user.user_id: user for user in found.items}
    for _ in range(_DEEPEST):
        missing = {user.reports_to_id for user in known.values() if user.reports_to_id} - known.keys()
        above = await deps.licensing.named(token, sorted(missing)[:100]) if missing else ()
        if not above:
            break
        known |= {user.user_id: user for user in above}
    nodes = _tree(known, {user.user_id for user in found.items})
    return HierarchyView(nodes, total=found.total, q=q, shown=len(found.items))


@dataclass(slots=True)
class _Growing:
    user: User
    below: list["_Growing"] = field(default_factory=list["_Growing"])


def _tree(known: Mapping[str, User], found: set[str]) -> list[Node]:
    growing = {user_id: _Growing(user) for user_id, user in known.items()}
    roots: list[_Growing] = []
    for each in growing.values():
        above = growing.get(each.user.reports_to_id or "")
        (above.below if above else roots).append(each)

    def grown(each: _Growing) -> Node:
        below = sorted((grown(one) for one in each.below), key=lambda node: node.user.name.casefold())
        return Node(each.user, None, below, each.user.user_id in found)

    return sorted((grown(root) for root in roots), key=lambda node: node.user.name.casefold())
