"""The process around an application: logging, uvicorn on uvloop, and an end that lets go in order."""

import asyncio
import gc
import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI

from shared import crash_points
from shared.observability import configure_logging, configure_tracing
from shared.privileges import keep_to_oneself
from shared.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)

_OBJECTS = 20_000
"""New objects after which the collector looks at these: some 500 events in whatever shape."""


def run(build: Callable[[S], FastAPI], settings: S, service: str) -> None:
    """Serve until SIGTERM or SIGINT; then stop taking requests, finish what runs, and end. A failed start ends the
    process with another status than 0.

    build: the composition root, called once inside the event loop.
    """
    keep_to_oneself()
    configure_logging(service, json_lines=settings.production, level=settings.log_level)
    configure_tracing(service)
    crash_points.listen(settings.crash_points, service)
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
        await server.serve()
    except asyncio.CancelledError:
        return False
    return server.started


def collect_rarely() -> None:
    """What stands when the start is over stays, so the collector need not look at it again; and what a polled batch or
    a chunk of the relay makes is no garbage in circles. By default it looks after each 700 objects more, and took half
    of the time that 500 events take to be read."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_OBJECTS, 20, 20)


def server_config(app: FastAPI, settings: ServiceSettings) -> uvicorn.Config:
    """How the application is served."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="none",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        # uvicorn's own default believes whoever connects from this machine.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_graceful_shutdown=settings.shutdown_grace,
        timeout_keep_alive=65,
    )
