"""Keeps requests for more licenses as the events say, in the transaction that appends them."""

from collections.abc import Sequence

import msgspec

from services.licensing.domain.seat_request.events import SeatsRequestAnswered, SeatsRequested
from services.licensing.domain.stored_events import Event
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection

_json = msgspec.json.Encoder().encode


class SeatRequestsProjection:
    """The inline read model of requests."""

    name = "seat_requests"
    tables = ("seat_requests",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Applies events that follow each other in the log."""
        for recorded in events:
            match recorded.event:
                case SeatsRequested() as asked:
                    wanted = asked.wanted
                    methodologies, by = _json(wanted.methodologies).decode(), _json(asked.by).decode()
                    await conn.execute(
                        _ASKED,
                        asked.request_id,
                        asked.company_id,
                        wanted.licenses,
                        methodologies,
                        asked.note,
                        asked.batch_id,
                        by,
                        recorded.context.at,
                    )
                case SeatsRequestAnswered(request_id, _, answer, _, _, comment):
                    await conn.execute(_ANSWERED, request_id, answer, recorded.context.at, comment)
                case _:
                    pass


_ASKED = """
INSERT INTO seat_requests (request_id, company_id, state, licenses, methodologies, note, batch_id, asked_by, asked_at)
VALUES ($1, $2, 'open', $3, $4::jsonb, $5, $6, $7::jsonb, $8)
"""
_ANSWERED = "UPDATE seat_requests SET state = $2, answered_at = $3, comment = $4 WHERE request_id = $1"
