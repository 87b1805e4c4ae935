"""A company's admins as they were granted to be that here, whatever tokens say: Active, with ``manage_users``."""

from collections.abc import Collection
from uuid import UUID

from shared.people.access import MANAGE_USERS
from shared.postgres.database import Connection


async def remain(conn: Connection, company_id: UUID, without: Collection[UUID]) -> bool:
    """Whether there is one beside these. It stays so for who has the company to themselves."""
    return await conn.fetchval(_REMAIN, company_id, list(without))


_REMAIN = f"""
SELECT EXISTS (
    SELECT FROM users WHERE company_id = $1 AND permissions <> '[]' AND permissions ? '{MANAGE_USERS}'
    AND status = 'active' AND user_id <> ALL ($2::uuid[])
)
"""
