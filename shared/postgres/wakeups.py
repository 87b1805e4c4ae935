"""Waking whoever waits for a change, by NOTIFY, after the commit and not in it.

PostgreSQL lets one transaction at a time commit with a NOTIFY, in the whole server (PreCommit_Notify takes a lock of
the cluster, which is held until the commit is on disk). So a NOTIFY in the transaction of a change makes all services
of a server wait for one another's disk: 16 connections to four databases committed 270 times a second with it, and 900
without (docs/decisions/0067). A transaction that only notifies writes nothing, and waits for no disk.

A wake-up is a hint to look. One is lost where a process dies between the two; whoever waits looks anyway, a little
later (`database.LOOK_ANYWAY`). One too many, after what was rolled back, harms nobody.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import asyncpg
import structlog

from shared.core.retry import TRANSIENT

log = structlog.get_logger(__name__)

if TYPE_CHECKING:  # generic in the stubs alone
    _Connection = asyncpg.Connection[asyncpg.Record]
else:
    _Connection = asyncpg.Connection


class WakingConnection(_Connection):
    """A pool's connection that remembers whom to wake until it is given back."""

    __slots__ = ("_wakeups",)

    def wake_afterwards(self, channel: str, payloads: Iterable[str]) -> None:
        """Notes wake-ups for when the work on this connection is done, each once."""
        if not hasattr(self, "_wakeups"):
            self._wakeups = dict[tuple[str, str], None]()
        self._wakeups.update(dict.fromkeys((channel, payload) for payload in payloads))

    async def send_wakeups(self) -> None:
        """Sends what is noted. Where that fails for a moment, those who wait find out by themselves."""
        noted = getattr(self, "_wakeups", None)
        if not noted:
            return
        self._wakeups = dict[tuple[str, str], None]()
        try:
            await _send(self, noted)
        except TRANSIENT as error:
            log.warning("wakeups.lost", error=type(error).__name__)
            self.terminate()  # its pool makes another one


async def wake(connection: Any, channel: str, payloads: Iterable[str] = ("",)) -> None:
    """Wakes who listens on the channel, once for each payload: when a pool's connection is given back, which is after
    the transaction; on any other connection now, so with its transaction where it is in one."""
    later = getattr(connection, "wake_afterwards", None)
    if later is not None:
        later(channel, payloads)
    else:
        await _send(connection, dict.fromkeys((channel, payload) for payload in payloads))


async def _send(connection: Any, wakeups: Iterable[tuple[str, str]]) -> None:
    if told := list(wakeups):
        await connection.execute(_NOTIFY, [channel for channel, _ in told], [payload for _, payload in told])


_NOTIFY = "SELECT pg_notify(channel, payload) FROM unnest($1::text[], $2::text[]) AS told (channel, payload)"
