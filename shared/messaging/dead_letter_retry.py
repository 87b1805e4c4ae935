"""Retries of dead letters, by the service that has the handlers: first the dead letter, then what is parked, in order.

Every step is a transaction of its own that holds the (consumer, stream): what arrives meanwhile queues behind, and
what arrives after the last step finds nothing to wait for.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
import structlog

from shared.eventsourcing.event_store import Transaction
from shared.messaging import dead_letters
from shared.messaging.consumed_record import said
from shared.messaging.inbox import Inbox, apply_one
from shared.postgres.database import LOOK_ANYWAY, Listener, Pool, wait_for_wakeup

log = structlog.stdlib.get_logger(__name__)


class DeadLetterRetry:
    """The background task of one service; runs in every replica, since each step takes its lock."""

    def __init__(self, pool: Pool, inboxes: Sequence[Inbox[Any]], listener: Listener) -> None:
        self._pool = pool
        self._inboxes = {inbox.consumer: inbox for inbox in inboxes}
        self._listener = listener

    async def run(self) -> None:
        """Does what is asked for, and measures, until cancelled."""
        async with self._listener.wakeups(dead_letters.CHANNEL) as asked:
            while True:
                await self.once()
                await wait_for_wakeup(asked, LOOK_ANYWAY)

    async def once(self) -> None:
        """Drain every stream for which a retry was asked."""
        async with self._pool.acquire() as conn:
            rows = await conn.fetch(_ASKED, list(self._inboxes))
            await dead_letters.measure(conn, self._inboxes)
        for row in rows:
            try:
                await self._drain(self._inboxes[row["consumer"]], row["id"], row["stream"])
            except Exception as error:
                # What passes by itself: it is asked for still, and comes round with the next poll.
                log.warning("retry_postponed", dead_letter=row["id"], error=said(error))

    async def _drain(self, inbox: Inbox[Any], id_: int, stream: str | None) -> None:
        if stream is None:
            await inbox.store.run(lambda tx: self._step(tx, inbox, id_, None))
            return
        while (await inbox.store.run(lambda tx: self._step(tx, inbox, id_, stream))).result:
            pass

    async def _step(self, tx: Transaction[Any], inbox: Inbox[Any], id_: int, stream: str | None) -> bool:
        """Apply the first of the stream. True where there may be another one to apply."""
        if stream is None:
            row = await tx.conn.fetchrow("SELECT * FROM dead_letter WHERE id = $1 FOR UPDATE", id_)
        else:
            await dead_letters.lock(tx.conn, inbox.consumer, stream)
            row = await tx.conn.fetchrow(_FIRST, inbox.consumer, stream)
        if row is None:
            return False
        error = await self._apply(tx, inbox, row)
        if error is None:
            await tx.conn.execute("DELETE FROM dead_letter WHERE id = $1", row["id"])
            return stream is not None
        await tx.conn.execute(_FAILED_AGAIN, row["id"], error)
        return False

    async def _apply(self, tx: Transaction[Any], inbox: Inbox[Any], row: asyncpg.Record) -> str | None:
        arrival = inbox.read(dead_letters.record_of(row))
        if arrival is None:
            # The type is not read any more.
            return None
        if arrival.error is not None:
            return arrival.error
        if row["stream"] is None and not await inbox.claim_late(tx.conn, arrival):
            return None
        return await apply_one(tx, inbox.subscription, arrival, give_up=True)


_ASKED = "SELECT id, consumer, stream FROM dead_letter WHERE consumer = ANY($1) AND retry_at IS NOT NULL ORDER BY id"

_FIRST = "SELECT * FROM dead_letter WHERE consumer = $1 AND stream = $2 ORDER BY id LIMIT 1 FOR UPDATE"

_FAILED_AGAIN = "UPDATE dead_letter SET error = $2, attempts = attempts + 1, retry_at = NULL WHERE id = $1"
