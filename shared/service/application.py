"""The application that every service is: problem documents, health, metrics, sign-in, and a lifespan in order."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from types import MappingProxyType
from typing import Any, cast

import asyncpg
from fastapi import FastAPI
from faststream.kafka import KafkaBroker
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from shared.core.settings import PostgresSettings, ServiceKeySettings, ServiceSettings
from shared.http import docs, error_handlers
from shared.http.auth import TokenVerifier
from shared.http.body_limit import BodyLimitMiddleware
from shared.http.callers import CallerSeal, CallersMiddleware
from shared.http.head_method import HeadMiddleware
from shared.http.headers import AnswerHeaders
from shared.http.permissions import TokenPermissions
from shared.http.request_context import CorrelationMiddleware
from shared.http.standing import NobodyKnown
from shared.messaging.inbox import Inbox
from shared.observability import configure_tracing, metrics_endpoint
from shared.observability.tracing import FRAMEWORKS_OWN
from shared.postgres.database import SESSION_SETTINGS, Pool
from shared.postgres.hosts import connect_to_any
from shared.postgres.row_security import TenancyMiddleware, TenantConnection, enter
from shared.service.health import Health
from shared.service.lifespan import Connections
from shared.service.supervisor import Run

_PATIENCE = 10.0
"""Seconds that the start waits for Postgres and Kafka before it serves `/readyz` with the reason."""


def open_pool(settings: PostgresSettings, service: str) -> Pool:
    """The service's connections to its database; the lifespan of `create_app` opens them. Needs a running loop."""
    seconds = settings.database_statement_seconds
    return asyncpg.create_pool(
        settings.database_url.get_secret_value(),
        connect=cast("Any", connect_to_any),
        # With connections made at the start, one failure there would close the pool for good.
        min_size=0,
        max_size=settings.database_connections,
        timeout=10,
        # The server ends a statement first; this is for a server that says nothing any more.
        command_timeout=seconds + 5,
        connection_class=TenantConnection,
        setup=enter,
        reset=_afterwards,
        server_settings={
            **SESSION_SETTINGS,
            "statement_timeout": f"{int(seconds * 1000)}ms",
            "application_name": f"usher {service}",
        },
    )


async def _afterwards(connection: Any) -> None:
    # asyncpg rolls back what is left open before it calls this. Its own reset would be one more round trip after every
    # use; there is nothing to take back, since locks and settings here are a transaction's, but for the one setting
    # that `enter` looks after.
    await connection.send_wakeups()


def create_app(
    settings: ServiceSettings,
    service: str,
    *,
    pool: Pool | None,
    broker: KafkaBroker | None = None,
    inboxes: Sequence[Inbox[Any]] = (),
    background: Mapping[str, Run] | None = None,
    resources: Sequence[AbstractAsyncContextManager[Any]] = (),
    first: Callable[[], Awaitable[object]] | None = None,
    verifier: TokenVerifier | None = None,
    unlimited_paths: frozenset[str] = frozenset(),
    larger_bodies: Mapping[str, int] = MappingProxyType({}),
    description: str = "",
) -> FastAPI:
    """A service's application; routers are included by the caller.

    inboxes: what the broker's subscribers hand over to, watched for progress. background: tasks by name, run while the
    service runs, started again when they fail. resources: entered before anything starts, left after all has ended
    (HTTP clients…). first: what has to be done with the database before events are read or told and the service is
    ready. unlimited_paths: routes that count their streamed body themselves; larger_bodies: the bytes of a
    body on paths that end so. Sets `app.state.verifier`, `app.state.standing` and `app.state.permissions` (for
    shared.http.auth; a service that knows people puts its own there), `app.state.pool`, and `app.state.health` where
    the settings have a port for it.
    """
    configure_tracing(service)
    connections = Connections(pool, broker, background or {}, inboxes, settings.shutdown_grace, first)
    tokens = verifier or TokenVerifier(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with AsyncExitStack() as stack:
            stack.push_async_callback(tokens.keys.aclose)
            for resource in resources:
                await stack.enter_async_context(resource)
            stack.push_async_callback(connections.close)
            await connections.open(_PATIENCE)
            yield

    app = FastAPI(
        title=f"Usher {service}",
        version="1",
        description=description,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        telemetry=FRAMEWORKS_OWN,
    )
    app.state.verifier, app.state.pool, app.state.connections = tokens, pool, connections
    app.state.standing = NobodyKnown()
    app.state.permissions = TokenPermissions()
    error_handlers.install(app)
    docs.install(app)
    app.add_middleware(HeadMiddleware)
    app.add_middleware(BodyLimitMiddleware, unlimited=unlimited_paths, larger=larger_bodies)
    app.add_middleware(error_handlers.UnexpectedErrorMiddleware)
    app.add_middleware(TenancyMiddleware)
    app.add_middleware(CorrelationMiddleware)
    if isinstance(settings, ServiceKeySettings):
        app.add_middleware(CallersMiddleware, seal=CallerSeal(settings.service_keys))
    app.add_middleware(AnswerHeaders, production=settings.production)
    health = Health(connections)
    told = {"/livez": health.livez, "/readyz": health.readyz, "/metrics": metrics_endpoint}
    if settings.health_port is None:
        for path, endpoint in told.items():
            app.add_route(path, endpoint, include_in_schema=False)
    else:
        app.state.health = Starlette(
            routes=[Route(path, endpoint) for path, endpoint in told.items()],
            middleware=[Middleware(AnswerHeaders, production=settings.production)],
        )
    return app
