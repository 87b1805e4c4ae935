"""What addresses were sent of late, over all companies: every link that was issued, by the address that it went to."""

from collections.abc import Iterable
from datetime import datetime

from services.licensing.domain.user.invitation_limits import AddressLimit, RecentInvitations
from shared.postgres.database import Connection


async def recent_invitations(
    conn: Connection, keys: Iterable[str], limit: AddressLimit, at: datetime
) -> dict[str, RecentInvitations]:
    """What each of the addresses (in compared form) was sent so far."""
    wanted = list(keys)
    rows = await conn.fetch(_SENT, wanted, limit.since(at))
    found = {row["email_key"]: RecentInvitations(limit, tuple(row["sent"]), row["again"]) for row in rows}
    return {key: found.get(key, RecentInvitations(limit)) for key in wanted}


_SENT = """
SELECT email_key, array_agg(issued_at ORDER BY issued_at) AS sent, max(issued_at) FILTER (WHERE again) AS again
FROM invitations WHERE email_key = ANY ($1::text[]) AND issued_at > $2 GROUP BY email_key
"""
