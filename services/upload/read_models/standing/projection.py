"""The table `standing`, fed by what licensing publishes of users."""

from collections.abc import Sequence
from uuid import UUID

from shared.http.sse import CHANNEL
from shared.people.address import compare_form
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake
from usher_contracts import USER_EVENTS, UserEvent

EVENTS = tuple(event for event in USER_EVENTS if event.gives_access is not None)
"""Those by which somebody loses access to their company, or has it again."""


async def apply(conn: Connection, moves: Sequence[tuple[int, UserEvent]]) -> None:
    """Keeps the newest of each user, by the owner's sequence: what comes again, or late, changes nothing. Whoever
    streams something to that company looks again whether they may."""
    newest = {event.user_id: (sequence, event) for sequence, event in sorted(moves, key=lambda move: move[0])}
    if not newest:
        return
    rows = [
        (user_id, event.company_id, compare_form(event.email), not event.gives_access, sequence)
        for user_id, (sequence, event) in newest.items()
    ]
    await conn.execute(_KEEP, *(list(column) for column in zip(*rows, strict=True)))
    await wake(conn, CHANNEL, {str(UUID(event.company_id)) for _, event in newest.values()})


_KEEP = """
INSERT INTO standing (user_id, company_id, email_key, inactive, sequence)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[], $5::bigint[])
ON CONFLICT (user_id) DO UPDATE
SET company_id = excluded.company_id, email_key = excluded.email_key, inactive = excluded.inactive,
    sequence = excluded.sequence
WHERE standing.sequence < excluded.sequence
"""
