"""What surrounds every request: its id, its trace, its line in the log, its measure; and its `Context`."""

import re
import time
from datetime import UTC, datetime
from typing import Any, Protocol

import structlog
from opentelemetry import trace
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils.compat import uuid7

from shared.core.trusted_proxies import vouched_for
from shared.eventsourcing.events import Context
from shared.http.callers import answering
from shared.observability.metrics import HTTP_SECONDS
from shared.observability.spans import failed
from shared.observability.tracing import current_traceparent, extract

_REQUEST_ID = re.compile(r"[\w.:-]{1,100}", re.ASCII)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""Of a measure: a caller can make up as many more as it likes."""
_QUIET = frozenset({"/livez", "/readyz", "/metrics"})

log = structlog.stdlib.get_logger("shared.access")


class _OfACompany(Protocol):
    @property
    def company_id(self) -> str | None: ...


class CorrelationMiddleware:
    """ASGI middleware: `X-Request-Id` and `traceparent` out, and in from who is trusted; bound to every log line; one
    access line each."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.tracer = trace.get_tracer("usher.http")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within its span and with its ids."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        trusted = vouched_for(scope)
        request_id = _request_id(headers.get("x-request-id") if trusted else None)
        scope.setdefault("state", {})["request_id"] = request_id
        parent = extract(headers.get("traceparent"), headers.get("tracestate")) if trusted else extract(None)
        with (
            self.tracer.start_as_current_span(
                scope["method"],
                parent,
                trace.SpanKind.SERVER,
                record_exception=False,
                set_status_on_exception=False,
            ) as span,
            structlog.contextvars.bound_contextvars(request_id=request_id, who=None),  # whom shared/http/auth.py finds
            answering((scope.get("client") or ("",))[0]),
        ):
            await _Exchange(scope, send, request_id, span).run(self.app, receive)


class _Exchange:
    """One request with its answer."""

    def __init__(self, scope: Scope, send: Send, request_id: str, span: trace.Span) -> None:
        self.scope = scope
        self.answer = send
        self.request_id = request_id
        self.span = span
        self.status = 500
        self.started = time.perf_counter()

    async def run(self, app: ASGIApp, receive: Receive) -> None:
        try:
            await app(self.scope, receive, self.send)
        finally:
            self.finish()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Request-Id"] = self.request_id
            headers["traceparent"] = current_traceparent()
        await self.answer(message)

    def finish(self) -> None:
        seconds = time.perf_counter() - self.started
        method, path, route = self.scope["method"], self.scope["path"], _route(self.scope)
        self.span.update_name(f"{method} {route}")
        self.span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": self.status,
                "usher.request_id": self.request_id,
            }
        )
        if self.status >= 500:
            failed(self.span, str(self.status))
        HTTP_SECONDS.labels(method if method in _METHODS else "other", route, self.status).observe(seconds)
        if path not in _QUIET:
            # The path without its query: search words are names and addresses.
            log.info("request", method=method, path=path, status=self.status, ms=round(seconds * 1000, 1))


def _request_id(given: str | None) -> str:
    return given if given and _REQUEST_ID.fullmatch(given) else str(uuid7())


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    return getattr(route, "path", None) or "unknown"


def new_context(
    request: Request,
    principal: _OfACompany | None = None,
    correlation_id: str | None = None,
    origin: str | None = None,
) -> Context:
    """The `Context` of a command that a request brings.

    principal: who asks, for the company. correlation_id: what the command belongs to (a batch), else the request's id.
    origin: by which way it came in.
    """
    return Context(
        correlation_id=correlation_id or getattr(request.state, "request_id", None) or str(uuid7()),
        causation_id=None,
        traceparent=current_traceparent(),
        company_id=principal.company_id if principal else None,
        at=datetime.now(UTC),
        origin=origin,
    )
