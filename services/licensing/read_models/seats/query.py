"""Reads a company's seats."""

from dataclasses import dataclass
from uuid import UUID

from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class Seats:
    """Licenses and users of a company at one moment."""

    purchased: int
    occupied: int
    available: int
    waiting: int
    pending_transfer: int
    active: int
    inactive: int


async def read(pool: Pool, company_id: UUID) -> Seats | None:
    """None where nobody has provisioned the company."""
    row = await pool.fetchrow(_READ, company_id)
    return None if row is None else Seats(**row)


_READ = """
SELECT purchased, occupied, greatest(purchased - occupied, 0) AS available, waiting, pending_transfer, active, inactive
FROM companies WHERE company_id = $1
"""
