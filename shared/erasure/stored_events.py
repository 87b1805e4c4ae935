"""The log as a place: an event of which a person was a part stays where it is, with its stream, version, type, time and
ids, and says what it said but for them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

import asyncpg
import orjson

from shared.core.crash_points import reached
from shared.erasure.documents import erase_in, is_about
from shared.erasure.known import Known, known_in
from shared.erasure.person import Person
from shared.erasure.place import not_while_rebuilt
from shared.eventsourcing.events import EventTypes
from shared.postgres.database import Connection, Pool

E = TypeVar("E")

PORTION = 500
"""Events that are looked through at once, and rewritten in one transaction."""


class Rewritten(NamedTuple, Generic[E]):
    """An event as it was stored, and as it is stored now."""

    id: UUID
    stream: str
    version: int
    company_id: UUID | None
    at: datetime
    before: E
    after: E


Afterwards = Callable[[Connection, Person, Sequence[Rewritten[E]]], Awaitable[None]]
"""What a read model has to know of rewritten events, in the transaction that rewrites them."""


@dataclass(frozen=True, slots=True)
class StoredEvents(Generic[E]):
    """The events of a service's log. ``afterwards``: puts right what is kept beside the log and made of these."""

    types: EventTypes[E]
    afterwards: Sequence[Afterwards[E]] = ()
    name: str = "events"

    async def erase(self, pool: Pool, person: Person) -> int:
        """Looks through the whole log, in its order."""
        count = 0
        async for rows in _pages(pool, person):
            found = [
                (row["stream"], row["version"])
                for row in rows
                if row["data"] and person.as_of(row["at"]).is_in(row["data"])
            ]
            if found:
                count += await self._rewrite(pool, person, found)
                reached("erasure.rewritten")
        return count

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """What events say of the person, in the log's order, and all events of who they are as a user."""
        async for rows in _pages(pool, person):
            for row in rows:
                theirs = person.has_id(row["stream"].partition("-")[2])
                if row["data"] and (theirs or person.is_in(row["data"])):
                    said = known_in(document := orjson.loads(row["data"]), person, theirs=theirs)
                    if said or theirs:
                        id_, about = f"{row['stream']}#{row['version']}", theirs or is_about(document, person)
                        yield Known(self.name, id_, said, row["type"], row["at"], about)

    async def _rewrite(self, pool: Pool, person: Person, found: Sequence[tuple[str, int]]) -> int:
        async with pool.acquire() as conn, conn.transaction():
            await not_while_rebuilt(conn)
            rewritten: list[Rewritten[E]] = []
            # Read again under its lock: another erasure may be at the same event.
            for row in await conn.fetch(_LOCK, [each[0] for each in found], [each[1] for each in found]):
                without = erase_in(before := orjson.loads(row["data"]), person.as_of(row["at"]))
                if without != before:
                    data = orjson.dumps(without).decode()
                    await conn.execute(_REWRITE, row["stream"], row["version"], data)
                    rewritten.append(self._pair(row, data))
            for tell in self.afterwards if rewritten else ():
                await tell(conn, person, rewritten)
        return len(rewritten)

    def _pair(self, row: asyncpg.Record, data: str) -> Rewritten[E]:
        """Both readings of it: what could not be read any more must not be committed."""
        before, after = (self.types.load(row["type"], each) for each in (row["data"], data))
        return Rewritten(row["id"], row["stream"], row["version"], row["company_id"], row["at"], before, after)


async def _pages(pool: Pool, person: Person) -> AsyncIterator[Sequence[asyncpg.Record]]:
    place = (0, -1)
    while True:
        async with pool.acquire() as conn:
            rows = await conn.fetch(_PAGE, *place, PORTION, person.company)
        if not rows:
            return
        yield rows
        place = (rows[-1]["commit_id"], rows[-1]["index"])
        await asyncio.sleep(0)  # whoever else has work in this process


_PAGE = """
SELECT commit_id, index, stream, version, type, at,
       CASE WHEN ($4::uuid IS NULL OR company_id = $4) THEN data::text END AS data
FROM (SELECT * FROM events WHERE (commit_id, index) > ($1, $2) ORDER BY commit_id, index LIMIT $3) page
ORDER BY commit_id, index
"""

_LOCK = """
SELECT stream, version, id, type, company_id, at, data::text AS data
FROM events JOIN unnest($1::text[], $2::int[]) AS found (stream, version) USING (stream, version)
ORDER BY stream, version FOR UPDATE OF events
"""

_REWRITE = "UPDATE events SET data = $3::text::json WHERE stream = $1 AND version = $2"
