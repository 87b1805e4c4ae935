"""What every answer of the frontend says to the browser about itself."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.http.headers import STRICT_TRANSPORT

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",  # Pico's icons are data URIs
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""No inline script or style, nothing from elsewhere. `form-action` is left out: Chromium applies it to redirects too,
and signing out leads to the issuer."""

_ALWAYS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
FRAMED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox",
    "X-Frame-Options": "SAMEORIGIN",
}
"""What is no page of ours but shown within one: a mail, with styles of its own. It can run, fetch and send nothing."""
_BY_DEFAULT = {
    # A page's address may name a batch or what was searched for; other sites learn none of it.
    "Referrer-Policy": "same-origin",
    # Pages hold people's names: neither a proxy nor the back button of the next person shows them.
    "Cache-Control": "no-store",
}


class SecurityHeaders:
    """ASGI middleware: adds the headers; those by default only where the answer does not say otherwise."""

    def __init__(self, app: ASGIApp, *, production: bool) -> None:
        self._app = app
        self._always = {**_ALWAYS, **({"Strict-Transport-Security": STRICT_TRANSPORT} if production else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; the answer's headers are completed as it starts."""

        async def complete(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                framed = headers.get("X-Frame-Options") == FRAMED["X-Frame-Options"]
                for name, value in {**self._always, **(FRAMED if framed else {})}.items():
                    headers[name] = value
                for name, value in _BY_DEFAULT.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, complete if scope["type"] == "http" else send)
