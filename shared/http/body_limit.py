"""A limit for request bodies, answered as a problem document.

Starlette's own limit answers in plain text, also in the place of an answer that was already a problem.
"""

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.problem_types import BODY_TOO_LARGE
from shared.http.problems import Problem

LARGEST_BODY = 1 << 20
"""Bytes: of JSON, this is a thousand times what a call needs."""


class BodyLimitMiddleware:
    """ASGI middleware: bodies end at `limit` bytes, but on the paths that count what they stream themselves. `larger`:
    the limits of paths that end so."""

    def __init__(
        self,
        app: ASGIApp,
        limit: int = LARGEST_BODY,
        unlimited: frozenset[str] = frozenset(),
        larger: Mapping[str, int] = MappingProxyType({}),
    ) -> None:
        self.app = app
        self.limit = limit
        self.unlimited = unlimited
        self.larger = larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its body counted."""
        if scope["type"] != "http" or scope["path"] in self.unlimited:
            await self.app(scope, receive, send)
            return
        path = str(scope["path"])
        limit = next((most for end, most in self.larger.items() if path.endswith(end)), self.limit)
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and int(length) > limit:
            await _too_large(limit).response()(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                # As an HTTPException, since FastAPI lets nothing else through from reading a body.
                raise HTTPException(413, _too_large(limit).detail)
            return message

        await self.app(scope, counted, send)


def _too_large(limit: int) -> Problem:
    return BODY_TOO_LARGE(kib=limit >> 10)
