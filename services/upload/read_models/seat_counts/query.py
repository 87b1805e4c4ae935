"""Reads what a company has free."""

from collections.abc import Mapping
from uuid import UUID

import orjson

from services.upload.domain.seat_wait.commands import SeatsFree
from shared.postgres.database import Connection


async def free(conn: Connection, company_id: str) -> SeatsFree:
    """What is free of licenses and of each methodology; nothing of a company that nothing is known of."""
    row = await conn.fetchrow("SELECT * FROM seat_counts WHERE company_id = $1", UUID(company_id))
    if row is None:
        return SeatsFree(0)
    purchased: Mapping[str, int] = orjson.loads(row["pools_purchased"])
    occupied: Mapping[str, int] = orjson.loads(row["pools_occupied"])
    pools = {one: max(0, seats - occupied.get(one, 0)) for one, seats in purchased.items()}
    return SeatsFree(row["sequence"], max(0, row["purchased"] - row["occupied"]), pools)
