"""One thing to do for the selected users, or for one: a page that says what and for how many, then does it for all of
them or for nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.fields import Field, body, fields_of, judged, posted
from services.upload.web.gate import Admin, InSite, Visitor, checked_lists
from services.upload.web.licensing import Action
from services.upload.web.models import Seats, User
from services.upload.web.pages.team import ACTIONS, PATH
from services.upload.web.site import Site
from services.upload.web.trail import address
from shared.people.model import EMAIL, FIRST_NAME, LAST_NAME, REPORTS_TO
from shared.problems import Problem, not_found

router = APIRouter()
CLEAR = "clear"
"""The field of the form that names what is to become blank."""
_NAMED = 20
"""How many are named on the page: the others are counted."""
_THEIR_OWN = frozenset({EMAIL, FIRST_NAME, LAST_NAME, REPORTS_TO})
"""Not to be set for many at once."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """For whom it can't be done, and why."""

    user_id: str
    user: User | None
    message: str


@dataclass(frozen=True, slots=True)
class ActionView:
    """The page. `one`: the only user's id, where it is not about the selection; `key` makes a form count once."""

    action: str
    user_ids: Sequence[str]
    one: str | None
    named: Sequence[User]
    fields: Sequence[Field]
    seats: Seats | None
    key: str
    refusals: Sequence[Refusal] = ()
    refused: Sequence[str] = ()
    said: Sequence[str] = ()

    @property
    def count(self) -> int:
        """For how many."""
        return len(self.user_ids)

    @property
    def mistaken(self) -> int:
        """How many fields need a correction."""
        return sum(bool(field.mistakes) for field in self.fields)

    @property
    def back(self) -> str:
        """Where it leads when nothing is to be done."""
        return f"{PATH}/{self.one}" if self.one else PATH


@router.get(f"{PATH}/actions/{{action}}")
async def ask(request: Request, site: InSite, visitor: Admin, action: str, user: UUID | None = None) -> Response:
    """Says what would happen, and to how many. Nothing has."""
    return site.renderer.page(request, "action.html", await _view(site, visitor, action, user), visitor.reader)


@router.post(f"{PATH}/actions/{{action}}")
async def act(request: Request, site: InSite, visitor: Admin, action: str, user: UUID | None = None) -> Response:
    """Does it for all of them, or says for whom it can't be done."""
    sent = await checked_lists(request, site, visitor)
    view = await _view(site, visitor, action, user)
    fields = posted(view.fields, {name: values[-1] for name, values in sent.items()})
    view = replace(view, fields=fields)
    cleared = sent.get(CLEAR, [])
    given = body(fields, lambda field: bool(field.value) or field.name in cleared or field.name == REPORTS_TO)
    if why := _not_now(view, sent, given):
        view = replace(view, said=[str(site.renderer.words(why))])
        return site.renderer.page(request, "action.html", view, visitor.reader, 409)
    try:
        await site.licensing.act(
            visitor.who.token, Action(action, view.user_ids, given), sent.get("key", [view.key])[0]
        )
    except Problem as refused:
        view = await _refused(site, visitor, view, refused)
        return site.renderer.page(request, "action.html", view, visitor.reader, refused.status)
    if view.one is None:
        await site.selections.clear(visitor.session_id)
    path = PATH if view.one is None or action == "cancel_invitation" else view.back
    return RedirectResponse(address(path, {"note": f"did_{action}", "n": str(view.count)}), 303)


def _not_now(view: ActionView, sent: Mapping[str, Sequence[str]], given: Mapping[str, Any]) -> str | None:
    """Why nothing is asked of licensing: the key of its sentence."""
    if sent.get("n") != [str(view.count)]:
        return "act.changed"
    return "act.no_field" if view.action == "update_fields" and not given else None


async def _view(site: Site, visitor: Visitor, action: str, user: UUID | None) -> ActionView:
    if action not in ACTIONS:
        raise not_found()
    token = visitor.who.token
    ids = [str(user)] if user else await site.selections.everyone(visitor.session_id)
    named = await site.licensing.named(token, ids[:_NAMED])
    if user and not named:
        raise not_found()
    seats = await site.licensing.seats(token) if action == "reactivate" else None
    fields = await _fields(site, visitor, action)
    return ActionView(action, ids, str(user) if user else None, named, fields, seats, token_hex(16))


async def _fields(site: Site, visitor: Visitor, action: str) -> list[Field]:
    if action not in ("assign_manager", "update_fields"):
        return []
    every = fields_of(await site.desk.company(visitor.who.company))
    if action == "assign_manager":
        return [field for field in every if field.name == REPORTS_TO]
    return [field for field in every if field.name not in _THEIR_OWN]


async def _refused(site: Site, visitor: Visitor, view: ActionView, refused: Problem) -> ActionView:
    """The page with the reasons. Raises on what is no refusal."""
    errors = cast("Sequence[Mapping[str, Any]]", refused.extra.get("errors", ()))
    if refused.status == 422 and errors:
        fields, said = judged(view.fields, errors)
        return replace(view, fields=fields, said=said)
    if refused.status not in (404, 409):
        raise refused
    items = cast("Sequence[Mapping[str, Any]]", refused.extra.get("items", ()))
    if not items:
        return replace(view, said=[refused.detail])
    found = await site.licensing.named(visitor.who.token, [str(item["user_id"]) for item in items[:_NAMED]])
    known = {user.user_id: user for user in found}
    reasons = [
        Refusal(str(item["user_id"]), known.get(str(item["user_id"])), str(item["message"])) for item in items[:_NAMED]
    ]
    return replace(view, refusals=reasons, refused=[str(item["user_id"]) for item in items])
