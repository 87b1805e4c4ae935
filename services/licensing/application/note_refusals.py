"""Keeping what was refused: in a transaction of its own, since that of the command is rolled back."""

from dataclasses import dataclass
from uuid import UUID

import structlog

from services.licensing.domain.refused_attempts.events import MOST_A_DAY, AttemptRefused
from services.licensing.domain.stored_events import Event, refused_attempts_stream
from shared.eventsourcing.event_store import EventStore, Transaction
from shared.eventsourcing.events import Context
from shared.postgres import row_security

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RefusedAttempts:
    """Keeps refused attempts, as many a company, day and way of asking as there is room for."""

    store: EventStore[Event]
    most_a_day: int = MOST_A_DAY

    async def note(self, company_id: UUID, context: Context, attempt: AttemptRefused) -> None:
        """Keeps it. Whatever is in the way of that, the refusal is answered all the same."""
        stream = refused_attempts_stream(company_id, context.at.date(), context.origin)

        async def append(tx: Transaction[Event]) -> None:
            version: int = await tx.conn.fetchval(_VERSION, stream)
            if version < self.most_a_day:
                await tx.append(stream, version, [attempt], context)

        try:
            with row_security.within(company_id):
                await self.store.run(append)
        except Exception as error:
            log.warning("refusal_not_kept", error=type(error).__name__)


_VERSION = "SELECT coalesce(max(version), 0) FROM events WHERE stream = $1"
