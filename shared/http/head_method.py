"""HEAD, which FastAPI does not give to a route that answers GET: mail programs ask so whether a link works."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class HeadMiddleware:
    """ASGI middleware: HEAD is answered as GET is, but for the body (RFC 9110, 9.3.2)."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as GET."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                # Here and now, not where the body ends: that of a stream does not. The server takes us for gone then.
                await send({"type": "http.response.body"})

        await self._app({**scope, "method": "GET"}, receive, head)
