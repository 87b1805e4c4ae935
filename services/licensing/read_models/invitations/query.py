"""Reads invitations: whose a link is."""

from dataclasses import dataclass
from uuid import UUID

from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is."""

    user_id: UUID
    company_id: UUID


async def link(conn: Connection, invitation_id: UUID) -> Link | None:
    """None for an id that was never issued."""
    row = await conn.fetchrow("SELECT user_id, company_id FROM invitations WHERE invitation_id = $1", invitation_id)
    return None if row is None else Link(row["user_id"], row["company_id"])
