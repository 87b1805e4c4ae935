"""Reads a company's seats."""

from uuid import UUID

from pydantic import ConfigDict

from shared.people.status_counts import ByStatus, counted, example
from shared.people.statuses import STATUSES
from shared.postgres.database import Connection, Pool


@counted()
class Seats(ByStatus):
    """One consistent reading."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"purchased": 23, "occupied": 22, "available": 1, **example(3, 1, 18, 2)}]}
    )

    purchased: int
    occupied: int
    available: int


async def read(conn: Connection | Pool, company_id: UUID) -> Seats | None:
    """None where nobody has provisioned the company."""
    row = await conn.fetchrow(_READ, company_id)
    return None if row is None else Seats(**row)


_READ = f"""
SELECT purchased, occupied, greatest(purchased - occupied, 0) AS available, {", ".join(STATUSES)}
FROM companies WHERE company_id = $1
"""
