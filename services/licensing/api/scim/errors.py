"""Errors as SCIM has them (RFC 7644, 3.12), made of the problems that everything else answers with: whatever goes wrong
below /scim, in a route or before one, has one form."""

from typing import Any

import orjson
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problems import MEDIA_TYPE as PROBLEM
from shared.http.request_context import CorrelationMiddleware

MEDIA_TYPE = "application/scim+json"
SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"
PATH = "/scim/"
_UNIQUENESS = {"user_exists", "email_in_other_company", "scim_group_exists"}
_FORBIDDEN = {"licenses_exceeded", "methodology_seats_exceeded", "last_admin", "own_account", "methodology_consumed"}
"""Conflicts with what there is, not with another resource: a directory takes 409 for a duplicate."""
_TYPES = {
    "scim_invalid_syntax": "invalidSyntax",
    "scim_invalid_value": "invalidValue",
    "scim_invalid_path": "invalidPath",
    "scim_no_target": "noTarget",
    "scim_invalid_filter": "invalidFilter",
    "request_not_understood": "invalidSyntax",
}


class ScimErrors:
    """ASGI middleware: below /scim a problem is answered as an error of SCIM."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or not scope["path"].startswith(PATH):
            await self._app(scope, receive, send)
            return
        begun: list[Message] = []
        body: list[bytes] = []

        async def translated(message: Message) -> None:
            if message["type"] == "http.response.start":
                if MutableHeaders(scope=message).get("content-type", "").startswith(PROBLEM):
                    begun.append(message)
                    return
            elif begun:
                body.append(message.get("body", b""))
                if not message.get("more_body"):
                    await _answer(begun[0], b"".join(body), send)
                return
            await send(message)

        await self._app(scope, receive, translated)


def install(app: FastAPI) -> None:
    """Puts it within what measures and logs: these are to have the status that the directory is answered."""
    measuring = next(n for n, each in enumerate(app.user_middleware) if each.cls is CorrelationMiddleware)
    app.user_middleware.insert(measuring + 1, Middleware(ScimErrors))


async def _answer(start: Message, body: bytes, send: Send) -> None:
    error = scim_error(orjson.loads(body)) if body else {}
    status = int(error.get("status", start["status"]))
    content = orjson.dumps(error) if body else b""
    headers = MutableHeaders(scope=start)
    headers["content-type"] = MEDIA_TYPE
    headers["content-length"] = str(len(content))
    await send({**start, "status": status})
    await send({"type": "http.response.body", "body": content})


def scim_error(problem: dict[str, Any]) -> dict[str, Any]:
    """The error of SCIM that a problem is."""
    code, status = str(problem.get("code", "")), int(problem["status"])
    kind = _TYPES.get(code)
    if code in _UNIQUENESS:
        status, kind = 409, "uniqueness"
    elif code in _FORBIDDEN:
        status = 403
    elif status == 422:
        status, kind = 400, kind or "invalidValue"
    error: dict[str, Any] = {"schemas": [SCHEMA], "status": str(status), "detail": _detail(problem)}
    return {**error, "scimType": kind} if kind else error


def _detail(problem: dict[str, Any]) -> str:
    """All that is wrong at once, each with the attribute's name in Usher."""
    errors = problem.get("errors") or ()
    said = dict.fromkeys(f"{e['column']}: {e['message']}" if e.get("column") else str(e["message"]) for e in errors)
    return " ".join(said) or str(problem.get("detail", ""))
