"""Erasing somebody who has left: asked for here, and what is done of it where. Licensing decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, Visitor, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import Erasure, UserWithHistory
from shared.http.problems import Problem
from shared.people.text import harmless

router = APIRouter()
PATH = "/erasures"
MAX_REASON = 500
_BESIDE_THE_FORM = frozenset({"still_member", "nobody_to_erase", "email_invalid"})


@dataclass(frozen=True, slots=True)
class ErasuresView:
    """What was asked for, newest first. `user`: who is to be erased, as it is asked once more; else somebody by their
    address. `mistake`: why it was not done."""

    items: Sequence[Erasure]
    older: str | None
    user: UserWithHistory | None = None
    email: str = ""
    reason: str = ""
    mistake: str | None = None
    asked: bool = False


@router.get(PATH)
async def erasures(request: Request, deps: Deps, visitor: Admin, user: UUID | None = None) -> Response:
    """The list, and the form; with a user, whether it is meant."""
    query = request.query_params
    asked = query.get("note") == "asked"
    return await _page(request, deps, visitor, await _user(deps, visitor, user), asked=asked)


@router.post(PATH)
async def erase(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Asks for it; leads to the list."""
    form = await checked_form(request, deps, visitor)
    reason = harmless(form.get("reason", "")).strip()[:MAX_REASON]
    email, user_id = form.get("email", "").strip(), form.get("user", "")
    user = await _user(deps, visitor, UUID(user_id)) if user_id else None
    if not reason or not (user or email):
        mistake = str(deps.renderer.texts("erasures.incomplete"))
        return await _page(request, deps, visitor, user, email, reason, mistake)
    whom = {"user_id": user.user_id} if user else {"email": email}
    try:
        await deps.licensing.erase(visitor.who.token, {**whom, "reason": reason})
    except Problem as refused:
        if refused.code not in _BESIDE_THE_FORM:
            raise
        return await _page(request, deps, visitor, user, email, reason, refused.detail)
    return RedirectResponse(f"{PATH}?note=asked", 303)


async def _user(deps: WebDependencies, visitor: Visitor, user_id: UUID | None) -> UserWithHistory | None:
    return None if user_id is None else await deps.licensing.user(visitor.who.token, user_id)


async def _page(
    request: Request,
    deps: WebDependencies,
    visitor: Visitor,
    user: UserWithHistory | None,
    email: str = "",
    reason: str = "",
    mistake: str | None = None,
    *,
    asked: bool = False,
) -> Response:
    page = await deps.licensing.erasures(visitor.who.token, request.query_params.get("cursor"))
    view = ErasuresView(page.items, page.next_cursor, user, email, reason, mistake, asked)
    return deps.renderer.page(request, "erasures.html", view, visitor.reader, 422 if mistake else 200)
