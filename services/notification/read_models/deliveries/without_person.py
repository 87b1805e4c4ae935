"""Deliveries without a person: what is still to be sent says of them what their events say by now, and so does what was
sent and is kept for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from asyncpg import Record

from services.notification.read_models.deliveries import queue
from shared.core.crash_points import reached
from shared.erasure.documents import erase_in
from shared.erasure.known import Known, known_in
from shared.erasure.person import ERASED, Person
from shared.postgres.database import Connection, Pool

PORTION = 500
LONGEST_ATTEMPT = 15.0
"""Seconds after which an attempt that was under way is recorded. What was answered may repeat what was sent."""
_Key = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Deliveries:
    """The place: deliveries of all webhooks, the platform's among them, whose rows have no company."""

    name: str = "webhook_deliveries"
    longest_attempt: float = LONGEST_ATTEMPT

    async def erase(self, pool: Pool, person: Person) -> int:
        """Looks through all of them; and once more where some could be under way, when those are recorded."""
        count, waiting = await self._pass(pool, person)
        if waiting:
            await asyncio.sleep(self.longest_attempt)
            await self._pass(pool, person)
        return count

    async def known(self, pool: Pool, person: Person) -> AsyncIterator[Known]:
        """What is sent of the person, and to which webhook."""
        async for rows in _pages(pool, person):
            for row in rows:
                if said := known_in(orjson.loads(row["body"]), person):
                    id_ = f"{row['webhook_id']}:{row['event_id']}"
                    yield Known(self.name, id_, {**said, "state": row["state"]}, row["type"], row["recorded_at"])

    async def _pass(self, pool: Pool, person: Person) -> tuple[int, bool]:
        count, waiting = 0, False
        async for rows in _pages(pool, person):
            found = [(row["webhook_id"], row["event_id"]) for row in rows if person.is_in(_texts(row))]
            if found:
                async with pool.acquire() as conn, conn.transaction():
                    changed = await _change(conn, person, found)
                count, waiting = count + len(changed), waiting or "waiting" in changed
                reached("erasure.changed")
        return count, waiting


async def _pages(pool: Pool, person: Person) -> AsyncIterator[Sequence[Record]]:
    last: _Key = (UUID(int=0), UUID(int=0))
    while True:
        async with pool.acquire() as conn:
            rows = await conn.fetch(_PAGE, *last, PORTION, person.company, person.erased_at)
        if not rows:
            return
        yield rows
        last = (rows[-1]["webhook_id"], rows[-1]["event_id"])
        await asyncio.sleep(0)  # whoever else has work in this process


async def _change(conn: Connection, person: Person, found: Sequence[_Key]) -> list[str]:
    """The states of those that were changed."""
    await queue.hold(conn, {webhook for webhook, _ in found})
    changed: list[str] = []
    for row in await conn.fetch(_LOCK, [each[0] for each in found], [each[1] for each in found]):
        without = erase_in(before := orjson.loads(row["body"]), person)
        about_them = bool(known_in(before, person))
        others = [_without(row[column], person, whole=about_them) for column in ("answer", "error")]
        if without == before and others == [row["answer"], row["error"]]:
            continue
        body = row["body"] if without == before else orjson.dumps(without).decode()
        await conn.execute(_REWRITE, row["webhook_id"], row["event_id"], body, *others)
        changed.append(row["state"])
    return changed


def _without(text: str | None, person: Person, *, whole: bool) -> str | None:
    """What was answered: to what was about the person it may be anything of theirs."""
    if not text:
        return text
    return ERASED if whole else person.without_address(text)


def _texts(row: Record) -> str:
    return f"{row['body']} {row['answer']} {row['error']}"


_PAGE = """
SELECT webhook_id, event_id, type, state, recorded_at, body, answer, error FROM webhook_deliveries
WHERE (webhook_id, event_id) > ($1, $2) AND recorded_at < $5
  AND ($4::uuid IS NULL OR company_id = $4 OR (company_id IS NULL AND body::json ->> 'companyid' = $4::text))
ORDER BY webhook_id, event_id LIMIT $3
"""
_LOCK = """
SELECT webhook_id, event_id, state, body, answer, error
FROM webhook_deliveries JOIN unnest($1::uuid[], $2::uuid[]) AS found (webhook_id, event_id) USING (webhook_id, event_id)
ORDER BY webhook_id, place FOR UPDATE OF webhook_deliveries
"""
_REWRITE = """
UPDATE webhook_deliveries SET body = $3, answer = $4, error = $5 WHERE webhook_id = $1 AND event_id = $2
"""
