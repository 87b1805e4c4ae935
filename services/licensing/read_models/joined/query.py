"""How many of those invited have joined: of one batch, or of everybody; by day, manager or region."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.licensing.domain.stored_events import confirmation_stream
from shared.postgres.database import Connection

BY: Final = ("day", "manager", "region")


@dataclass(frozen=True, slots=True)
class Group:
    """Those invited who have the same: ``value`` is the day on which they joined, the manager's id or the region, and
    None where they have none; ``name`` is the manager's."""

    value: str | None
    name: str | None
    invited: int
    joined: int


@dataclass(frozen=True, slots=True)
class Joined:
    """``gone``: those who were invited by the batch and are in My Team no longer."""

    invited: int
    joined: int
    gone: int
    groups: Sequence[Group]


async def joined(conn: Connection, company_id: UUID, batch_id: UUID | None, by: str | None) -> Joined | None:
    """Counts; None for a batch that has invited nobody here. ``by`` is one of BY."""
    if batch_id is None:
        source, values, invited = _ANYBODY, [company_id], None
    else:
        stream = confirmation_stream(batch_id)
        invited = await conn.fetchval(_INVITED, stream, company_id)
        if invited is None:
            return None
        source, values = _OF_BATCH, [company_id, stream]
    whole = await conn.fetchrow(
        f"{source} SELECT count(*) AS invited, count(activated_at) AS joined FROM chosen", *values
    )
    assert whole is not None
    groups = [Group(*row) for row in await conn.fetch(source + _GROUPED[by], *values)] if by else []
    there: int = whole["invited"]
    return Joined(invited or there, whole["joined"], (invited or there) - there, groups)


_INVITED = """
SELECT (data ->> 'invited')::int FROM events
WHERE stream = $1 AND company_id = $2 AND type = 'batch-applied.v1' AND (data ->> 'invited')::int > 0
ORDER BY version DESC LIMIT 1
"""
_ANYBODY = """
WITH chosen AS (
    SELECT u.activated_at, u.manager_id, u.region FROM users u WHERE u.company_id = $1 AND u.invited_at IS NOT NULL
)
"""
# Whom a batch invited stands in the log, in the commit that settled it; of these the streams' names are enough.
_OF_BATCH = """
WITH chosen AS (
    SELECT u.activated_at, u.manager_id, u.region
    FROM events b JOIN events e ON e.commit_id = b.commit_id AND e.type = 'user-invited.v1'
    JOIN users u ON u.user_id = substr(e.stream, 6)::uuid AND u.company_id = $1
    WHERE b.stream = $2 AND b.type = 'batch-applied.v1'
)
"""
_GROUPED: Mapping[str | None, str] = {
    "day": """
SELECT to_char(activated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD'), NULL, count(*), count(*) FROM chosen
WHERE activated_at IS NOT NULL GROUP BY 1 ORDER BY 1
""",
    "region": """
SELECT region, NULL, count(*), count(activated_at) FROM chosen GROUP BY 1 ORDER BY 3 DESC, 1 NULLS LAST LIMIT 500
""",
    "manager": """
SELECT g.manager_id::text, coalesce(nullif(trim(m.first_name || ' ' || m.last_name), ''), m.email), g.invited, g.joined
FROM (SELECT manager_id, count(*) AS invited, count(activated_at) AS joined FROM chosen GROUP BY 1
      ORDER BY 2 DESC LIMIT 500) g
LEFT JOIN users m ON m.company_id = $1 AND m.user_id = g.manager_id
ORDER BY g.invited DESC, 2 NULLS LAST
""",
}
