"""What notification says became of an invitation's mail, and when it reminded of it, as My Team shows it. Not of
licensing's own log: it comes by events of another service, once each through the inbox."""

from collections.abc import Sequence

from shared.messaging.inbox import Received
from shared.postgres.database import Connection
from usher_contracts import InvitationBounced, InvitationFailed, InvitationReminded, InvitationSent

DELIVERIES = (InvitationSent, InvitationFailed, InvitationBounced)
EVENTS = (*DELIVERIES, InvitationReminded)


async def record(conn: Connection, received: Sequence[Received]) -> None:
    """Records the last word on each invitation among these events, and when its person was reminded last."""
    last = {
        r.event.invitation_id: (r.event.invitation_id, r.event.company_id, *_state(r.event), r.time)
        for r in received
        if isinstance(r.event, DELIVERIES)
    }
    if last:
        await conn.execute(_RECORD, *(list(column) for column in zip(*last.values(), strict=True)))
    # An invitation was sent before it is reminded of: its row is there.
    reminded = {r.event.invitation_id: r.event.at for r in received if isinstance(r.event, InvitationReminded)}
    if reminded:
        await conn.execute(_REMIND, list(reminded), list(reminded.values()))


def _state(event: InvitationSent | InvitationFailed | InvitationBounced) -> tuple[str, str | None]:
    if isinstance(event, InvitationBounced):
        return "failed", event.reason
    return "sent" if isinstance(event, InvitationSent) else "failed", event.error


_RECORD = """
INSERT INTO deliveries (invitation_id, company_id, state, error, at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[])
ON CONFLICT (invitation_id) DO UPDATE SET state = excluded.state, error = excluded.error, at = excluded.at
"""
_REMIND = """
UPDATE deliveries d SET reminded_at = t.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS t (invitation_id, at) WHERE d.invitation_id = t.invitation_id
"""
