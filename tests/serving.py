"""An application at an address of its own: for what only real connections show."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.types import ASGIApp

from shared.http.sse import CHANNEL
from shared.postgres.database import Listener
from tests.patience import PATIENCE


class Heard(Listener):
    """Hears what a test says of readers, and no database."""

    def __init__(self) -> None:
        super().__init__("")

    def say(self, about: str) -> None:
        """Somebody may perhaps read no longer."""
        self._heard(None, 0, CHANNEL, about)


@asynccontextmanager
async def served(app: ASGIApp) -> AsyncGenerator[str]:
    """Serves it as the services are served; where it is."""
    config = uvicorn.Config(app, port=0, log_config=None, http="httptools", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    try:
        await eventually(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        # Also of a test that failed: a server that is cut off would leave its signal handlers to the tests after it.
        server.should_exit = True
        await serving


async def eventually(look: Callable[[], object]) -> None:
    """Returns when `look` finds something."""
    async with asyncio.timeout(PATIENCE):
        while not look():  # noqa: ASYNC110 what it looks at tells nobody
            await asyncio.sleep(0.02)
