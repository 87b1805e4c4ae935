"""What went wrong, as a page in words."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import NAMELESS
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import BACK
from services.upload.web.pages.signin import to_sign_in
from services.upload.web.render import Reader
from services.upload.web.security_headers import CONTENT_SECURITY_POLICY
from shared.http import audit
from shared.http.problem_types import UNSTORABLE
from shared.http.problems import Problem, ProblemType, of_status, unavailable
from shared.people.access import DEACTIVATED

_BY_CODE = {
    **{"csrf": "csrf", "forbidden": "forbidden", "plan_required": "plan", NAMELESS: "nameless"},
    "too_many_for_today": "today",
}
_NEEDED = ProblemType(503, "unavailable", "Something that this page needs does not answer.")
_BY_STATUS = {401: "forbidden", 403: "forbidden", 404: "not_found", 405: "method", 410: "not_found", 429: "too_many"}
_NO_STREAM = "too_many_streams"
_LEFT_AS_IT_IS = {"HX-Reswap": "none"}
"""To htmx, of a live part that there is no stream for: what is shown goes on being true, just not by itself."""
_WHOLE_PAGE = {"HX-Retarget": "#main", "HX-Reselect": "#main", "HX-Reswap": "outerHTML", "HX-Push-Url": "false"}
"""To htmx, which asked for a part: an error takes the place of the page's content."""


_PASSES = frozenset({"away", "too_many", "error", "csrf"})
"""What may be otherwise the next time: the same page is offered once more."""
_EVERYWHERE = frozenset({"plan", "nameless"})
"""What is so for every page of theirs, My Team among them."""
_PATH = re.compile(r"/(?![/\\])[\w./~%-]*")
"""An address on this site. What a browser says it comes from is not to be believed further."""


@dataclass(frozen=True, slots=True)
class ProblemView:
    """What happened. `again` is the address to try once more, where that may help; `elsewhere`: My Team is another page
    than the one that failed, and may show."""

    kind: str
    again: str | None
    elsewhere: bool


async def sign_in(request: Request, _: Exception) -> Response:
    """To signing in, and back to the page afterwards; a form that was posted leads back to My Team as it was."""
    if request.headers.get("HX-Request"):
        here = request.headers.get("HX-Current-URL", "").split("://", 1)[-1].partition("/")[2]
        return Response(status_code=401, headers={"HX-Redirect": to_sign_in(f"/{here}")})
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(to_sign_in(asked if request.method == "GET" else BACK), 303)


async def problem(request: Request, error: Exception) -> Response:
    """The page for a refusal or a failure."""
    assert isinstance(error, Problem)
    audit.answered(error)
    deps: WebDependencies = request.app.state.deps
    reader = getattr(request.state, "reader", None)
    kind = _BY_CODE.get(error.code) or _BY_STATUS.get(error.status) or ("away" if error.status >= 500 else "bad")
    headers = {name: value for name, value in error.headers.items() if name.lower() == "retry-after"}
    known = reader if isinstance(reader, Reader) else None
    if error.code == DEACTIVATED and known:
        # Nothing of the page that stands there is for them any more: the whole of it is asked for anew.
        again = {"HX-Refresh": "true"} if request.headers.get("HX-Request") else {}
        return deps.renderer.page(request, "deactivated.html", None, known, error.status, again)
    if request.headers.get("HX-Request"):
        headers |= _LEFT_AS_IT_IS if error.code == _NO_STREAM else _WHOLE_PAGE
    return deps.renderer.page(request, "problem.html", _view(request, kind), known, error.status, headers)


def _view(request: Request, kind: str) -> ProblemView:
    """What was asked for by a form is not asked for again by a link: the page that the form stood on is."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    if request.method not in ("GET", "HEAD") or request.headers.get("HX-Request"):
        stood = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
        here = stood.path + (f"?{stood.query}" if stood.query else "") if _PATH.fullmatch(stood.path) else "/team"
    elsewhere = kind not in _EVERYWHERE and here.partition("?")[0] != "/team"
    return ProblemView(kind, here if kind in _PASSES else None, elsewhere)


async def framework(request: Request, error: Exception) -> Response:
    """The same for what the framework refuses: unknown paths and methods."""
    return await problem(request, of_status(getattr(error, "status_code", 500)))


async def not_understood(request: Request, _: Exception) -> Response:
    """The same for an address with a part that is no id or no number: nothing can be there."""
    return await problem(request, of_status(404))


async def nobody(request: Request, _: Exception) -> Response:
    """The same for a form whose sender left before it had all come: for the log alone."""
    return await problem(request, of_status(400))


async def unstorable(request: Request, _: Exception) -> Response:
    """The same for a form with a NUL in a text, which is none to the database."""
    return await problem(request, UNSTORABLE())


async def away(request: Request, _: Exception) -> Response:
    """The same for something that this service needs and that does not answer."""
    return await problem(request, unavailable(_NEEDED))


async def unexpected(request: Request, _: Exception) -> Response:
    """The same for what nobody foresaw. The service logs it: it is raised on after this answer."""
    deps: WebDependencies = request.app.state.deps
    answer = deps.renderer.page(request, "problem.html", _view(request, "error"), status=500)
    # This one is answered outside of the middleware that adds them.
    answer.headers.update({"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Cache-Control": "no-store"})
    return answer


async def issuer_away(request: Request, _: Exception) -> Response:
    """Signing in is not possible while the issuer does not answer."""
    deps: WebDependencies = request.app.state.deps
    return deps.renderer.page(request, "signin.html", {"what": "away"}, status=503, headers={"Retry-After": "10"})
