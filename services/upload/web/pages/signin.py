"""Signing in and out."""

from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from fastapi import APIRouter
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from services.upload.web.authentication import Deps, Session, checked_form
from services.upload.web.dependencies import WebDependencies
from services.upload.web.last_team_view import forget
from services.upload.web.oidc import LASTS, Pending, SignInFailed
from shared.http import audit
from shared.http.auth import TokenRefused, bind
from shared.http.rate_limit import caller

router = APIRouter()

CALLBACK = "/signin/callback"
_ABOUT = b"usher-signin"


def local(address: str | None) -> str:
    """The address if it is a path on this site, else My Team: nobody is sent elsewhere by a link to us."""
    if not address or not address.startswith("/") or address.startswith("//") or "\\" in address:
        return "/team"
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc and not address.startswith("/signin") else "/team"


@router.get("/signin")
async def sign_in(request: Request, deps: Deps, then: str | None = None) -> Response:
    """To the issuer, with what has to come back in a cookie of this browser."""
    deps.sign_ins.take(caller(request))
    address, pending = await deps.issuer.begin(local(then))
    answer = RedirectResponse(address, 303)
    sealed = deps.crypto.seal(pending.model_dump_json().encode(), about=_ABOUT)
    _set(answer, deps, deps.cookie.pending, sealed.hex(), int(LASTS.total_seconds()))
    return answer


@router.get(CALLBACK)
async def signed_in(request: Request, deps: Deps) -> Response:
    """Back from the issuer: a new session with a new id, whatever the browser had before."""
    deps.sign_ins.take(caller(request))
    pending = _pending(request, deps)
    try:
        if pending is None:
            raise SignInFailed("this browser did not ask, or too long ago")
        # Another state has not come from this sign-in: it must not use it up.
        mine = request.query_params.get("state") == pending.state
        if mine and not await deps.sessions.first(pending.state, pending.until):
            raise SignInFailed("this sign-in has come back before")
        tokens = await deps.issuer.finish(pending, request.query_params)
        bind(await deps.verifier.verify(tokens.access))
    except (SignInFailed, TokenRefused) as failed:
        audit.record("sign_in_failed", reason=failed.reason)
        return deps.renderer.page(request, "signin.html", {"what": "failed"}, status=400)
    if earlier := request.cookies.get(deps.cookie.name):
        await deps.sessions.end(earlier)
    session_id = await deps.sessions.start(tokens, deps.cookie.lasts)
    audit.record("signed_in")
    answer = RedirectResponse(pending.then, 303)
    _set(answer, deps, deps.cookie.name, session_id, int(deps.cookie.lasts.total_seconds()))
    _forget(answer, deps, deps.cookie.pending)
    return answer


@router.post("/signout")
async def sign_out(request: Request, deps: Deps, visitor: Session) -> Response:
    """Ends the session here, then at the issuer where it offers that."""
    await checked_form(request, deps, visitor)
    tokens = await deps.sessions.read(visitor.session_id)
    await deps.sessions.end(visitor.session_id)
    audit.record("signed_out")
    back = f"{deps.public_url}/signed-out"
    there = await deps.issuer.leave(tokens, back) if tokens else None
    answer = RedirectResponse(there or "/signed-out", 303)
    _forget(answer, deps, deps.cookie.name)
    forget(answer, deps.cookie)
    # Nothing that was seen here is to be seen by who presses Back, or shares this machine.
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@router.get("/signed-out")
async def signed_out(request: Request, deps: Deps) -> Response:
    """Says that nobody is signed in."""
    return deps.renderer.page(request, "signin.html", {"what": "out"})


def to_sign_in(then: str) -> str:
    """The address that signs in and leads back to `then`."""
    return f"/signin?then={quote(local(then), safe='/')}"


def _pending(request: Request, deps: WebDependencies) -> Pending | None:
    try:
        sealed = bytes.fromhex(request.cookies.get(deps.cookie.pending, ""))
        plain = deps.crypto.open(sealed, about=_ABOUT)
        pending = Pending.model_validate_json(plain) if plain else None
    except (ValueError, ValidationError):
        return None
    return pending if pending and pending.until > datetime.now(UTC) else None


def _set(answer: Response, deps: WebDependencies, name: str, value: str, seconds: int) -> None:
    answer.set_cookie(
        name, value, max_age=seconds, path="/", secure=deps.cookie.production, httponly=True, samesite="lax"
    )


def _forget(answer: Response, deps: WebDependencies, name: str) -> None:
    answer.delete_cookie(name, path="/", secure=deps.cookie.production, httponly=True, samesite="lax")
