"""Access: what the company has bought, how much of it is left, until when, and who may buy more. And asking for it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from secrets import token_hex
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.access_models import Access, MethodologySeats
from services.upload.web.ask_link import OF_METHODOLOGY, ask_link
from services.upload.web.ask_link import PATH as ASK
from services.upload.web.authentication import AccessReader, Admin, Deps, Visitor, checked_form
from services.upload.web.date_formats import ZONE_COOKIE, zone_named
from services.upload.web.dependencies import WebDependencies
from shared.http.problems import Problem

router = APIRouter()
PATH = "/access"
NOTES = frozenset({"asked", "asked_nobody"})
SOON = 30
"""Days before the end of a subscription from which on a line says so."""
MAX_NOTE, MAX_SEATS = 1_000, 10_000_000


@dataclass(frozen=True, slots=True)
class AccessView:
    """The page. `today`: as the reader's clock has it."""

    access: Access
    today: date
    note: str | None

    @property
    def days_left(self) -> int | None:
        """How many days the subscription goes on, where that is to be said: below zero it is over."""
        term = self.access.subscription
        if term is None or term.ends_on is None:
            return None
        days = (term.ends_on - self.today).days
        return days if days <= SOON else None

    @property
    def ask(self) -> str:
        """Where more is asked for."""
        return ask_link()


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many more of a methodology the form says, in the admin's own writing."""

    seats: MethodologySeats
    count: str

    @property
    def name(self) -> str:
        """The field's name."""
        return OF_METHODOLOGY + self.seats.id


@dataclass(frozen=True, slots=True)
class AskView:
    """The form. `batch`: the file that needs more; `wrong`: what was said of the form as it was sent."""

    access: Access
    licenses: str
    methodologies: Sequence[Wanted]
    said: str
    batch: UUID | None
    file_name: str | None
    key: str
    wrong: Sequence[str] = ()

    @property
    def back(self) -> str:
        """Where it leads when nothing is asked for."""
        return f"/batches/{self.batch}" if self.batch else PATH


@router.get(PATH)
async def access(request: Request, deps: Deps, visitor: AccessReader, note: str = "") -> Response:
    """What there is, and what was asked for; also for who may buy more, who needs not be an admin."""
    found = await deps.licensing.access(visitor.who.token)
    today = deps.renderer.now().astimezone(zone_named(request.cookies.get(ZONE_COOKIE))).date()
    view = AccessView(found, today, note if note in NOTES else None)
    return deps.renderer.page(request, "access.html", view, visitor.reader)


@router.get(ASK)
async def form(request: Request, deps: Deps, visitor: Admin) -> Response:
    """The form, filled in with what the address says is missing."""
    return deps.renderer.page(request, "ask.html", await _view(deps, visitor, request.query_params), visitor.reader)


@router.post(ASK)
async def ask(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Asks; leads to Access, where it stands then."""
    sent = await checked_form(request, deps, visitor)
    view = await _view(deps, visitor, sent)
    licenses = _count(view.licenses)
    seats = {one.seats.id: _count(one.count) for one in view.methodologies}
    if licenses is None or None in seats.values():
        return _again(request, deps, visitor, view, str(deps.renderer.texts("access.no_number")))
    wanted: dict[str, Any] = {
        "licenses": licenses,
        "methodologies": {one: count for one, count in seats.items() if count},
        "note": view.said or None,
    }
    if view.batch:
        wanted["batch_id"] = str(view.batch)
    try:
        asked = await deps.licensing.ask_for_more(visitor.who.token, wanted, view.key)
    except Problem as refused:
        if refused.status not in (404, 409, 422):
            raise
        return _again(request, deps, visitor, replace(view, key=token_hex(16)), refused.detail, refused.status)
    return RedirectResponse(f"{PATH}?note={'asked' if asked.mailed else 'asked_nobody'}", 303)


def _again(
    request: Request, deps: WebDependencies, visitor: Visitor, view: AskView, why: str, status: int = 422
) -> Response:
    return deps.renderer.page(request, "ask.html", replace(view, wrong=[why]), visitor.reader, status)


async def _view(deps: WebDependencies, visitor: Visitor, given: Mapping[str, str]) -> AskView:
    found = await deps.licensing.access(visitor.who.token)
    batch = _id(given.get("batch", ""))
    of = [Wanted(each, given.get(OF_METHODOLOGY + each.id, "").strip()[:20]) for each in found.methodologies]
    return AskView(
        access=found,
        licenses=given.get("licenses", "").strip()[:20],
        methodologies=of,
        said=given.get("note", "")[:MAX_NOTE],
        batch=batch,
        file_name=(await deps.uploads.batch(visitor.who, batch)).file_name if batch else None,
        key=given.get("key", "")[:64] or token_hex(16),
    )


def _count(text: str) -> int | None:
    """A number as somebody types it; blank is none; None for what is no such number."""
    text = text.replace(",", "").replace(" ", "")
    if not text:
        return 0
    return int(text) if text.isascii() and text.isdecimal() and int(text) <= MAX_SEATS else None


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
