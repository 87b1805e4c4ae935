"""The event log of a service in its own Postgres: append, load, read in order.

A reader that goes by position must never see a later event before an earlier one. Without a lock a reader lost 215 of
7,200 events, and ordering by transaction id put some of a stream in the wrong order (docs/decisions/0001). So positions
are given under one advisory lock, which is taken last of all: its time is that of one small row, whatever was appended.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable
from uuid import UUID

import asyncpg
import structlog

from shared.core.crash_points import reached
from shared.core.ids import new_uuid7
from shared.core.retry import Backoff
from shared.eventsourcing.decider import Decider
from shared.eventsourcing.events import Context, EventTypes, Outgoing, Recorded
from shared.eventsourcing.unit_of_work import Append, UnitOfWork
from shared.postgres.database import Connection, Pool
from shared.postgres.wakeups import wake

log = structlog.get_logger(__name__)

E = TypeVar("E")
S = TypeVar("S")
C = TypeVar("C")
K = TypeVar("K")
T = TypeVar("T")

APPENDED = "events_appended"
"""The channel on which a commit wakes the relay and whoever else follows the log."""
APPEND_LOCK = 0x05E12
"""Key of the advisory lock under which positions are given."""
LARGEST_MESSAGE = 250 * 1024
"""Bytes of a contract message's data; docs/subscribers.md promises 256 KiB with key and headers."""
MEASURED_FROM = LARGEST_MESSAGE // 8
"""Characters of a stored event from which its messages are measured: they say what it says, in other words, and none
is many times its size."""
ATTEMPTS = 8
_BACKOFF = Backoff(first=0.04, cap=5.0, jitter=1.0)
_RETRIED = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)
_CHUNK = 5_000

Publish = Callable[[Recorded[E]], Sequence[Outgoing]]


class VersionConflict(Exception):
    """Somebody else appended to the stream after it was loaded. The work is done again on what is there now."""


class MessageTooLarge(Exception):
    """A contract message would be larger than docs/subscribers.md promises; refused before the commit, never met by the
    relay."""


class Projection(Protocol[E]):
    """A read model kept in the transaction of the events. Its SQL names tables without a schema, so that a rebuild can
    run the same code beside the live tables."""

    @property
    def name(self) -> str: ...
    @property
    def tables(self) -> Sequence[str]: ...
    async def apply(self, conn: Connection, events: Sequence[Recorded[E]]) -> None: ...


@runtime_checkable
class CarriesOver(Protocol):
    """A projection whose rows say something beside the events, such as who works on them at the moment."""

    async def carry_over(self, conn: Connection) -> None:
        """Puts that into copies of the tables, just filled from the log, which hide those in `public`."""
        ...


@dataclass(frozen=True, slots=True)
class Executed(Generic[S, K]):
    """What a command came to: the events it gave, and the state after them."""

    events: Sequence[K]
    state: S


@dataclass(frozen=True, slots=True)
class Committed(Generic[T]):
    """The work's result, and the position of its last event; None where it appended nothing."""

    result: T
    position: int | None


class Transaction(Generic[E]):
    """One database transaction of a service: what is loaded, decided and appended in it is committed together."""

    def __init__(
        self, conn: Connection, types: EventTypes[E], publish: Publish[E], projections: Sequence[Projection[E]]
    ) -> None:
        self.conn = conn
        self._types = types
        self._publish = publish
        self._projections = projections
        self._commit_id: int | None = None
        self._count = 0
        self._afterwards: list[Callable[[], object]] = []

    async def load(self, stream: str, after: int = 0) -> list[Recorded[E]]:
        """A stream's events in their order, those ``after`` that version; empty where there is none."""
        rows = await self.conn.fetch(_LOAD, stream, after)
        return [recorded(row, self._types) for row in rows]

    async def load_many(self, streams: Sequence[str]) -> dict[str, list[Recorded[E]]]:
        """The events of several streams, each in their order."""
        found: dict[str, list[Recorded[E]]] = {stream: [] for stream in streams}
        for row in await self.conn.fetch(_LOAD_MANY, list(streams)):
            found[row["stream"]].append(recorded(row, self._types))
        return found

    async def load_commit(self, stream: str, version: int, start: int, limit: int) -> list[Recorded[E]]:
        """What was committed together with that event of a stream, in order: ``limit`` of these from the one numbered
        ``start`` on, from 0; empty behind the last one, and where there is no such event."""
        rows = await self.conn.fetch(_LOAD_COMMIT, stream, version, start, limit)
        return [recorded(row, self._types) for row in rows]

    async def first_trace(self, stream: str) -> str | None:
        """The `traceparent` that a stream began with; None where there is none."""
        return await self.conn.fetchval("SELECT traceparent FROM events WHERE stream = $1 AND version = 1", stream)

    def afterwards(self, tell: Callable[[], object]) -> None:
        """Calls ``tell`` once this is committed, and not at all where it is rolled back: for what counts and measures,
        never for what must happen."""
        self._afterwards.append(tell)

    def committed(self) -> None:
        """Tells what was to be told."""
        for tell in self._afterwards:
            tell()

    async def lock(self, name: str, *, shared: bool = False) -> None:
        """Holds the advisory lock of that name until the transaction ends, alone or ``shared``."""
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        await self.conn.execute(f"SELECT {function}(hashtextextended($1, 0))", name)

    async def execute(self, decider: Decider[C, S, K], stream: str, command: C, context: Context) -> Executed[S, K]:
        """A unit of work with one command on one stream. Raises what ``decide`` raises, and VersionConflict."""
        work = UnitOfWork(self)
        tracked = await work.load(decider, stream)
        events = tracked.decide(command, context)
        await work.flush()
        return Executed(events, tracked.state)

    async def append(self, stream: str, expected_version: int, events: Sequence[E], context: Context) -> None:
        """Appends to one stream. Raises VersionConflict where it has gone on meanwhile."""
        await self.append_all([Append(stream, expected_version, events, context)])

    async def append_all(self, appends: Sequence[Append[E]]) -> Sequence[Recorded[E]]:
        """Appends to many streams, by few statements however many they are, and updates the inline projections.
        Returns what was stored. Raises VersionConflict, MessageTooLarge."""
        new = [
            Recorded(new_uuid7(), a.stream, a.expected_version + n, event, a.context)
            for a in appends
            for n, event in enumerate(a.events, 1)
        ]
        for start in range(0, len(new), _CHUNK):
            await self._insert(new[start : start + _CHUNK])
        for projection in self._projections if new else ():
            await projection.apply(self.conn, new)
        return new

    async def _insert(self, new: Sequence[Recorded[E]]) -> None:
        # What belongs to a whole batch or request goes over once.
        contexts = {context: n for n, context in enumerate(dict.fromkeys(r.context for r in new), 1)}
        rows: list[tuple[Any, ...]] = []
        for r in new:
            name, data = self._types.dump(r.event)
            if len(data) >= MEASURED_FROM:
                self._measure(r)
            rows.append((r.stream, r.version, r.id, name, data, contexts[r.context]))
        surroundings = [
            (c.company_id, c.correlation_id, c.causation_id, c.traceparent, c.at, c.origin) for c in contexts
        ]
        columns = [list(column) for table in (rows, surroundings) for column in zip(*table, strict=True)]
        try:
            self._commit_id = await self.conn.fetchval(_INSERT, self._commit_id, self._count, *columns)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name == "events_pkey":
                raise VersionConflict(new[0].stream) from error
            raise
        self._count += len(new)

    def _measure(self, r: Recorded[E]) -> None:
        for message in self._publish(r):
            if message.data is not None and len(message.data) > LARGEST_MESSAGE:
                raise MessageTooLarge(f"{message.type} in {r.stream}: {len(message.data)} bytes")

    @asynccontextmanager
    async def savepoint(self) -> AsyncGenerator[None]:
        """What fails inside is rolled back alone: its rows, and the places in the commit that they would have had."""
        before, told = (self._commit_id, self._count), len(self._afterwards)
        try:
            async with self.conn.transaction():
                yield
        except BaseException:
            self._commit_id, self._count = before
            del self._afterwards[told:]
            raise

    async def finish(self) -> int | None:
        """Gives the positions, under the append lock. Nothing may follow but the COMMIT."""
        if self._commit_id is None:
            return None
        first: int = await self.conn.fetchval(_COMMIT, APPEND_LOCK, self._commit_id, self._count)
        await wake(self.conn, APPENDED)
        return first + self._count - 1


class EventStore(Generic[E]):
    """The log of one service. ``publish`` is pure and maps a stored event to its contract messages."""

    def __init__(
        self, pool: Pool, types: EventTypes[E], publish: Publish[E], projections: Sequence[Projection[E]] = ()
    ) -> None:
        self.pool = pool
        self.types = types
        self.publish = publish
        self.projections = tuple(projections)

    async def run(self, work: Callable[[Transaction[E]], Awaitable[T]]) -> Committed[T]:
        """Does ``work`` in one transaction. Where somebody else was quicker, or a lock was not to be had, it is rolled
        back and done again, a bounded number of times; then the last such error is raised."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._once(work)
            except (VersionConflict, *_RETRIED) as error:
                if attempt == ATTEMPTS:
                    raise
                log.info("transaction.again", attempt=attempt, because=type(error).__name__)
                await asyncio.sleep(_BACKOFF.pause(attempt))
        raise AssertionError("unreachable")

    async def _once(self, work: Callable[[Transaction[E]], Awaitable[T]]) -> Committed[T]:
        async with self.pool.acquire() as conn:
            async with conn.transaction():
                transaction = Transaction(conn, self.types, self.publish, self.projections)
                result = await work(transaction)
                position = await transaction.finish()
                if position is not None:
                    reached("store.appended")
            if position is not None:
                reached("store.committed")
            transaction.committed()
            return Committed(result, position)

    async def read(self, conn: Connection, after: int, limit: int) -> list[Recorded[E]]:
        """The next events of the whole log in order, those with a position above ``after``, ``limit`` at most.
        Positions are without gaps, so the page is a range of them and a large commit is never read past its end. Only
        a restore leaves a gap (shared/messaging/restore.py), which is passed over."""
        rows = await conn.fetch(_READ, after, limit)
        if not rows and (gone_on := await conn.fetchval(_BEHIND_GAP, after)):
            rows = await conn.fetch(_READ, gone_on - 1, limit)
        return [recorded(row, self.types) for row in rows]


def recorded(row: asyncpg.Record, types: EventTypes[E]) -> Recorded[E]:
    """A row of COLUMNS and a position as an event."""
    id_, stream, version, type_, data, *surroundings, position = row
    return Recorded(id_, stream, version, types.load(type_, data), _context(*surroundings), position)


@lru_cache(64)
def _context(
    company: UUID | None, correlation: str, causation: str | None, trace: str, at: datetime, origin: str | None
) -> Context:
    """One object for all events of a batch or request, which follow one another."""
    company_id = None if company is None else str(company)
    return Context(correlation, causation, trace, company_id, at.astimezone(UTC), origin)


COLUMNS = (
    "e.id, e.stream, e.version, e.type, e.data, e.company_id, e.correlation_id, e.causation_id, e.traceparent, e.at,"
    " e.origin"
)

_LOAD = f"SELECT {COLUMNS}, NULL::bigint AS position FROM events e WHERE stream = $1 AND version > $2 ORDER BY version"
_LOAD_MANY = (
    f"SELECT {COLUMNS}, NULL::bigint AS position FROM events e WHERE stream = ANY ($1) ORDER BY stream, version"
)
_LOAD_COMMIT = f"""
SELECT {COLUMNS}, NULL::bigint AS position FROM events e
WHERE commit_id = (SELECT commit_id FROM events WHERE stream = $1 AND version = $2) AND index >= $3 AND index < $3 + $4
ORDER BY index
"""

_INSERT = """
WITH this_commit AS MATERIALIZED (SELECT coalesce($1, nextval('commit_ids')) AS id), new AS (
    INSERT INTO events (commit_id, index, stream, version, id, type, data, company_id, correlation_id, causation_id,
                        traceparent, at, origin)
    SELECT (SELECT id FROM this_commit), $2 + e.n - 1, stream, version, id, type, data::json, company_id,
           correlation_id, causation_id, traceparent, at, origin
    FROM unnest($3::text[], $4::int[], $5::uuid[], $6::text[], $7::text[], $8::int[]) WITH ORDINALITY
         AS e (stream, version, id, type, data, context, n)
    JOIN unnest($9::uuid[], $10::text[], $11::text[], $12::text[], $13::timestamptz[], $14::text[]) WITH ORDINALITY
         AS c (company_id, correlation_id, causation_id, traceparent, at, origin, n) ON c.n = e.context
)
SELECT id FROM this_commit
"""

# A function of the database (migrations/0012.positions-without-notify.sql), since the lock must be had before the next
# position is looked up, which would be two statements.
_COMMIT = "SELECT usher_place_commit($1, $2, $3)"

# Laterally and with limits, so that the plan is a range of the index whatever the statistics say: without any, a plain
# join read the whole log for every chunk.
_READ = f"""
SELECT {COLUMNS}, c.first_position + e.index AS position
FROM (
    SELECT first_position, commit_id FROM commits
    WHERE first_position >= coalesce((SELECT max(first_position) FROM commits WHERE first_position <= $1 + 1), 0)
      AND first_position <= $1 + $2
    ORDER BY first_position LIMIT $2 + 1
) c CROSS JOIN LATERAL (
    SELECT * FROM events
    WHERE commit_id = c.commit_id AND index > $1 - c.first_position AND index <= $1 + $2 - c.first_position
    ORDER BY index LIMIT $2
) e
ORDER BY c.first_position, e.index
"""

_BEHIND_GAP = """
SELECT first_position FROM commits c
WHERE first_position > $1 AND EXISTS (SELECT FROM events WHERE commit_id = c.commit_id)
ORDER BY first_position LIMIT 1
"""
