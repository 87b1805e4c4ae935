"""The page behind a personal link. Nobody signs in for it, and looking at it changes nothing: mail scanners do."""

from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.authentication import Deps
from services.upload.web.dependencies import WebDependencies
from services.upload.web.licensing_models import Offer
from shared.http.problems import Problem, not_found

router = APIRouter()
PATH = "/join/{token}"
SAMPLE = "sample"
"""What stands in the place of a token in a sample of an invitation."""
_PRIVATE = {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
"""The address is the secret: it goes to no other site, and stays in no cache and no index."""
_GONE = ("expired", "superseded", "cancelled", "used")
_STATUS = {"unknown": 404, "not_sso_domain": 403}
_CHOICES = ("transfer", "start_fresh")


@dataclass(frozen=True, slots=True)
class JoinView:
    """The offer. `note` says why the form came back; `joined` is the choice that was accepted, "" without one."""

    offer: Offer
    note: str | None = None
    joined: str | None = None

    @property
    def plan(self) -> str | None:
        """The individual plan whose records can be transferred; None where there is no choice to make."""
        return self.offer.transfer.get("plan") if self.offer.transfer else None


@router.get(PATH)
async def offer(request: Request, deps: Deps, token: str) -> Response:
    """What the link offers."""
    if token == SAMPLE:
        return deps.renderer.page(request, "gone.html", SAMPLE, headers=_PRIVATE)
    try:
        _as_sent(request)
        view = JoinView(await deps.licensing.offer(token))
    except Problem as refused:
        return _gone(request, deps, refused)
    return deps.renderer.page(request, "join.html", view, headers=_PRIVATE)


@router.post(PATH)
async def accept(request: Request, deps: Deps, token: str) -> Response:
    """Joins. The link itself is the proof that the form is theirs: another site does not know it."""
    form = await request.form()
    records = form.get("records")
    choice = records if records in _CHOICES else None
    try:
        _as_sent(request)
        before = await deps.licensing.offer(token)
        if before.transfer and choice is None:
            return deps.renderer.page(request, "join.html", JoinView(before, "choose"), status=422, headers=_PRIVATE)
        await deps.licensing.accept(token, str(choice) if before.transfer else None)
    except Problem as refused:
        if refused.code == "records_required":
            view = JoinView(await deps.licensing.offer(token), "records_required")
            return deps.renderer.page(request, "join.html", view, status=409, headers=_PRIVATE)
        return _gone(request, deps, refused)
    view = JoinView(before, joined=str(choice) if before.transfer else "")
    return deps.renderer.page(request, "join.html", view, headers=_PRIVATE)


def _as_sent(request: Request) -> None:
    """A link has one spelling, which needs no escapes. Problem 404 for another."""
    if b"%" in request.scope["raw_path"]:
        raise not_found()


def _gone(request: Request, deps: WebDependencies, refused: Problem) -> Response:
    match refused.status:
        case 410:
            why = refused.code if refused.code in _GONE else "expired"
        case 404 | 422:
            why = "unknown"
        case 403 if refused.code == "not_sso_domain":
            why = refused.code
        case _:
            raise refused
    return deps.renderer.page(request, "gone.html", why, status=_STATUS.get(why, 410), headers=_PRIVATE)
