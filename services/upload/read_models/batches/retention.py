"""Which batches and objects are kept: a batch's files for the `retention_days` of its company.

They count from the batch's end, or from its upload where nobody confirmed it. What came of a batch stays known.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.upload.read_models.batches.view import Batch
from shared.postgres.database import Connection, Pool
from usher_contracts import CompanyChanged


async def needed(conn: Connection, refs: Sequence[str], now: datetime) -> Collection[str]:
    """Which of these objects a batch refers to that is under way, or has not been over for longer than its company
    keeps files; and all of companies that are not known here."""
    owners = {ref: _company(ref) for ref in refs}
    companies = list({company for company in owners.values() if company})
    known = {row["id"] for row in await conn.fetch("SELECT id FROM companies WHERE id = ANY ($1)", companies)}
    found = {row["ref"] for row in await conn.fetch(_NEEDED, companies, list(refs), now)}
    return found | {ref for ref, company in owners.items() if company not in known}


def _company(ref: str) -> UUID | None:
    try:
        return UUID(ref.partition("/")[0])
    except ValueError:
        return None


def kept_until(batch: Batch, company: CompanyChanged | None) -> datetime:
    """Until when the files of a batch that is over are kept for sure; some days later they are gone."""
    days = company.retention_days if company else 0
    return (batch.completed_at or batch.uploaded_at) + timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """A batch that nobody has confirmed in the `days` for which its company keeps files."""

    batch_id: str
    company_id: str
    days: int


async def unconfirmed(pool: Pool, now: datetime, limit: int) -> Sequence[Unconfirmed]:
    """Those whose time is over, the oldest first."""
    rows = await pool.fetch(_UNCONFIRMED, now, limit)
    return [Unconfirmed(str(row["id"]), str(row["company_id"]), row["days"]) for row in rows]


_DAYS = "(c.company ->> 'retention_days')::int"
_OVER = f"coalesce(b.completed_at, b.uploaded_at) <= {{}}::timestamptz - make_interval(days => {_DAYS})"

_OPEN = "'validating', 'needs_correction', 'ready_for_review', 'awaiting_approval'"
"""The statuses of batches that nothing has come of yet."""

_NEEDED = f"""
SELECT DISTINCT o.ref
FROM batches b JOIN companies c ON c.id = b.company_id
CROSS JOIN LATERAL unnest(
    ARRAY[
        b.original_ref, b.rows_ref, b.annotated_ref, b.corrections_ref, b.left_out_ref, b.columns_ref, b.mapping_ref
    ]
) AS o (ref)
WHERE b.company_id = ANY ($1::uuid[]) AND o.ref = ANY ($2::text[])
  AND (b.status IN ({_OPEN}, 'processing') OR NOT {_OVER.format("$3")})
"""

_UNCONFIRMED = f"""
SELECT b.id, b.company_id, {_DAYS} AS days
FROM batches b JOIN companies c ON c.id = b.company_id
WHERE b.status IN ({_OPEN}) AND {_OVER.format("$1")}
ORDER BY b.uploaded_at LIMIT $2
"""
