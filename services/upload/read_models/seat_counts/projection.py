"""The table `seat_counts`, fed by what licensing publishes."""

from collections.abc import Sequence
from typing import TypeAlias

import orjson

from shared.messaging.inbox import Received
from shared.postgres.database import Connection
from usher_contracts import (
    CompanyChanged,
    LicensesReleased,
    LicensesReserved,
    MethodologySeatsReleased,
    MethodologySeatsReserved,
)

CountsEvent: TypeAlias = (
    CompanyChanged | LicensesReserved | LicensesReleased | MethodologySeatsReserved | MethodologySeatsReleased
)


async def apply(conn: Connection, received: Sequence[Received]) -> None:
    """Keeps what each of these events says, by the owner's sequence: what comes again, or late, changes nothing."""
    for each in received:
        match each.event:
            case CompanyChanged() as event:
                pools = {one.id: one.purchased for one in event.methodologies}
                values = event.purchased_licenses, orjson.dumps(pools).decode()
                await conn.execute(_COMPANY, event.company_id, each.sequence, *values)
            case LicensesReserved() | LicensesReleased() as event:
                await conn.execute(_LICENSES, event.company_id, each.sequence, event.purchased, event.occupied)
            case MethodologySeatsReserved() | MethodologySeatsReleased() as event:
                pool = orjson.dumps({event.methodology_id: event.occupied}).decode()
                await conn.execute(_POOL, event.company_id, each.sequence, pool)
            case _:
                pass


_NEWER = "WHERE seat_counts.sequence < excluded.sequence"
_COMPANY = f"""
INSERT INTO seat_counts (company_id, sequence, purchased, pools_purchased) VALUES ($1::uuid, $2, $3, $4::jsonb)
ON CONFLICT (company_id) DO UPDATE
SET sequence = excluded.sequence, purchased = excluded.purchased, pools_purchased = excluded.pools_purchased {_NEWER}
"""
_LICENSES = f"""
INSERT INTO seat_counts (company_id, sequence, purchased, occupied) VALUES ($1::uuid, $2, $3, $4)
ON CONFLICT (company_id) DO UPDATE
SET sequence = excluded.sequence, purchased = excluded.purchased, occupied = excluded.occupied {_NEWER}
"""
_POOL = f"""
INSERT INTO seat_counts (company_id, sequence, pools_occupied) VALUES ($1::uuid, $2, $3::jsonb)
ON CONFLICT (company_id) DO UPDATE
SET sequence = excluded.sequence, pools_occupied = seat_counts.pools_occupied || excluded.pools_occupied {_NEWER}
"""
