"""Choosing the columns of My Team: what is marked is shown, and each can go up or down."""

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import InSite, SignedIn, checked_lists
from services.upload.web.column_choice import Choice
from services.upload.web.pages.team import PATH, own_fields

router = APIRouter()


@router.post(f"{PATH}/columns")
async def choose(request: Request, site: InSite, visitor: SignedIn) -> Response:
    """Keeps what is marked, does what the pressed button says, and leads back to the page."""
    sent, who = await checked_lists(request, site, visitor), visitor.who
    own = own_fields(await site.uploads.company(who.company))
    choice = Choice(await site.choices.chosen(who), own)
    choice = Choice(choice.marked(sent.get("column", [])), own)
    match sent:
        case {"reset": _}:
            await site.choices.forget(who)
        case {"up": [column, *_]}:
            await site.choices.choose(who, choice.moved(column, -1))
        case {"down": [column, *_]}:
            await site.choices.choose(who, choice.moved(column, 1))
        case _:
            await site.choices.choose(who, choice.shown)
    back = QueryParams("".join(sent.get("back", [])))
    return RedirectResponse(f"{PATH}?{back}" if back else PATH, 303)
