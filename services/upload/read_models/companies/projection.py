"""The table `companies`, fed by what licensing publishes."""

from collections.abc import Sequence

from shared.postgres.database import Connection
from usher_contracts import CompanyChanged


async def apply(conn: Connection, changes: Sequence[tuple[int, CompanyChanged]]) -> None:
    """Keeps the newest of each company, by the owner's sequence: what comes again, or late, changes nothing."""
    await conn.executemany(
        "INSERT INTO companies (id, company, sequence) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE"
        " SET company = excluded.company, sequence = excluded.sequence WHERE companies.sequence < excluded.sequence",
        [(event.company_id, event.model_dump_json(), sequence) for sequence, event in changes],
    )
