"""Taking back what was just done, from the notice that says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, checked_form
from services.upload.web.last_team_view import last
from services.upload.web.licensing_models import User
from services.upload.web.pages.team import PATH
from shared.http.problems import Problem, not_found

router = APIRouter()
_NAMED = 20
"""How many are named on the page: the others are counted."""


@dataclass(frozen=True, slots=True)
class NotUndone:
    """The page: why it was not taken back; where it is about some, whom, with the reason of each."""

    why: str
    reasons: Sequence[tuple[User | None, str]] = ()
    more: int = 0


@router.post(f"{PATH}/undo")
async def undo(request: Request, deps: Deps, visitor: Admin) -> Response:
    """Takes it back; leads to where it was said that it had been done."""
    sent = await checked_form(request, deps, visitor)
    token = visitor.who.token
    if (action := _id(sent.get("undo", ""))) is None:
        raise not_found()
    try:
        done = await deps.licensing.undo(token, action)
    except Problem as refused:
        if refused.status not in (404, 409, 410, 429):
            raise
        items = cast("Sequence[Mapping[str, Any]]", refused.extra.get("items", ()))
        ids = [str(item["user_id"]) for item in items[:_NAMED]]
        known = {user.user_id: user for user in await deps.licensing.named(token, ids)}
        reasons = [(known.get(str(item["user_id"])), str(item["message"])) for item in items[:_NAMED]]
        view = NotUndone(refused.detail, reasons, max(0, len(items) - _NAMED))
        return deps.renderer.page(request, "short_undo.html", view, visitor.reader, refused.status)
    if (user := _id(sent.get("user", ""))) is not None:
        return RedirectResponse(f"{PATH}/{user}?note=undone", 303)
    return RedirectResponse(last(request, visitor.who, {"note": "undone", "n": str(len(done.items))}), 303)


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
