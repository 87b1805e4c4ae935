"""Choosing the columns of My Team: what is marked is shown, and each can go up or down."""

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Deps, SignedIn, checked_lists
from services.upload.web.pages.team import PATH, own_fields
from services.upload.web.team_column_choice import TeamColumnChoice

router = APIRouter()


@router.post(f"{PATH}/columns")
async def choose(request: Request, deps: Deps, visitor: SignedIn) -> Response:
    """Keeps what is marked, does what the pressed button says, and leads back to the page."""
    sent, who = await checked_lists(request, deps, visitor), visitor.who
    own = own_fields(await deps.uploads.company(who.company))
    choice = TeamColumnChoice(await deps.choices.chosen(who), own)
    choice = TeamColumnChoice(choice.marked(sent.get("column", [])), own)
    match sent:
        case {"reset": _}:
            await deps.choices.forget(who)
        case {"up": [column, *_]}:
            await deps.choices.choose(who, choice.moved(column, -1))
        case {"down": [column, *_]}:
            await deps.choices.choose(who, choice.moved(column, 1))
        case _:
            await deps.choices.choose(who, choice.shown)
    back = QueryParams("".join(sent.get("back", [])))
    return RedirectResponse(f"{PATH}?{back}" if back else PATH, 303)
