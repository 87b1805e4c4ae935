"""PostgreSQL's servers of a stack: the one that takes writes, its standby, and what happens when it is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import asyncpg

from deploy.devstack.options import Options
from deploy.devstack.postgres import Postgres
from deploy.operate.errors import CommandError

SETTINGS: Final = {"wal_keep_size": "512MB"}
"""Of servers that have a standby: how far it may be behind and still catch up."""

Start = Callable[[Postgres, Callable[[], Awaitable[bool]]], Awaitable[None]]
"""Starts a server as a part of the stack, and returns when it takes connections. When its process has ended, what it
is given with it says whether that is seen to; else the process is started again."""


def servers(options: Options) -> list[Postgres]:
    """Those of a stack."""
    nodes = options.postgres_nodes()
    settings = SETTINGS if options.standbys else {}
    return [Postgres(options.data, options.ports, settings, nodes, node.number) for node in nodes]


class Replication:
    """Starts the servers. The loss of the primary's process is taken for the loss of its machine: the standby takes
    over, what stood on the primary's disk is never started again, and a new standby is made in its place. Nothing is
    lost by that where commits are synchronous."""

    def __init__(self, servers: list[Postgres], start: Start, say: Callable[[str], None], *, synchronous: bool) -> None:
        self.primary = next((one for one in servers if one.is_made and not one.follows), servers[0])
        self._others = [one for one in servers if one is not self.primary]
        self._start = start
        self._say = say
        self._synchronous = synchronous
        self._attached = False

    async def start(self) -> None:
        """The primary, then its standby, which is made where there is none. Raises CommandError."""
        await self._start(self.primary, partial(self._ended, self.primary))
        for standby in self._others:
            await self._attach(standby, anew=not standby.follows)

    async def _attach(self, standby: Postgres, *, anew: bool) -> None:
        if anew:
            await asyncio.to_thread(standby.copy_from, self.primary)
        await self._start(standby, partial(self._ended, standby))
        if self._synchronous:
            await _execute(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '*'", _RELOAD)
        self._attached = True

    async def _ended(self, server: Postgres) -> bool:
        if server is not self.primary or not self._attached:
            return False
        self._attached = False
        (standby,) = self._others
        # Which waits for no standby: there is none yet.
        await _execute(standby, "SELECT pg_promote()", "ALTER SYSTEM RESET synchronous_standby_names", _RELOAD)
        self.primary, self._others = standby, [server]
        self._say(f"{standby.node.name} has taken over from {server.node.name}, which is made anew as its standby")
        try:
            await self._attach(server, anew=True)
        except CommandError as error:
            self._say(f"there is no standby now: {error}")
        return True


_RELOAD: Final = "SELECT pg_reload_conf()"


async def _execute(server: Postgres, *statements: str) -> None:
    connection = await asyncpg.connect(server.own_url, timeout=10)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
