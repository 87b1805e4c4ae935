"""Reads a company's seats."""

from uuid import UUID

import orjson
from asyncpg import Record
from pydantic import BaseModel, ConfigDict, Field

from services.licensing.read_models.seats.table import READ_POOLS, pools_of
from shared.people.status_counts import ByStatus, counted, example
from shared.people.statuses import STATUSES
from shared.postgres.database import Connection, Pool


class MethodologySeats(BaseModel):
    """The seats of a methodology."""

    id: str
    name: str
    purchased: int
    reserved: int
    consumed: int = Field(description="Used: such a seat never comes free")
    available: int


_EXAMPLE = MethodologySeats(
    id="command", name="Command of the Message", purchased=23, reserved=4, consumed=11, available=8
)


@counted()
class Seats(ByStatus):
    """One consistent reading."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"purchased": 23, "occupied": 22, "available": 1,
                                         "methodologies": [_EXAMPLE.model_dump()], **example(3, 1, 18, 2)}]}
    )  # fmt: skip

    purchased: int
    occupied: int
    available: int
    methodologies: list[MethodologySeats] = Field([], description="Of each that the company has bought")


async def read(conn: Connection | Pool, company_id: UUID) -> Seats | None:
    """None where nobody has provisioned the company."""
    row = await conn.fetchrow(_READ, company_id)
    return None if row is None else Seats(**{name: row[name] for name in _COUNTS}, methodologies=_methodologies(row))


def _methodologies(row: Record) -> list[MethodologySeats]:
    pools = pools_of(row)
    return [
        MethodologySeats(
            **each, reserved=pool.reserved, consumed=pool.consumed, available=pool.available(each["purchased"])
        )
        for each in orjson.loads(row["methodologies"] or "[]")
        for pool in (pools.of(each["id"]),)
    ]


_COUNTS = ("purchased", "occupied", "available", *STATUSES)
_READ = f"""
SELECT purchased, occupied, greatest(purchased - occupied, 0) AS available, {", ".join(STATUSES)},
       settings -> 'methodologies' AS methodologies, {READ_POOLS}
FROM companies WHERE company_id = $1
"""
