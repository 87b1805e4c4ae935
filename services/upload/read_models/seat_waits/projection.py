"""The table `seat_waits`: a row for each wait that is not over."""

from collections.abc import Sequence

from services.upload.domain.seat_wait.events import SeatsAwaited, SeatsWaitEnded, WaitingBatchJudged
from services.upload.domain.stored_events import Event, request_id_of
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection


class SeatWaitsProjection:
    """Kept in the transaction of the events."""

    name = "seat_waits"
    tables = ("seat_waits",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Applies events that follow each other in the log."""
        for recorded in events:
            match recorded.event:
                case SeatsAwaited(request_id, batch_id):
                    await conn.execute(_BEGUN, request_id, recorded.context.company_id, batch_id)
                case WaitingBatchJudged() | SeatsWaitEnded():
                    ended = request_id_of(recorded.stream)
                    await conn.execute("DELETE FROM seat_waits WHERE request_id = $1::uuid", ended)
                case _:
                    pass


_BEGUN = "INSERT INTO seat_waits (request_id, company_id, batch_id) VALUES ($1::uuid, $2::uuid, $3::uuid)"
