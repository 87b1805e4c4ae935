"""Keeps the lines of what happened, behind the log."""

from collections.abc import Sequence
from dataclasses import fields
from operator import attrgetter

from services.licensing.domain.stored_events import Event
from services.licensing.read_models.activity.lines import Line, lines
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection


class ActivityProjection:
    """The table ``activity``. What it knows already it takes for nothing."""

    name = "activity"
    tables = ("activity",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """Takes the events in, in the order of the log."""
        if found := lines(events):
            await conn.execute(_TELL, *(list(column) for column in zip(*map(_COLUMNS, found), strict=True)))


_COLUMNS = attrgetter(*(field.name for field in fields(Line)))

# A command may go on in the next portion, in the same order: what is told of it is added to its line, once.
_TELL = """
INSERT INTO activity (id, company_id, at, what, who, user_id, count, batch_id, origin, stream, version, position)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::uuid[], $6::uuid[], $7::int[],
                     $8::uuid[], $9::text[], $10::text[], $11::int[], $12::bigint[])
ON CONFLICT (id) DO UPDATE SET count = activity.count + excluded.count, user_id = NULL, position = excluded.position
WHERE activity.position < excluded.position
"""
