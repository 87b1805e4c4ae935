"""One thing to do for the selected users, or for one: a page that says what and for how many, then does it for all of
them or for nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.ask_link import ask_link, missing_seats
from services.upload.web.authentication import Admin, Deps, Visitor, checked_lists
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.form_fields import Field, blanked, body, fields_of, judged, posted, taken, took
from services.upload.web.last_team_view import BACK, last
from services.upload.web.licensing import Action
from services.upload.web.licensing_models import MethodologySeats, Seats, User
from services.upload.web.manager_options import ManagerOption, frequent_managers
from services.upload.web.pages.team import PATH
from services.upload.web.undo_offer import places
from shared.http.problems import Problem, not_found
from shared.people import actions
from shared.people.actions import FACTS
from shared.people.profile import EMAIL, FIRST_NAME, LAST_NAME, REPORTS_TO
from shared.people.text import fold

router = APIRouter()
CLEAR = "clear"
"""The field of the form that names what is to become blank."""
OF_LIST = "list"
WITH_REPORTS = "with_reports"
METHODOLOGY = "methodology"
_NAMED = 20
"""How many are named on the page: the others are counted."""
_LOOKED_UP = 100
"""How many are looked up to find whom to name, by last name: as many as one call takes."""
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
    facts: actions.ActionFacts
    refusals: Sequence[Refusal] = ()
    refused: Sequence[str] = ()
    said: Sequence[str] = ()
    reports: int = 0
    """How many others move up, or could report to them again."""
    with_reports: bool = False
    managers: Sequence[ManagerOption] = ()
    of_list: bool = False
    """Whether it began in My Team's table."""
    methodologies: Sequence[MethodologySeats] = ()
    """Those that can be chosen, each with what is left of it; none where it is about none."""
    methodology: str = ""
    """The chosen one's id."""
    missing: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many seats there are too few, by methodology."""
    barred: bool = False
    """Whether it can't be done as it is: then there is nothing to press but leaving somebody out."""

    @property
    def count(self) -> int:
        """For how many users."""
        return len(self.user_ids)

    @property
    def ask(self) -> str | None:
        """Where more is asked for, where there are fewer licenses or seats than this takes."""
        licenses = self.count - self.seats.available if self.seats else 0
        return ask_link(licenses, self.missing) if licenses > 0 or self.missing else None

    @property
    def mistaken(self) -> int:
        """How many fields need a correction."""
        return sum(bool(field.mistakes) for field in self.fields)

    @property
    def returning(self) -> bool:
        """Whether somebody could report to them again."""
        return self.action == "reactivate" and self.reports > 0

    @property
    def back(self) -> str:
        """Where it leads when nothing is to be done."""
        return f"{PATH}/{self.one}" if self.one and not self.of_list else BACK


@router.get(f"{PATH}/actions/{{action}}")
async def ask(
    request: Request, deps: Deps, visitor: Admin, action: str, user: UUID | None = None, of: str = ""
) -> Response:
    """Says what would happen, and to how many. Nothing has. What the address has of the fields is filled in: somebody
    was left out, and nothing is to be typed again."""
    view, query = await _view(deps, visitor, action, user, of), request.query_params
    fields = blanked(posted(view.fields, query), query.getlist(CLEAR))
    view = _choosing(replace(view, fields=fields), query.get(METHODOLOGY, ""))
    return deps.renderer.page(request, "action.html", view, visitor.reader)


@router.post(f"{PATH}/actions/{{action}}")
async def act(
    request: Request, deps: Deps, visitor: Admin, action: str, user: UUID | None = None, of: str = ""
) -> Response:
    """Does it for all of them, or says for whom it can't be done. `of` "list" leads back to My Team, where it began."""
    sent = await checked_lists(request, deps, visitor)
    view = await _view(deps, visitor, action, user, of)
    fields = blanked(posted(view.fields, {name: values[-1] for name, values in sent.items()}), sent.get(CLEAR, []))
    view = replace(view, fields=taken(fields, sent), with_reports=WITH_REPORTS in sent)
    view = replace(view, methodology="".join(sent.get(METHODOLOGY, [])[-1:]))
    if took(sent):
        return deps.renderer.page(request, "action.html", view, visitor.reader)
    # A blank field takes nothing away from anybody: only what is chosen to become blank does.
    given = body(fields, lambda field: bool(field.value) or field.blanked)
    if why := _not_now(view, sent, given):
        view = replace(view, said=[str(deps.renderer.texts(why))])
        return deps.renderer.page(request, "action.html", view, visitor.reader, 409)
    if view.barred:
        return deps.renderer.page(request, "action.html", view, visitor.reader, 409)
    try:
        done = await deps.licensing.act(
            visitor.who.token,
            Action(
                action,
                view.user_ids,
                given,
                with_reports=view.with_reports and view.returning,
                methodology=view.methodology or None,
            ),
            sent.get("key", [view.key])[0],
        )
    except Problem as refused:
        view = await _refused(deps, visitor, view, refused)
        return deps.renderer.page(request, "action.html", view, visitor.reader, refused.status)
    if view.one is None:
        await deps.selections.clear(visitor.session_id)
    said = {"note": _note(view), "n": str(view.count), **places(done.undo)}
    if view.one is None or view.facts.removes or of == OF_LIST:
        return RedirectResponse(last(request, visitor.who, said), 303)
    return RedirectResponse(address(view.back, said), 303)


def _note(view: ActionView) -> str:
    """What is said afterwards: also that something became blank."""
    if not any(field.blanked for field in view.fields):
        return f"did_{view.action}"
    return "did_no_manager" if view.action == "assign_manager" else "did_make_blank"


def _not_now(view: ActionView, sent: Mapping[str, Sequence[str]], given: Mapping[str, Any]) -> str | None:
    """Why nothing is asked of licensing: the key of its sentence."""
    if sent.get("n") != [str(view.count)]:
        return "act.changed"
    if any(field.blanked and field.value for field in view.fields):
        return "act.both"
    if view.facts.names_methodology and not view.methodology:
        return "act.no_methodology"
    if view.fields and not given:
        return "act.no_manager" if view.action == "assign_manager" else "act.no_field"
    return None


async def _view(deps: WebDependencies, visitor: Visitor, action: str, user: UUID | None, of: str) -> ActionView:
    if (facts := FACTS.get(cast("actions.Action", action))) is None:
        raise not_found()
    token = visitor.who.token
    ids = [str(user)] if user else await deps.selections.everyone(visitor.session_id)
    named = await _named(deps, visitor, ids)
    if user and not named:
        raise not_found()
    seats = await deps.licensing.seats(token) if facts.takes_licenses or facts.names_methodology else None
    pools = seats.methodologies if seats and facts.names_methodology else ()
    if facts.names_methodology and not pools:
        raise not_found()
    fields = await _fields(deps, visitor, action)
    others = facts.moves_others and ids
    reports = (await deps.licensing.effects(token, action, ids)).reports if others else 0
    one = str(user) if user else None
    view = ActionView(
        action,
        ids,
        one,
        named,
        fields,
        seats if facts.takes_licenses else None,
        token_hex(16),
        facts,
        reports=reports,
        of_list=of == OF_LIST,
        methodologies=pools,
    )
    if action == "assign_manager":
        view = replace(view, managers=await frequent_managers(deps, visitor))
    return await _without_oneself(deps, visitor, view) if facts.spares_oneself else view


def _choosing(view: ActionView, wanted: str) -> ActionView:
    """With this methodology chosen, if there is such a one; with the only one where there are no others."""
    ids = [each.id for each in view.methodologies]
    only = ids[0] if len(ids) == 1 else ""
    return replace(view, methodology=wanted if wanted in ids else only)


async def _named(deps: WebDependencies, visitor: Visitor, user_ids: Sequence[str]) -> list[User]:
    """Some of them, by last name."""
    found = await deps.licensing.named(visitor.who.token, user_ids[:_LOOKED_UP])
    return sorted(found, key=lambda user: (fold(user.last_name), fold(user.first_name), user.email))[:_NAMED]


async def _without_oneself(deps: WebDependencies, visitor: Visitor, view: ActionView) -> ActionView:
    """Nobody deactivates themselves: said before it is asked for."""
    found = await deps.licensing.team(visitor.who.token, {"email": [visitor.who.email]})
    mine = [user for user in found.items if user.user_id in view.user_ids]
    said = str(deps.renderer.texts("act.own_account"))
    refusals = [Refusal(user.user_id, user, said) for user in mine]
    return replace(view, refusals=refusals, refused=[user.user_id for user in mine], barred=bool(mine))


async def _fields(deps: WebDependencies, visitor: Visitor, action: str) -> list[Field]:
    if action not in ("assign_manager", "update_fields"):
        return []
    every = fields_of(await deps.uploads.company(visitor.who.company))
    if action == "assign_manager":
        return [field for field in every if field.name == REPORTS_TO]
    return [field for field in every if field.name not in _THEIR_OWN]


async def _refused(deps: WebDependencies, visitor: Visitor, view: ActionView, refused: Problem) -> ActionView:
    """The page with the reasons. Raises on what is no refusal."""
    errors = cast("Sequence[Mapping[str, Any]]", refused.extra.get("errors", ()))
    items = cast("Sequence[Mapping[str, Any]]", refused.extra.get("items", ()))
    whose = list(dict.fromkeys(str(item["user_id"]) for item in items))
    # Wrong for all of them is the value itself; wrong for some, and those can be left out.
    if refused.status == 422 and errors and (view.one or not 0 < len(whose) < view.count):
        fields, said = judged(view.fields, errors)
        return replace(view, fields=fields, said=said)
    if refused.status not in (404, 409, 422) and refused.code != "too_soon":
        raise refused
    view = replace(view, missing=missing_seats(refused))
    if not whose:
        return replace(view, said=[refused.detail])
    why = {str(item["user_id"]): str(item["message"]) for item in reversed(items)}
    known = await _named(deps, visitor, whose)
    gone = set(whose[:_LOOKED_UP]) - {user.user_id for user in known} if len(known) < _NAMED else set[str]()
    reasons = [Refusal(user.user_id, user, why[user.user_id]) for user in known]
    reasons += [Refusal(user_id, None, why[user_id]) for user_id in sorted(gone)]
    return replace(view, refusals=reasons[:_NAMED], refused=whose)
