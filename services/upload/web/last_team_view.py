"""Where somebody was in My Team: its search, filters, order and page, so that a detour leads back there."""

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import Response

from services.upload.web.dependencies import SessionCookie
from services.upload.web.sessions import key_of

PATH = "/team"
BACK = f"{PATH}/last"
"""Leads there."""
_COOKIE = "team"
_MAX_LENGTH = 3000
"""Characters: browsers keep 4,096 a cookie."""


def remember(answer: Response, cookie: SessionCookie, session_id: str, query: str) -> None:
    """Keeps this address's query in the browser, for its session alone: it may name people."""
    if len(query) > _MAX_LENGTH:
        query = ""
    value = f"{_of(session_id)}.{query}"
    answer.set_cookie(_COOKIE, value, path=PATH, secure=cookie.production, httponly=True, samesite="lax")


def forget(answer: Response, cookie: SessionCookie) -> None:
    """Nothing of it stays behind when somebody signs out."""
    answer.delete_cookie(_COOKIE, path=PATH, secure=cookie.production, httponly=True, samesite="lax")


def last(request: Request, session_id: str, more: Mapping[str, str] | None = None) -> str:
    """The address of My Team as this session saw it last, with what is said there."""
    whose, _, query = request.cookies.get(_COOKIE, "").partition(".")
    kept = parse_qsl(query) if whose == _of(session_id) else []
    asked = urlencode([*kept, *(more or {}).items()])
    return f"{PATH}?{asked}" if asked else PATH


def _of(session_id: str) -> str:
    return key_of(session_id).hex()[:16]
