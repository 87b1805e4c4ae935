"""Taking a permission away from who is Inactive, with whom it would come back: all that can be changed of them."""

from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Admin, Deps, checked_form
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.team import PATH
from services.upload.web.undo_offer import places

router = APIRouter()


@router.post(f"{PATH}/{{user_id}}/permissions")
async def withdraw(request: Request, deps: Deps, visitor: Admin, user_id: UUID) -> Response:
    """Takes one away; leads back to the user's page."""
    sent = await checked_form(request, deps, visitor)
    found = await deps.licensing.user(visitor.who.token, user_id)
    kept = [each for each in found.permissions if each != sent.get("withdraw")]
    edited = await deps.licensing.edit(visitor.who.token, user_id, {"permissions": kept})
    return RedirectResponse(address(found.link, {"note": "saved", **places(edited.undo)}), 303)
