"""The process around an application: logging, uvicorn on uvloop, and an end that lets go in order."""

import asyncio
import sys
from collections.abc import Callable
from typing import TypeVar

import uvicorn
import uvloop
from fastapi import FastAPI

from shared.observability import configure_logging, configure_tracing
from shared.settings import ServiceSettings

S = TypeVar("S", bound=ServiceSettings)


def run(build: Callable[[S], FastAPI], settings: S, service: str) -> None:
    """Serve until SIGTERM or SIGINT; then stop taking requests, finish what runs, and end. Exits 1 on a failed start.

    build: the composition root, called once inside the event loop.
    """
    configure_logging(service, json_lines=settings.production, level=settings.log_level)
    configure_tracing(service)
    if not uvloop.run(_serve(build, settings)):
        sys.exit(1)


async def _serve(build: Callable[[S], FastAPI], settings: S) -> bool:
    config = uvicorn.Config(
        build(settings),
        host=settings.host,
        port=settings.port,
        loop="none",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=settings.shutdown_grace,
        timeout_keep_alive=65,
    )
    server = uvicorn.Server(config)
    try:
        await server.serve()
    except asyncio.CancelledError:
        return False
    return server.started
