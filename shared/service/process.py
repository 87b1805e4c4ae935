"""The process around an application: logging, uvicorn on uvloop, and an end that lets go in order."""

import asyncio
import gc
import resource
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType
from typing import Any, TypeVar, cast

import uvicorn
import uvloop
from fastapi import FastAPI
from starlette.types import ASGIApp

from shared.core import crash_points
from shared.core.settings import ServiceSettings
from shared.core.trusted_proxies import TrustedProxies
from shared.http.server_protocol import Limits, limited
from shared.observability import configure_logging, configure_tracing
from shared.postgres.database import SESSION_SETTINGS
from shared.postgres.direct import NotDirect, refuse_pooler
from shared.sandbox.privileges import keep_to_oneself, refuse_root

S = TypeVar("S", bound=ServiceSettings)

_OBJECTS = 20_000
"""New objects after which the collector looks at these: some 500 events in whatever shape."""
_OWN_DESCRIPTORS = 700
"""For Kafka, Postgres, the object store, other services (500 streams of licensing), files and the sandbox."""
_OF_HEALTH = Limits(connections=50, per_address=0)


def run(build: Callable[[S], FastAPI], settings: S, service: str) -> None:
    """Serve until SIGTERM or SIGINT; then stop taking requests, finish what runs, and end. A failed start ends the
    process with another status than 0; a pooler before the database is said in a sentence, and is one.

    build: the composition root, called once inside the event loop.
    """
    refuse_root(settings.production)
    keep_to_oneself()
    configure_logging(
        service, json_lines=settings.production, level=settings.log_level, secret_paths=settings.secret_paths
    )
    configure_tracing(service)
    crash_points.listen(settings.crash_points, service)
    try:
        uvloop.run(refuse_pooler(settings.database_url.get_secret_value(), server_settings=SESSION_SETTINGS))
    except NotDirect as error:
        print(f"USHER_DATABASE_URL: {error}.", file=sys.stderr)
        sys.exit(2)
    if not uvloop.run(_serve(build, settings)):
        sys.exit(1)


class _Server(uvicorn.Server):
    """Ends with status 0 when told to end: uvicorn's own raises the signal again when it has finished."""

    def __init__(self, app: FastAPI, settings: ServiceSettings) -> None:
        super().__init__(server_config(app, settings))
        self._told: Callable[[], None] = app.state.connections.told_to_stop

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """The first signal: from here on the grace is counted."""
        self._told()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sign, self.handle_exit, sign, None)
        yield


async def _serve(build: Callable[[S], FastAPI], settings: S) -> bool:
    app = build(settings)
    collect_rarely()
    server = _Server(app, settings)
    try:
        async with _beside(app, settings):
            await server.serve()
    except asyncio.CancelledError:
        return False
    return server.started


@asynccontextmanager
async def _beside(app: FastAPI, settings: ServiceSettings) -> AsyncGenerator[None]:
    """Health and metrics on a port of their own, where there is one: from before the start until after the end."""
    if settings.health_port is None:
        yield
        return
    server = _Beside(health_config(app, settings))
    task = asyncio.create_task(server.serve(), name="health")
    try:
        yield
    finally:
        server.should_exit = server.force_exit = True
        await task


class _Beside(uvicorn.Server):
    """One that leaves the signals to the service's own."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def collect_rarely() -> None:
    """What stands when the start is over stays, so the collector need not look at it again; and what a polled batch or
    a chunk of the relay makes is no garbage in circles. By default it looks after each 700 objects more, and took half
    of the time that 500 events take to be read."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 20)


def server_config(app: FastAPI, settings: ServiceSettings, limits: Limits | None = None) -> uvicorn.Config:
    """How the application is served. limits: of its connections, by default those of the settings."""
    proxies = TrustedProxies.of(settings.trusted_proxies)
    kept = limits or Limits(
        connections=min(settings.connections, room_for_connections(settings.connections)),
        per_address=settings.connections_per_address,
    )
    return _config(proxies.before(app), settings, settings.port, kept, proxies)


def health_config(app: FastAPI, settings: ServiceSettings) -> uvicorn.Config:
    """How its health and metrics are served on a port of their own, to the few who look after it."""
    config = _config(app.state.health, settings, settings.health_port or 0, _OF_HEALTH, TrustedProxies.of(""))
    config.lifespan = "off"
    return config


def _config(
    app: ASGIApp, settings: ServiceSettings, port: int, limits: Limits, proxies: TrustedProxies
) -> uvicorn.Config:
    return uvicorn.Config(
        cast("Any", app),
        host=settings.host,
        port=port,
        loop="none",
        http=cast("Any", limited(limits, proxies)),
        # Another protocol would have none of the limits, and nothing here speaks it.
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        # Of itself it believes whoever connects from this machine; `before` has seen to it.
        proxy_headers=False,
        timeout_graceful_shutdown=settings.shutdown_grace,
        timeout_keep_alive=limits.idle_seconds,
    )


def room_for_connections(wanted: int) -> int:
    """How many connections this process has descriptors for, beside those that it needs itself, once it has taken as
    many as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + _OWN_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, soft - _OWN_DESCRIPTORS)
