"""Keeps a company's row: what the log says of licenses and pools, and how many users there are of each status. Wakes
whoever watches it."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from services.licensing.domain.licenses.events import CompanyChanged, LicensesReleased, LicensesReserved
from services.licensing.domain.methodology_pools.events import (
    PoolsEvent,
    SeatsConsumed,
    SeatsReleased,
    SeatsReserved,
)
from services.licensing.read_models.seats.table import settings_json
from shared.people.statuses import STATUSES
from shared.postgres.database import Connection
from shared.postgres.wakeups import wake

CHANNEL = "seats"
"""NOTIFY channel; the payload is the id of the company whose seats have changed."""


async def apply_licenses(
    conn: Connection, version: int, event: CompanyChanged | LicensesReserved | LicensesReleased
) -> None:
    """Applies one event of the stream; ``version`` is its stream's."""
    match event:
        case CompanyChanged(company_id, settings):
            await conn.execute(_CHANGED, company_id, version, settings_json(settings), settings.purchased_licenses)
        case LicensesReserved(company_id, licenses):
            await conn.execute(_MOVED, company_id, version, licenses)
        case LicensesReleased(company_id, licenses):
            await conn.execute(_MOVED, company_id, version, -licenses)
    await wake(conn, CHANNEL, [str(event.company_id)])


async def apply_pools(conn: Connection, version: int, event: PoolsEvent) -> None:
    """Applies one event of the stream of a company's pools; ``version`` is its stream's."""
    match event:
        case SeatsReserved(seats=seats):
            moved = (seats, 0)
        case SeatsConsumed(seats=seats):
            moved = (-seats, seats)
        case SeatsReleased(seats=seats):
            moved = (-seats, 0)
    await conn.execute(_POOL, event.company_id, version, event.methodology_id, *moved)
    await wake(conn, CHANNEL, [str(event.company_id)])


async def count(conn: Connection, counts: Mapping[UUID, Counter[str]]) -> None:
    """Adds to the counts by status, companies in order."""
    for company_id in sorted(counts):
        by = counts[company_id]
        if any(by.values()):
            await conn.execute(_COUNT, company_id, *(by[status] for status in STATUSES))
            await wake(conn, CHANNEL, [str(company_id)])


_CHANGED = """
INSERT INTO companies (company_id, version, settings, purchased, occupied) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (company_id) DO UPDATE
SET version = excluded.version, settings = excluded.settings, purchased = excluded.purchased
"""
_MOVED = "UPDATE companies SET version = $2, occupied = occupied + $3 WHERE company_id = $1"
_POOL = """
UPDATE companies SET pools_version = $2, pools = pools || jsonb_build_object($3::text, jsonb_build_object(
    'reserved', coalesce((pools #>> ARRAY[$3::text, 'reserved'])::int, 0) + $4::int,
    'consumed', coalesce((pools #>> ARRAY[$3::text, 'consumed'])::int, 0) + $5::int
)) WHERE company_id = $1
"""
_COUNTS = ", ".join(f"{status} = {status} + ${n}" for n, status in enumerate(STATUSES, 2))
_COUNT = f"UPDATE companies SET {_COUNTS} WHERE company_id = $1"
