"""Keeping what was refused: in a transaction of its own, since that of the command is rolled back."""

from uuid import UUID

from services.licensing.domain.refused_attempts.events import MOST_A_DAY, AttemptRefused
from services.licensing.domain.stored_events import Event, refused_attempts_stream
from shared.eventsourcing.bounded_streams import BoundedStreams
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context


class RefusedAttempts:
    """Keeps refused attempts, as many a company, day and way of asking as there is room for."""

    def __init__(self, store: EventStore[Event], most_a_day: int = MOST_A_DAY) -> None:
        self._kept = BoundedStreams(store, most_a_day)

    async def note(self, company_id: UUID, context: Context, attempt: AttemptRefused) -> None:
        """Keeps it. Whatever is in the way of that, the refusal is answered all the same."""
        stream = refused_attempts_stream(company_id, context.at.date(), context.origin)
        await self._kept.note(stream, company_id, attempt, context)
