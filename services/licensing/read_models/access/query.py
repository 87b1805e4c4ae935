"""Reads all of Access at once: what is shown together was so at one moment."""

from collections.abc import Sequence
from datetime import date
from typing import cast
from uuid import UUID

import orjson
from pydantic import BaseModel, Field

from services.licensing.read_models.seat_requests import query as seat_requests
from services.licensing.read_models.seat_requests.query import SeatRequest
from services.licensing.read_models.seats import query as seats
from services.licensing.read_models.seats.query import MethodologySeats
from shared.people.status_counts import ByStatus, counted
from shared.postgres.database import Connection, Pool


class Term(BaseModel):
    """From when until when Usher is bought; null where that is not said."""

    starts_on: date | None
    ends_on: date | None


class Purchaser(BaseModel):
    """Who may authorize purchases."""

    name: str
    email: str


@counted()
class Licenses(ByStatus):
    """How many licenses there are, and what occupies them."""

    purchased: int
    occupied: int
    available: int


class Access(BaseModel):
    """One consistent reading."""

    licenses: Licenses
    methodologies: Sequence[MethodologySeats] = Field(description="Of each that the company has bought")
    subscription: Term | None
    purchasers: Sequence[Purchaser] = Field(description="Who may authorize purchases: they are sent the requests")
    requests: Sequence[SeatRequest] = Field(description="What is open, and what was answered last; newest first")


async def read(pool: Pool, company_id: UUID) -> Access | None:
    """None where nobody has provisioned the company."""
    async with pool.acquire() as pooled, pooled.transaction(isolation="repeatable_read", readonly=True):
        conn = cast(Connection, pooled)  # a proxy with the connection's interface
        found = await seats.read(conn, company_id)
        if found is None:
            return None
        term = await conn.fetchval(_TERM, company_id)
        asked = await seat_requests.shown(conn, company_id)
        may_buy = await seat_requests.purchasers(conn, company_id)
    return Access(
        licenses=Licenses(**found.model_dump(exclude={"methodologies"})),
        methodologies=found.methodologies,
        subscription=Term.model_validate(orjson.loads(term)) if term else None,
        purchasers=[Purchaser(name=one.name, email=one.email) for one in may_buy],
        requests=asked,
    )


_TERM = "SELECT nullif(settings -> 'subscription', 'null') FROM companies WHERE company_id = $1"
