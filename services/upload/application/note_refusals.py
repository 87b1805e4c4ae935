"""Keeping what was refused of batches: in a transaction of its own, since that of the command is rolled back."""

from uuid import UUID

from services.upload.application.actors import person
from services.upload.domain.refusals import Refused
from services.upload.domain.refused_attempts.events import MOST_A_DAY, BatchActionRefused
from services.upload.domain.stored_events import Event, refused_attempts_stream
from shared.eventsourcing.bounded_streams import BoundedStreams
from shared.eventsourcing.event_store import EventStore
from shared.eventsourcing.events import Context
from shared.http.auth import Principal


class RefusedAttempts:
    """Keeps refused attempts, as many a company and day as there is room for."""

    def __init__(self, store: EventStore[Event], most_a_day: int = MOST_A_DAY) -> None:
        self._kept = BoundedStreams(store, most_a_day)

    async def note(self, who: Principal, context: Context, batch_id: UUID | str, refused: Refused) -> None:
        """Keeps it. Whatever is in the way of that, the refusal is answered all the same."""
        event = BatchActionRefused(str(batch_id), refused.action, refused.code, refused.state, person(who))
        await self._kept.note(
            refused_attempts_stream(who.company, context.at.date()), UUID(who.company), event, context
        )
