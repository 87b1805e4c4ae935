"""Connections to a service's own Postgres database, and one listener a process for its NOTIFYs."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import asyncpg
import structlog

from shared.core.retry import TRANSIENT
from shared.postgres import row_security
from shared.postgres.hosts import connect_to_any

log = structlog.get_logger(__name__)

_RETRY_SECONDS = 1.0
LOOK_ANYWAY = 10.0
"""Seconds after which whoever waits to be woken by a NOTIFY looks though there was none: one may be lost with the
listener's connection, before it has noticed."""

# A stopped process must not hold a lock for ever, nor a lost network path a connection.
SESSION_SETTINGS = {
    "lock_timeout": "5s",
    "idle_in_transaction_session_timeout": "10s",
    "statement_timeout": "60s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "timezone": "UTC",
}

if TYPE_CHECKING:  # generic in the stubs alone
    from asyncpg.pool import PoolConnectionProxy

    Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]
else:
    Connection = asyncpg.Connection
    Pool = asyncpg.Pool


async def connect(url: str, application: str = "usher") -> Connection:
    """One direct connection, for what works for all companies. Raises OSError or asyncpg.PostgresError where the server
    cannot be reached."""
    settings = {**SESSION_SETTINGS, row_security.SETTING: row_security.EVERYBODY, "application_name": application}
    return await connect_to_any(url, timeout=10, server_settings=settings)


class Listener:
    """One connection a process that hears NOTIFYs. A lost connection is made again, and everybody who waits is woken,
    since what was said meanwhile is not known: a wake-up is a hint to look, never the truth itself."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._callbacks: dict[str, set[Callable[[str], None]]] = defaultdict(set)
        self._connection: Connection | None = None
        self._listening = set[str]()
        """The channels on which the present connection listens."""
        self._using = asyncio.Lock()
        """A connection does one thing at a time, and refuses another meanwhile."""

    async def run(self) -> None:
        """Listens until cancelled."""
        while True:
            try:
                await self._listen()
            except TRANSIENT as error:
                log.warning("listener.lost", error=type(error).__name__)
            await asyncio.sleep(_RETRY_SECONDS)

    async def _listen(self) -> None:
        gone = asyncio.Event()
        connection = await connect(self._url, "usher listener")
        try:
            connection.add_termination_listener(lambda _: gone.set())
            async with self._using:
                self._connection = connection
                for channel in tuple(self._callbacks):
                    await self._listen_on(connection, channel)
            for callbacks in self._callbacks.values():
                for callback in tuple(callbacks):
                    callback("")
            while not gone.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(10):
                        await gone.wait()
                async with self._using:
                    await connection.execute("SELECT 1", timeout=5)
        finally:
            self._connection, self._listening = None, set[str]()
            await _close(connection)

    async def _listen_on(self, connection: Connection, channel: str) -> None:
        try:
            async with asyncio.timeout(5):
                await connection.add_listener(channel, self._heard)
        except TimeoutError:
            connection.terminate()  # it is made again, with all channels
            raise
        self._listening.add(channel)

    def _heard(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        for callback in tuple(self._callbacks[channel]):
            callback(str(payload))

    async def subscribe(self, channel: str, callback: Callable[[str], None]) -> Callable[[], None]:
        """Calls ``callback`` with each payload said on ``channel``, with "" after a reconnection. Returns its end."""
        self._callbacks[channel].add(callback)
        try:
            if channel not in self._listening:
                async with self._using:
                    if self._connection is not None and channel not in self._listening:
                        with suppress(*TRANSIENT):
                            await self._listen_on(self._connection, channel)
        except BaseException:
            self._callbacks[channel].discard(callback)
            raise
        return lambda: self._callbacks[channel].discard(callback)

    @asynccontextmanager
    async def wakeups(self, channel: str) -> AsyncGenerator[asyncio.Event]:
        """An event that is set at every NOTIFY on ``channel``; the waiter clears it before it looks."""
        event = asyncio.Event()
        unsubscribe = await self.subscribe(channel, lambda _: event.set())
        try:
            yield event
        finally:
            unsubscribe()


async def wait_for_wakeup(event: asyncio.Event, seconds: float) -> None:
    """Waits for ``event``, ``seconds`` at most (the slow poll that makes a lost NOTIFY harmless), and clears it."""
    # Not wait_for, which loses a cancellation that comes in the moment of the wake-up, until Python 3.12.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    event.clear()


async def wait_for_either(stopping: asyncio.Event, wakeup: asyncio.Event | None, seconds: float) -> None:
    """As ``wait_for_wakeup``, or until ``stopping`` is set."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stopping, wakeup) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for each in waits:
            each.cancel()
    if wakeup is not None:
        wakeup.clear()


async def _close(connection: Connection) -> None:
    try:
        await connection.close(timeout=2)
    except TRANSIENT:
        connection.terminate()
