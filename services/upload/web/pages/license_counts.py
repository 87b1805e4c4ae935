"""The company's licenses above My Team, and how many users there are of each status; as they change, too."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

import structlog
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.authentication import Admin, Deps, reader_of
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import Seats
from services.upload.web.live_fragments import (
    ANNOUNCEMENT_PAUSE,
    AnnouncementThrottle,
    Fragment,
    LiveFragment,
    events,
    fragments,
)
from services.upload.web.team_filters import Filters
from shared.http.problems import Problem
from shared.http.sse import pulled
from shared.people.statuses import STATUSES
from usher_contracts import CompanyChanged

router = APIRouter()
PATH = "/team"
_AWAY = 5.0
"""Seconds before a browser asks again where licensing is away."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter by status, with how many it would show."""

    status: str
    link: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class LicensesView:
    """The company's licenses, how many users each filter by status would show, and the address of the same as they
    change. said: the licenses as a screen reader is told of them."""

    seats: Seats
    said: Seats
    chips: Sequence[Chip]
    live: str
    here: str
    stale: bool = False
    """Whether the list that is shown is older than these counts."""
    new: int = 0
    """How many more users there are than in it."""


@router.get(f"{PATH}/live")
async def live(request: Request, deps: Deps, visitor: Admin) -> Response:
    """The licenses and the counts by status, as they change."""
    filters = Filters.read(request.query_params, own_fields(await deps.uploads.company(visitor.who.company)))

    announced, shown = AnnouncementThrottle[Seats](), ""

    async def show(seats: Seats) -> Fragment:
        nonlocal shown
        view = replace(licenses(filters, seats, request.query_params.get("seen")), said=announced.say(seats))
        before, shown = shown, deps.renderer.html(request, "team_seats_live.html", view, visitor.reader)
        return Fragment(shown if shown != before else "")

    # Once more after the pause, since what could not be said at once may be said then.
    who = visitor.who
    watched = deps.watched_seats.watch(who.company, lambda: _seats(deps, who.token))
    states = pulled(watched, newest=True, again=ANNOUNCEMENT_PAUSE)
    return await deps.streams.answer(reader_of(request, deps, visitor), events(fragments(LiveFragment(states, show))))


async def _seats(deps: WebDependencies, token: str) -> AsyncGenerator[Seats]:
    """Ends where licensing is away, and after a while where it has been from the beginning: then the browser asks
    again. The page stays as it is meanwhile."""
    try:
        async with aclosing(deps.licensing.watch_seats(token)) as states:
            async for seats in states:
                yield seats
    except Problem as away:
        log.info("seats_not_watched", code=away.code)
        await asyncio.sleep(_AWAY)


def own_fields(company: CompanyChanged | None) -> list[str]:
    """The names of the company's own fields."""
    return [each.name for each in company.custom_fields] if company else []


def needed_fields(company: CompanyChanged | None) -> list[str]:
    """The names of those that a new user needs a value in."""
    return [each.name for each in company.custom_fields if each.required] if company else []


def licenses(filters: Filters, seats: Seats, seen: str | None = None) -> LicensesView:
    """What is shown of the seats, beside a list that is filtered like this; `seen` are the counts as of that list."""
    now = ".".join(str(seats.of(status)) for status in STATUSES)
    live, here = address(f"{PATH}/live", {**filters.places(), "seen": now}), address(PATH, filters.places())
    stale = seen is not None and seen != now
    before = sum(int(part) for part in (seen or "").split(".") if part.isdecimal() and len(part) < 10)
    return LicensesView(
        seats, seats, _chips(filters, seats), live, here, stale, max(0, seats.everyone - before) if stale else 0
    )


def _chips(filters: Filters, seats: Seats) -> list[Chip]:
    counts = {"": seats.everyone, **{status: seats.of(status) for status in STATUSES}}
    return [
        Chip(status, address(PATH, filters.places(status=status)), count, filters.status == status)
        for status, count in counts.items()
    ]
