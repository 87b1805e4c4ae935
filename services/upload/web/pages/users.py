"""Pages about one user: invite, look at, edit. Licensing decides; its errors stand beside their field."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.ask_link import ask_link, missing_licenses, missing_seats
from services.upload.web.authentication import Admin, Deps, SignedIn, Visitor, checked_lists
from services.upload.web.cursor_pagination import address
from services.upload.web.dependencies import WebDependencies
from services.upload.web.form_fields import (
    Field,
    FieldError,
    changed,
    fields_of,
    filled,
    holding,
    judged,
    posted,
    taken,
    took,
)
from services.upload.web.licensing_models import Seats, UserWithHistory
from services.upload.web.manager_options import ManagerOption, found_managers, frequent_managers
from services.upload.web.methodology_boxes import MethodologyBoxes
from services.upload.web.pages.team import PATH
from services.upload.web.permission_boxes import NO_BOXES, PermissionBoxes
from services.upload.web.team_filters import MAX_LENGTH
from services.upload.web.undo_offer import UndoOffer, offer, places
from shared.http.problems import Problem
from shared.people.actions import ACTIONS, offered
from shared.people.address import compare_form, parse, typo_of
from shared.people.columns import STANDARD
from shared.people.profile import EMAIL
from shared.people.text import clean_address
from usher_contracts import CompanyChanged

router = APIRouter()
NOTES = frozenset(
    {
        *("invited", "saved", "undone", "readdressed", "did_no_manager", "did_make_blank"),
        *(f"did_{action}" for action in ACTIONS),
    }
)
"""What an address can ask the page of a user to say: that it was done."""
NO_METHODOLOGIES = MethodologyBoxes()
_BESIDE_EMAIL = frozenset({"user_exists", "email_fixed", "email_in_other_company", "too_soon"})
"""Refusals of the whole that are about the address."""


@dataclass(frozen=True, slots=True)
class FormView:
    """A form over a user's fields; `user` None for somebody new. `said` is what concerns no single field."""

    fields: Sequence[Field]
    user: UserWithHistory | None = None
    seats: Seats | None = None
    said: Sequence[str] = ()
    managers: Sequence[ManagerOption] = ()
    sure: str = ""
    """The address that was asked about: sent once more, it is meant."""
    permissions: PermissionBoxes = NO_BOXES
    methodologies: MethodologyBoxes = NO_METHODOLOGIES

    refusal: Problem | None = None
    """Why licensing did not do it."""

    @property
    def ask(self) -> str | None:
        """Where more is asked for, where there is no license for somebody new, or no seat of what is ticked."""
        licenses = 1 if self.seats and self.seats.available < 1 else 0
        seats = {box.id: 1 for box in self.methodologies.items if box.ticked and box.full}
        if self.refusal:
            licenses, seats = max(licenses, missing_licenses(self.refusal)), seats | missing_seats(self.refusal)
        return ask_link(licenses, seats) if licenses or seats else None

    @property
    def mistaken(self) -> int:
        """How many fields need a correction."""
        return sum(bool(field.mistakes) for field in self.fields)


@dataclass(frozen=True, slots=True)
class UserView:
    """The page of one user."""

    user: UserWithHistory
    own: Sequence[str]
    note: str | None
    myself: bool = False
    """Whether it is the reader's own page."""
    undo: UndoOffer | None = None
    methodologies: Sequence[tuple[str, str]] = ()
    """The names of those that they have a seat of, each with how they have it."""

    @property
    def actions(self) -> Sequence[str]:
        """What their status allows."""
        return offered(self.user.status, myself=self.myself)


@router.get(f"{PATH}/managers")
async def managers(request: Request, deps: Deps, visitor: SignedIn, q: str = "") -> Response:
    """Whom a field that names a manager can mean, as options: those whom the word finds, else who has the most
    reports."""
    found = await found_managers(deps, visitor, q.strip()[:MAX_LENGTH])
    return deps.renderer.page(request, "managers.html", found, visitor.reader)


@router.get(f"{PATH}/invite")
async def form(request: Request, deps: Deps, visitor: Admin) -> Response:
    """An empty form."""
    company = await deps.uploads.company(visitor.who.company)
    seats = await _seats(deps, visitor)
    view = FormView(
        fields_of(company),
        seats=seats,
        managers=await frequent_managers(deps, visitor),
        methodologies=MethodologyBoxes.of(seats.methodologies),
    )
    return deps.renderer.page(request, "invite.html", view, visitor.reader)


@router.post(f"{PATH}/invite")
async def invite(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Invites; leads to the new user's page."""
    lists = await checked_lists(request, deps, visitor)
    sent, permissions = _last(lists), NO_BOXES.posted(lists)
    company = await deps.uploads.company(visitor.who.company)
    fields = taken(posted(fields_of(company), sent), sent)
    slip = None if took(sent) else _slip(deps, company, fields, sent)
    if took(sent) or slip:
        fields = [slip if slip and field.name == slip.name else field for field in fields]
        seats, sure = await _seats(deps, visitor), slip.value if slip else ""
        boxes = MethodologyBoxes.of(seats.methodologies).posted(lists)
        view = FormView(fields, seats=seats, sure=sure, permissions=permissions, methodologies=boxes)
        return deps.renderer.page(request, "invite.html", view, visitor.reader, 422 if slip else 200)
    wanted = {**filled(fields), **permissions.change(), **NO_METHODOLOGIES.posted(lists).change()}
    try:
        user = await deps.licensing.invite(visitor.who.token, wanted)
    except Problem as refused:
        beside, said = _beside(fields, refused)
        seats = await _seats(deps, visitor)
        boxes = MethodologyBoxes.of(seats.methodologies).posted(lists)
        view = FormView(beside, seats=seats, said=said, permissions=permissions, methodologies=boxes, refusal=refused)
        return deps.renderer.page(request, "invite.html", view, visitor.reader, refused.status)
    return RedirectResponse(f"{user.link}?note=invited", 303)


@router.get(f"{PATH}/{{user_id}}")
async def user(request: Request, deps: Deps, visitor: SignedIn, user_id: UUID, note: str = "") -> Response:
    """One user; a manager without the permission sees those below them."""
    found = await deps.licensing.user(visitor.who.token, user_id)
    company = await deps.uploads.company(visitor.who.company)
    defined = [each.name for each in company.custom_fields] if company else []
    own = [*defined, *(name for name in found.custom_fields if name not in defined)]
    myself = compare_form(found.email) == compare_form(visitor.who.email)
    undo = offer(request.query_params) if visitor.reader.admin else None
    names = {each.id: each.name for each in company.methodologies} if company else {}
    held = [(names.get(key, key), seat) for key, seat in found.methodologies.items()]
    view = UserView(found, own, note if note in NOTES else None, myself, undo, held)
    return deps.renderer.page(request, "user.html", view, visitor.reader)


@router.get(f"{PATH}/{{user_id}}/edit")
async def edit_form(request: Request, deps: Deps, visitor: Admin, user_id: UUID) -> Response:
    """The form with what the user has."""
    fields, found = await _fields(deps, visitor, user_id)
    view = FormView(
        fields,
        found,
        managers=await frequent_managers(deps, visitor),
        permissions=PermissionBoxes.of(found.permissions),
        methodologies=await _methodologies(deps, visitor, found),
    )
    return deps.renderer.page(request, "edit.html", view, visitor.reader)


@router.post(f"{PATH}/{{user_id}}/edit")
async def edit(request: Request, deps: Deps, visitor: Admin, user_id: UUID) -> Response:
    """Saves what this form changed."""
    lists = await checked_lists(request, deps, visitor)
    fields, found = await _fields(deps, visitor, user_id)
    sent, permissions = _last(lists), PermissionBoxes.of(found.permissions).posted(lists)
    fields = taken(posted(fields, sent), sent)
    boxes = (await _methodologies(deps, visitor, found)).posted(lists)
    if took(sent):
        view = FormView(fields, found, permissions=permissions, methodologies=boxes)
        return deps.renderer.page(request, "edit.html", view, visitor.reader)
    change, undo = {**changed(fields), **permissions.change(), **boxes.change()}, None
    try:
        if change:
            undo = (await deps.licensing.edit(visitor.who.token, user_id, change)).undo
    except Problem as refused:
        beside, said = _beside(fields, refused)
        view = FormView(beside, found, said=said, permissions=permissions, methodologies=boxes, refusal=refused)
        return deps.renderer.page(request, "edit.html", view, visitor.reader, refused.status)
    note = "readdressed" if EMAIL in change else "saved"
    return RedirectResponse(address(found.link, {"note": note, **places(undo)}), 303)


def _last(lists: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Each field with its last value."""
    return {name: values[-1] for name, values in lists.items()}


def _slip(
    deps: WebDependencies, company: CompanyChanged | None, fields: Sequence[Field], sent: Mapping[str, str]
) -> Field | None:
    """The e-mail with a question, where its domain is one slip away from another: an invitation that is sent can't be
    called back from somebody else's mailbox. Asked once."""
    email = next(field for field in fields if field.name == EMAIL)
    address = parse(clean_address(email.value))
    near = typo_of(address.domain, frozenset(company.sso_domains if company else ())) if address else None
    if near is None or address is None or sent.get("sure") == email.value:
        return None
    meant = f"{address.text.partition('@')[0]}@{near}"
    return replace(email, mistakes=[FieldError(str(deps.renderer.texts("form.slip")), meant)])


async def _fields(deps: WebDependencies, visitor: Visitor, user_id: UUID) -> tuple[list[Field], UserWithHistory]:
    found = await deps.licensing.user(visitor.who.token, user_id)
    fields = holding(fields_of(await deps.uploads.company(visitor.who.company)), found)
    return [field for field in fields if found.invited or field.name != EMAIL], found


def _beside(fields: Sequence[Field], refused: Problem) -> tuple[list[Field], list[str]]:
    """Where the form says what. Raises on what is no refusal of these values."""
    errors = cast("Sequence[Mapping[str, Any]]", refused.extra.get("errors", ()))
    if refused.status == 422 and errors:
        return judged(fields, errors)
    if refused.status != 409 and refused.code != "too_soon":
        raise refused
    column = STANDARD[EMAIL] if refused.code in _BESIDE_EMAIL else None
    return judged(fields, [{"column": column, "message": refused.detail}])


async def _methodologies(deps: WebDependencies, visitor: Visitor, user: UserWithHistory) -> MethodologyBoxes:
    company = await deps.uploads.company(visitor.who.company)
    pools = (await _seats(deps, visitor)).methodologies if company and company.methodologies else ()
    return MethodologyBoxes.of(pools, user.methodologies)


async def _seats(deps: WebDependencies, visitor: Visitor) -> Seats:
    return await deps.licensing.seats(visitor.who.token)
