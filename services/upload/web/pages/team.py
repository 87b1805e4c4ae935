"""My Team: licenses, counts and the table of users."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.gate import InSite, SignedIn, Visitor
from services.upload.web.models import Seats, Team
from services.upload.web.selection import MOST, Selected
from services.upload.web.site import Site
from services.upload.web.trail import Links, Trail, address

router = APIRouter()

PATH = "/team"
ACTIONS = ("resend", "cancel_invitation", "assign_manager", "update_fields", "deactivate", "reactivate")
"""What can be done for many at once (http-api.md)."""
PAGE = 50
NOTES = frozenset({"cancelled", *(f"did_{action}" for action in ACTIONS)})
STATUSES = ("waiting", "pending_transfer", "active", "inactive")
SORTS: Mapping[str, str] = {
    "name": "last_name,first_name",
    "status": "status,last_name",
    "title": "title,last_name",
    "functional_area": "functional_area,last_name",
    "region": "region,last_name",
    "reports_to": "reports_to,last_name",
}
"""Columns that sort, and what they ask licensing for: within the same value by last name."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `sort` is a column, with "-" before it for descending."""

    status: str = ""
    q: str = ""
    area: str = ""
    sort: str = "name"

    @classmethod
    def read(cls, query: QueryParams) -> "Filters":
        """From an address; what is not known is left out."""
        status = ",".join(one for one in query.get("status", "").split(",") if one in STATUSES)
        sort = query.get("sort", "name")
        known = sort if sort.removeprefix("-") in SORTS else "name"
        return cls(status, query.get("q", "").strip()[:200], query.get("area", "").strip()[:200], known)

    @property
    def any(self) -> bool:
        """Whether somebody may be left out."""
        return bool(self.status or self.q or self.area)

    def places(self, **other: str) -> dict[str, str | None]:
        """The filters as an address has them, some replaced."""
        mine = {"status": self.status, "q": self.q, "area": self.area, "sort": self.sort, **other}
        return {name: value for name, value in mine.items() if value and (name, value) != ("sort", "name")}

    def asked(self, cursor: str | None) -> dict[str, str]:
        """The filters as licensing takes them."""
        column = self.sort.removeprefix("-")
        fields = SORTS[column].split(",")
        sort = ",".join(f"-{field}" for field in fields) if self.sort.startswith("-") else ",".join(fields)
        asked = {"status": self.status, "q": self.q, "functional_area": self.area, "sort": sort, "cursor": cursor or ""}
        return {"limit": str(PAGE), **{name: value for name, value in asked.items() if value}}


@dataclass(frozen=True, slots=True)
class Column:
    """A head of the table: where its link leads, and how the table is sorted by it now."""

    field: str
    link: str | None
    order: str | None


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter by status, with how many it would show."""

    status: str
    link: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class TeamView:
    """The page."""

    filters: Filters
    team: Team
    seats: Seats | None
    areas: Sequence[str]
    chips: Sequence[Chip]
    columns: Sequence[Column]
    pager: Links
    company: str
    note: str | None
    n: int
    selected: Selected
    admin: bool
    query: str
    most: int = MOST
    actions: Sequence[str] = ACTIONS

    @property
    def alone(self) -> bool:
        """Whether the admin is the only user, so that the page helps them begin."""
        return self.seats is not None and self.seats.everyone <= 1 and not self.filters.any


@router.get("/")
async def home() -> Response:
    """My Team is where everything starts."""
    return RedirectResponse(PATH, 303)


@router.get(PATH)
async def team(request: Request, site: InSite, visitor: SignedIn) -> Response:
    """The table, as the address filters, sorts and pages it. `note` says what was just done elsewhere, for `n`."""
    view = await _view(site, visitor, request.query_params)
    return site.renderer.page(request, "team.html", view, visitor.reader)


async def _view(site: Site, visitor: Visitor, query: QueryParams) -> TeamView:
    filters, trail, token = Filters.read(query), Trail.read(query), visitor.who.token
    note, n = query.get("note", ""), query.get("n", "")
    team, seats, company = await asyncio.gather(
        site.licensing.team(token, filters.asked(trail.cursor)),
        # The company's licenses are the admins' business; a manager sees their own people only.
        site.licensing.seats(token) if visitor.reader.admin else _nothing(),
        site.desk.company(visitor.who.company),
    )
    shown = [user.user_id for user in team.items]
    return TeamView(
        filters=filters,
        team=team,
        seats=seats,
        areas=company.functional_areas if company else (),
        chips=_chips(filters, seats) if seats else (),
        columns=[_column(field, filters) for field in ("name", "status", "invitation", *list(SORTS)[2:])],
        pager=trail.links(
            PATH, filters.places(), shown=len(team.items), size=PAGE, following=team.next_cursor, total=team.total
        ),
        company=visitor.reader.company,
        note=note if note in NOTES else None,
        n=int(n) if n.isdecimal() and len(n) < 7 else 1,
        selected=await site.selections.selected(visitor.session_id, shown) if visitor.reader.admin else Selected(),
        admin=visitor.reader.admin,
        query=urlencode([(name, value) for name, value in query.multi_items() if name not in ("note", "n")]),
    )


async def _nothing() -> None:
    return None


def _chips(filters: Filters, seats: Seats) -> list[Chip]:
    counts = {"": seats.everyone, **{status: int(getattr(seats, status)) for status in STATUSES}}
    return [
        Chip(status, address(PATH, filters.places(status=status)), count, filters.status == status)
        for status, count in counts.items()
    ]


def _column(field: str, filters: Filters) -> Column:
    if field not in SORTS:
        return Column(field, None, None)
    sorted_by, descending = filters.sort.removeprefix("-"), filters.sort.startswith("-")
    turned = f"-{field}" if sorted_by == field and not descending else field
    order = ("descending" if descending else "ascending") if sorted_by == field else None
    return Column(field, address(PATH, filters.places(sort=turned)), order)
