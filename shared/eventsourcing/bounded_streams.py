"""Streams whose length is their limit: what is noted there is kept for ever, and never more than so much of it."""

from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

import structlog

from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.postgres import row_security

log = structlog.stdlib.get_logger(__name__)
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class BoundedStreams(Generic[E]):
    """Notes facts in a transaction of their own, as many of a stream as there is room for."""

    store: EventStore[E]
    most: int

    async def note(self, stream: str, company_id: UUID, event: E, context: Context) -> None:
        """Keeps it where there is room. Whatever is in the way of that, the caller goes on."""

        async def append(tx: Transaction[E]) -> None:
            version: int = await tx.conn.fetchval(_VERSION, stream)
            if version < self.most:
                await tx.append(stream, version, [event], context)

        try:
            with row_security.within(company_id):
                await self.store.run(append)
        except Exception as error:
            log.warning("not_noted", event_type=type(event).__name__, error=type(error).__name__)


_VERSION = "SELECT coalesce(max(version), 0) FROM events WHERE stream = $1"
