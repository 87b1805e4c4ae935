"""What every answer says about how it may be used, where it does not say something of its own."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
_BY_DEFAULT = {
    # An answer to a program is no page: a browser that is led to one runs and shows nothing of it.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # People's names and addresses stand in them.
    "Cache-Control": "no-store",
}


class AnswerHeaders:
    """ASGI middleware: completes the headers of every answer. HSTS only outside development, which has no TLS."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        self._app = app
        self._defaults = {**_BY_DEFAULT, **({"Strict-Transport-Security": STRICT_TRANSPORT} if production else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._defaults.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete if scope["type"] == "http" else send)
