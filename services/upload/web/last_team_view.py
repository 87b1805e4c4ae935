"""Where somebody was in My Team, table and hierarchy: search, filters, order and page. A detour leads back there, and
so does signing in again."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Literal
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.dependencies import SessionCookie
from shared.http.auth import Principal

Shape = Literal["team", "hierarchy"]
"""The table or the hierarchy, as cookies are named. That of the hierarchy is there while somebody is in it."""
PATH = "/team"
HIERARCHY = f"{PATH}/hierarchy"
BACK = f"{PATH}/last"
"""Leads there."""
_PATHS: Mapping[Shape, str] = {"team": PATH, "hierarchy": HIERARCHY}
_MAX_LENGTH = 3000
"""Characters: browsers keep 4,096 a cookie."""
_PAGING = ({"back"}, {"back", "cursor", "from"})
"""What of a place that is too long is left out first."""


def remember(answer: Response, cookie: SessionCookie, who: Principal, shape: Shape, query: str) -> None:
    """Keeps this address's query in the browser, for this person alone: it may name people."""
    value = f"{_of(who)}.{_short(query)}"
    answer.set_cookie(shape, value, path=PATH, secure=cookie.production, httponly=True, samesite="lax")
    if shape == "team":
        _forget(answer, cookie, "hierarchy")


def forget(answer: Response, cookie: SessionCookie) -> None:
    """Nothing of it stays behind when somebody signs out."""
    for shape in _PATHS:
        _forget(answer, cookie, shape)


def last(request: Request, who: Principal, more: Mapping[str, str] | None = None, *, table: bool = False) -> str:
    """The address of My Team as this person saw it last, with what is said there; or of its table."""
    shape: Shape = "team" if table or _kept(request, who, "hierarchy") is None else "hierarchy"
    asked = urlencode([*parse_qsl(_kept(request, who, shape) or ""), *(more or {}).items()])
    return f"{_PATHS[shape]}?{asked}" if asked else _PATHS[shape]


def remembered(request: Request, who: Principal) -> bool:
    """Whether there is such a place."""
    return any(_kept(request, who, shape) is not None for shape in _PATHS)


def _kept(request: Request, who: Principal, shape: Shape) -> str | None:
    whose, found, query = request.cookies.get(shape, "").partition(".")
    return query if found and whose == _of(who) else None


def _short(query: str) -> str:
    for left_out in (set[str](), *_PAGING):
        short = urlencode([(name, value) for name, value in parse_qsl(query) if name not in left_out])
        if len(short) <= _MAX_LENGTH:
            return short
    return ""


def _forget(answer: Response, cookie: SessionCookie, shape: Shape) -> None:
    answer.delete_cookie(shape, path=PATH, secure=cookie.production, httponly=True, samesite="lax")


def _of(who: Principal) -> str:
    return sha256(f"{who.company_id}\n{who.subject}".encode()).hexdigest()[:16]
