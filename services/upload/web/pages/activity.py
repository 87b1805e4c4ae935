"""What happened in the company: who did what to whom when, and from where. And who has joined of those invited."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.activity_models import Happening, InLine, WhoJoined
from services.upload.web.authentication import Admin, Deps
from services.upload.web.cursor_pagination import CursorPosition, PageLinks, address
from services.upload.web.date_formats import ZONE_COOKIE, zone_named
from services.upload.web.days import beginning, read_day
from services.upload.web.ports import Person

router = APIRouter()
PATH = "/activity"
JOINED = "/team/joined"
PAGE = 50
KINDS: Mapping[str, Sequence[str]] = {
    "invited": ("invited", "provisioned"),
    "joined": ("activated",),
    "changed": ("changed", "moved_up"),
    "invitations": ("invitation_resent", "invitation_cancelled", "invitation_expired"),
    "access": (
        "deactivated", "reactivated", "erased", "permissions_changed", "methodology_granted", "methodology_consumed",
        "methodology_withdrawn",
    ),
    "batches": (
        "batch_uploaded", "batch_checked_again", "batch_confirmed", "approval_requested", "batch_approved",
        "approval_declined", "batch_cancelled", "undo_requested", "batch_refused",
    ),
    "refused": ("refused",),
    "company": ("company_changed", "seats_requested", "seats_request_answered"),
}  # fmt: skip
"""What the list can be filtered by: a name in the address, and licensing's words that it stands for."""
BY = ("day", "manager", "region")


@dataclass(frozen=True, slots=True)
class ActivityFilters:
    """What the list is filtered by, as the address has it. What makes no sense is no filter."""

    kind: str | None = None
    who: str = ""
    user: UUID | None = None
    batch: UUID | None = None
    since: date | None = None
    until: date | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "ActivityFilters":
        """From an address's query."""
        kind = query.get("kind", "")
        return cls(
            kind if kind in KINDS else None,
            query.get("who", "").strip()[:320],
            _id(query.get("user", "")),
            _id(query.get("batch", "")),
            read_day(query.get("since", "")),
            read_day(query.get("until", "")),
        )

    @property
    def places(self) -> Mapping[str, str | None]:
        """As they stand in an address."""
        others = {"user": self.user, "batch": self.batch, "since": self.since, "until": self.until}
        return {
            "kind": self.kind,
            "who": self.who,
            **{name: str(value) if value else None for name, value in others.items()},
        }

    @property
    def narrow(self) -> bool:
        """Whether there is any."""
        return self != ActivityFilters()

    @property
    def file(self) -> str:
        """The address of the file of all of it."""
        return address(f"{PATH}.csv", self.places)

    def without(self, name: str) -> str:
        """The address of the list without one of them."""
        return address(PATH, {**self.places, name: None})

    def asked(self, zone: ZoneInfo) -> Mapping[str, str]:
        """The same as licensing is asked it; days are those of the reader's zone."""
        start = beginning(self.since, zone)
        end = beginning(self.until and self.until + timedelta(days=1), zone)
        given = {
            "who": self.who,
            "what": ",".join(KINDS[self.kind]) if self.kind else "",
            "user_id": str(self.user or ""),
            "batch_id": str(self.batch or ""),
            "from": start.isoformat() if start else "",
            "to": end.isoformat() if end else "",
        }
        return {name: value for name, value in given.items() if value}


@dataclass(frozen=True, slots=True)
class ActivityView:
    """The list. `people`: who can be asked for; `about`: what a filter by a user or a batch is called."""

    items: Sequence[Happening]
    pager: PageLinks
    filters: ActivityFilters
    people: Sequence[Person]
    about: Mapping[str, str]

    @property
    def kinds(self) -> Sequence[str]:
        """What it can be filtered by."""
        return tuple(KINDS)


@dataclass(frozen=True, slots=True)
class LineView:
    """The users of one line."""

    users: Sequence[InLine]
    pager: PageLinks


@dataclass(frozen=True, slots=True)
class JoinedView:
    """How many have joined, of everybody who was invited, or of a batch. `most`: the largest number among the bars."""

    joined: WhoJoined
    by: str
    batch: UUID | None
    file_name: str | None = None

    @property
    def tabs(self) -> Mapping[str, str]:
        """The addresses of the other ways to part it."""
        return {by: address(JOINED, {"batch_id": self.batch, "by": by}) for by in BY}

    @property
    def most(self) -> int:
        """What the longest bar stands for."""
        return max((max(group.invited, group.joined) for group in self.joined.groups), default=1)


@router.get(PATH)
async def activity(request: Request, deps: Deps, visitor: Admin) -> Response:
    """What happened, newest first, as the address filters it."""
    query, who = request.query_params, visitor.who
    position, filters = CursorPosition.read(query), ActivityFilters.read(query)
    asked = {**filters.asked(_zone(request)), "limit": str(PAGE)}
    found = await deps.licensing.activity(
        who.token, {**asked, **({"cursor": position.cursor} if position.cursor else {})}
    )
    pager = position.links(PATH, filters.places, shown=len(found.items), size=PAGE, following=found.next_cursor)
    myself = Person(email=who.email, name=who.name or who.email)
    people = {each.email.casefold(): each for each in (myself, *await deps.uploads.other_admins(who))}
    if filters.who:
        people.setdefault(filters.who.casefold(), Person(email=filters.who, name=filters.who))
    view = ActivityView(found.items, pager, filters, tuple(people.values()), _about(filters, found.items))
    return deps.renderer.page(request, "activity.html", view, visitor.reader)


@router.get(f"{PATH}.csv")
async def as_csv(request: Request, deps: Deps, visitor: Admin) -> Response:
    """All of it as a file, filtered alike."""
    filters = ActivityFilters.read(request.query_params)
    return await deps.licensing.activity_file(visitor.who.token, filters.asked(_zone(request)))


@router.get(f"{PATH}/{{line_id}}")
async def line(request: Request, deps: Deps, visitor: Admin, line_id: UUID) -> Response:
    """The users of one line."""
    position = CursorPosition.read(request.query_params)
    found = await deps.licensing.users_of_line(visitor.who.token, line_id, _place(position))
    path = f"{PATH}/{line_id}"
    pager = position.links(path, {}, shown=len(found.items), size=PAGE, following=found.next_cursor)
    return deps.renderer.page(request, "activity_line.html", LineView(found.items, pager), visitor.reader)


@router.get(JOINED)
async def joined(
    request: Request, deps: Deps, visitor: Admin, batch_id: UUID | None = None, by: str = "day"
) -> Response:
    """How many of those invited have joined, by day, manager or region."""
    by = by if by in BY else "day"
    name = (await deps.uploads.batch(visitor.who, batch_id)).file_name if batch_id else None
    asked: Mapping[str, Any] = {"by": by, **({"batch_id": str(batch_id)} if batch_id else {})}
    view = JoinedView(await deps.licensing.joined(visitor.who.token, asked), by, batch_id, name)
    return deps.renderer.page(request, "joined.html", view, visitor.reader)


def _place(position: CursorPosition) -> Mapping[str, str]:
    return {"limit": str(PAGE), **({"cursor": position.cursor} if position.cursor else {})}


def _about(filters: ActivityFilters, items: Sequence[Happening]) -> Mapping[str, str]:
    """What the user and the batch are called that the list is about, as far as the list says it."""
    users = {each.user.user_id: each.user.called or "" for each in items if each.user}
    files = {each.batch_id: each.file_name or "" for each in items if each.batch_id}
    return {"user": users.get(str(filters.user), ""), "batch": files.get(str(filters.batch), "")}


def _zone(request: Request) -> ZoneInfo:
    return zone_named(request.cookies.get(ZONE_COOKIE))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
