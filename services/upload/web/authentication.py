"""Authentication of the pages: the session behind the cookie, its tokens, and the proof that a form is ours."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from services.upload.web.dependencies import WebDependencies
from services.upload.web.render import Reader
from services.upload.web.sessions import Tokens, key_of
from shared.http.auth import Principal, TokenRefused, bind, known_by_email
from shared.http.jwks import IssuerAway
from shared.http.problems import Problem, ProblemType, unavailable
from shared.http.sse import Reader as StreamReader
from shared.http.standing import require
from shared.people.access import AUTHORIZE_PURCHASES, MANAGE_USERS

NAMELESS = "nameless"
"""The code, among pages, of an admin whose token names no address that is theirs."""
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF-Token"
_RENEW_BEFORE = timedelta(seconds=60)
"""An access token is renewed this long before its end, so that what a page starts with it can finish."""


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more: leads to signing in, and back."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who is signed in. `reader` is how pages show them; `csrf` is what their forms carry."""

    who: Principal
    session_id: str
    reader: Reader

    @property
    def csrf(self) -> str:
        """The token of this session's forms."""
        return self.reader.csrf


def deps(request: Request) -> WebDependencies:
    """Dependency: what the frontend is made of."""
    found = request.app.state.deps
    assert isinstance(found, WebDependencies)
    return found


Deps = Annotated[WebDependencies, Depends(deps)]


async def session_of(request: Request, deps: Deps) -> Visitor:
    """Dependency: whoever is signed in in this browser, whether or not they may still do anything: for signing out.
    Raises SignInNeeded."""
    session_id = request.cookies.get(deps.cookie.name, "")
    tokens = await _fresh_tokens(deps, session_id) if session_id else None
    if tokens is None:
        raise SignInNeeded
    try:
        who = await deps.verifier.verify(tokens.access)
    except TokenRefused:
        await deps.sessions.end(session_id)
        raise SignInNeeded from None
    except IssuerAway:
        raise unavailable(_SIGN_IN_AWAY) from None
    bind(who)
    who = replace(who, permissions=await deps.permissions.of(who))
    company = await deps.uploads.company(who.company_id) if who.company_id else None
    reader = Reader(
        name=who.name or who.email,
        company=company.name if company else "",
        admin=MANAGE_USERS in who.permissions,
        purchaser=AUTHORIZE_PURCHASES in who.permissions,
        csrf=deps.crypto.form_token(session_id),
        methodologies={each.id: each.name for each in company.methodologies} if company else {},
    )
    # Kept for the page that says what went wrong.
    request.state.reader = reader
    return Visitor(who, session_id, reader)


Session = Annotated[Visitor, Depends(session_of)]


async def visitor(request: Request, session: Session, deps: Deps) -> Visitor:
    """Dependency: whoever is signed in in this browser and still let in. Problem 403 `deactivated`."""
    await require(deps.standing, session.who)
    return await _as_admin(request, session, deps)


async def _as_admin(request: Request, session: Visitor, deps: WebDependencies) -> Visitor:
    """Where they are one: noted as such, with what waits for them."""
    if not session.reader.admin or session.who.company_id is None:
        return session
    if "@" in session.who.email and not session.who.email_refuted:
        await deps.uploads.note_admin(session.who)
    reader = replace(session.reader, waiting=await deps.uploads.waiting(session.who))
    request.state.reader = reader
    return replace(session, reader=reader)


async def admin(request: Request, visitor: Annotated[Visitor, Depends(visitor)], deps: Deps) -> Visitor:
    """Dependency: a visitor who may invite and change users. Problem 403."""
    if not visitor.reader.admin and await deps.permissions.may(visitor.who, MANAGE_USERS):
        # Granted a moment ago.
        visitor = replace(visitor, reader=replace(visitor.reader, admin=True))
        visitor = await _as_admin(request, visitor, deps)
    if not visitor.reader.admin or visitor.who.company_id is None:
        raise _NEEDS_ADMIN()
    return _known(visitor)


async def access_reader(request: Request, visitor: Annotated[Visitor, Depends(visitor)], deps: Deps) -> Visitor:
    """Dependency: an admin, or who may authorize purchases. Problem 403."""
    if visitor.reader.admin or not await deps.permissions.may(visitor.who, AUTHORIZE_PURCHASES):
        return await admin(request, visitor, deps)
    reader = replace(visitor.reader, purchaser=True)
    request.state.reader = reader
    return _known(replace(visitor, reader=reader))


def _known(visitor: Visitor) -> Visitor:
    try:
        known_by_email(visitor.who)
    except Problem as refused:
        raise Problem(403, NAMELESS, refused.detail) from None
    return visitor


_SIGN_IN_AWAY = ProblemType(503, "unavailable", "The sign-in service can’t be reached.")
_NEEDS_ADMIN = ProblemType(403, "forbidden", "This needs the permission manage_users.")
_CSRF = ProblemType(403, "csrf", "The form did not come from a page of this session.")

SignedIn = Annotated[Visitor, Depends(visitor)]
Admin = Annotated[Visitor, Depends(admin)]
AccessReader = Annotated[Visitor, Depends(access_reader)]


def reader_of(request: Request, deps: WebDependencies, who: Visitor) -> StreamReader:
    """This browser, as the reader of a stream: for as long as a page would let its session in."""

    async def may() -> None:
        again = await admin(request, await visitor(request, await session_of(request, deps), deps), deps)
        await deps.uploads.require_plan(again.who)

    return StreamReader(key_of(who.session_id).hex(), who.who.company, who.who.expires_at, may)


async def _fresh_tokens(deps: WebDependencies, session_id: str) -> Tokens | None:
    tokens = await deps.sessions.read(session_id)
    if tokens is None or not _nearly_over(tokens):
        return tokens

    async def renew(known: Tokens) -> Tokens | None:
        # Another request of this browser may have been first.
        return await deps.issuer.refresh(known) if _nearly_over(known) else known

    try:
        return await deps.sessions.renew(session_id, renew)
    except IssuerAway:
        if tokens.expires_at > datetime.now(UTC):
            return tokens
        raise unavailable(_SIGN_IN_AWAY) from None


def _nearly_over(tokens: Tokens) -> bool:
    return tokens.expires_at - datetime.now(UTC) < _RENEW_BEFORE


async def checked_form(request: Request, deps: WebDependencies, visitor: Visitor) -> dict[str, str]:
    """The fields of a posted form, once it has proved to be ours. Problem 403 `csrf`."""
    return {name: values[-1] for name, values in (await checked_lists(request, deps, visitor)).items()}


async def checked_lists(request: Request, deps: WebDependencies, visitor: Visitor) -> dict[str, list[str]]:
    """The same, each field with all its values."""
    form = await request.form()
    fields = {name: [value for value in form.getlist(name) if isinstance(value, str)] for name in form}
    check_csrf(deps, visitor, request.headers.get(CSRF_HEADER) or next(iter(fields.get(CSRF_FIELD, ())), ""))
    return {name: values for name, values in fields.items() if values}


def check_csrf(deps: WebDependencies, visitor: Visitor, token: str) -> None:
    """Problem 403 `csrf` unless the token is this session's."""
    if not deps.crypto.is_form_token(token, visitor.session_id):
        raise _CSRF()
