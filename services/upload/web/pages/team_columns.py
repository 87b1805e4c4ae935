"""Choosing the columns of My Team: what is marked is shown, and each can go up or down."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Deps, SignedIn, checked_lists
from services.upload.web.cursor_pagination import address
from services.upload.web.pages.team import PATH, own_fields
from services.upload.web.team_column_choice import TeamColumnChoice
from services.upload.web.team_filters import Filters

router = APIRouter()


@router.post(f"{PATH}/columns")
async def choose(request: Request, deps: Deps, visitor: SignedIn) -> Response:
    """Keeps what is marked, does what the pressed button says, and leads back to the page."""
    sent, who = await checked_lists(request, deps, visitor), visitor.who
    own = own_fields(await deps.uploads.company(who.company))
    back = QueryParams("".join(sent.get("back", [])))
    filters = Filters.read(back, own)
    choice = TeamColumnChoice(filters.columns or await deps.choices.chosen(who), own)
    choice = TeamColumnChoice(choice.marked(sent.get("column", [])), own)
    chosen = _chosen(sent, choice)
    if filters.columns:  # those of a view: they are for its own page, until the view is saved with them
        paging = {name: back[name] for name in ("cursor", "back", "from") if name in back}
        return RedirectResponse(address(PATH, {**filters.places(columns=tuple(chosen or ())), **paging}), 303)
    await (deps.choices.forget(who) if chosen is None else deps.choices.choose(who, chosen))
    return RedirectResponse(f"{PATH}?{back}" if back else PATH, 303)


def _chosen(sent: Mapping[str, Sequence[str]], choice: TeamColumnChoice) -> Sequence[str] | None:
    """The columns as the form has them; None for the usual ones."""
    match sent:
        case {"reset": _}:
            return None
        case {"up": [column, *_]}:
            return choice.moved(column, -1)
        case {"down": [column, *_]}:
            return choice.moved(column, 1)
        case _:
            return choice.shown
