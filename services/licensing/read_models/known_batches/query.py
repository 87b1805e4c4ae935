"""Whether a company has a batch, as far as upload has said it."""

from uuid import UUID

from shared.postgres.database import Connection, Pool


async def is_known(conn: Connection | Pool, company_id: UUID, batch_id: UUID) -> bool:
    """Whether the company has this batch."""
    return await conn.fetchval(_KNOWN, company_id, batch_id)


_KNOWN = "SELECT EXISTS (SELECT FROM known_batches WHERE company_id = $1 AND batch_id = $2)"
