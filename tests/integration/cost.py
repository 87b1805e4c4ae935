"""What work costs, counted: statements (each a round trip), and rows that they read of the service's tables."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg

from shared.postgres.database import SESSION_SETTINGS, Pool

_CONNECTIONS = 2
# Tables are small here, and Postgres would rather read all of one than look into its index. What is counted is what
# there is no index for.
_BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off"}


@dataclass(frozen=True)
class Cost:
    """Of one piece of work."""

    statements: int
    rows: int


class Meter:
    """Counts what all connections of a pool ask for and are given."""

    def __init__(self, pool: Pool, said: list[str]) -> None:
        self.pool = pool
        self._said = said
        self._before = (0, 0)

    async def start(self) -> None:
        """Counts from here."""
        self._before = (0, await self._rows())
        self._said.clear()

    async def stop(self) -> Cost:
        """Until here."""
        statements = len(self._said)
        return Cost(statements, await self._rows() - self._before[1])

    async def _rows(self) -> int:
        # Each session tells its counts when it is told to, else after a second.
        async with AsyncExitStack() as all_of_them:
            for _ in range(_CONNECTIONS):
                connection = await all_of_them.enter_async_context(self.pool.acquire())
                await connection.execute("SELECT pg_stat_force_next_flush()")
        return await self.pool.fetchval(_READ)


_READ = "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::bigint FROM pg_stat_user_tables"


@asynccontextmanager
async def metered(url: str) -> AsyncGenerator[Meter]:
    """A pool whose work is counted."""
    said: list[str] = []
    async with asyncpg.create_pool(
        url,
        min_size=_CONNECTIONS,
        max_size=_CONNECTIONS,
        server_settings={**SESSION_SETTINGS, **_BY_INDEX},
        init=listening(said.append),
    ) as pool:
        yield Meter(pool, said)


def listening(hear: Callable[[str], None]) -> Any:
    """What a pool does with a new connection, so that each of its statements is heard."""

    def heard(record: Any) -> None:
        hear(record.query)

    async def init(connection: Any) -> None:
        connection.add_query_logger(heard)

    return init


def grows_no_faster(once: Cost, twice: Cost, *, slack: int = 10) -> bool:
    """Whether twice as much took the same statements and read twice as many rows at most; ``slack``: rows that any
    amount of work reads."""
    return 0 < once.statements == twice.statements and twice.rows <= 2 * once.rows + slack
