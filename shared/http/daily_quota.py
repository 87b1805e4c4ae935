"""A daily quota: so many different things may be told to a company in a day (UTC) and no more, by all replicas
together.

What was told is kept, as a hash, until the day is over: to tell it again costs nothing, since it is nothing new.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be told. told: what was today already, of the things that were asked about. more: how many others
    may be."""

    told: frozenset[str]
    more: int


class DailyQuota:
    """The quota: `most` different things a day for each company, kept in the table `told_in_a_day`."""

    def __init__(self, pool: Pool, most: int) -> None:
        self.most = most
        self._pool = pool

    async def left(self, company_id: UUID, about: Collection[str] = ()) -> Left:
        """What may still be told today, of these things and of others."""
        hashes = {_hash(each): each for each in about}
        today = datetime.now(UTC).date()
        rows = await self._pool.fetch(_TOLD, company_id, today, list(hashes))
        spent = await self._pool.fetchval(_SPENT, company_id, today)
        return Left(frozenset(hashes[row["about"]] for row in rows), max(0, self.most - spent))

    async def spend(self, company_id: UUID, about: Collection[str]) -> frozenset[str]:
        """Counts what is about to be told. Returns those that may be: the ones of today, and as many more as are left,
        in their order."""
        today, asked = datetime.now(UTC).date(), sorted(about)
        if not asked:
            return frozenset()
        async with self._pool.acquire() as conn, conn.transaction():
            # One at a time, so that two who count at once don't both take the last of it.
            await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('told' || $1, 0))", str(company_id))
            await conn.execute("DELETE FROM told_in_a_day WHERE company_id = $1 AND day < $2", company_id, today)
            hashes = [_hash(each) for each in asked]
            told = {row["about"] for row in await conn.fetch(_TOLD, company_id, today, hashes)}
            left = max(0, self.most - await conn.fetchval(_SPENT, company_id, today))
            new = [each for each in hashes if each not in told][:left]
            await conn.execute(_TELL, company_id, today, new)
        may = told | set(new)
        return frozenset(each for each, digest in zip(asked, hashes, strict=True) if digest in may)


def seconds_left_today() -> int:
    """Until there is a new budget."""
    now = datetime.now(UTC)
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), UTC)
    return int((tomorrow - now).total_seconds()) + 1


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


_TOLD = "SELECT about FROM told_in_a_day WHERE company_id = $1 AND day = $2 AND about = ANY ($3::bytea[])"
_SPENT = "SELECT count(*) FROM told_in_a_day WHERE company_id = $1 AND day = $2"
_TELL = """
INSERT INTO told_in_a_day (company_id, day, about) SELECT $1, $2, about FROM unnest($3::bytea[]) AS about
ON CONFLICT DO NOTHING
"""
