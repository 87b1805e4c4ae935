"""The pages served for a browser, with what stands around them in memory: no stack has to run."""

import asyncio
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn

from tests.unit.upload.web.fake_sessions import tokens
from tests.unit.upload.web.fakes import Web


@contextmanager
def served(web: Web) -> Generator[str]:
    """The address of the pages, for whoever carries the cookie of the session named "session"."""
    web.sessions.kept.setdefault("session", tokens())
    server = uvicorn.Server(uvicorn.Config(web.app(), port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
