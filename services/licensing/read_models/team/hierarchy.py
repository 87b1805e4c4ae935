"""My Team as a hierarchy: some users with those who report to them, several levels at once."""

from collections.abc import Sequence
from uuid import UUID

from services.licensing.read_models.team import query
from services.licensing.read_models.team.view import Manager, TeamUser
from shared.postgres.database import Connection

MAX_BELOW = 300
"""Users of one level that are told with the level above it."""


async def with_reports(conn: Connection, company_id: UUID, users: Sequence[TeamUser], levels: int) -> list[Manager]:
    """The users with how many report to them, and with these where that many are few enough to be shown at once."""
    counts = await query.direct_reports(conn, company_id, [user.user_id for user in users])
    below = dict[UUID, list[Manager]]()
    if levels > 1 and 0 < sum(counts.values()) <= MAX_BELOW:
        reports = await query.reports_of(conn, company_id, list(counts))
        for manager in await with_reports(conn, company_id, reports, levels - 1):
            if manager.reports_to_id is not None:
                below.setdefault(manager.reports_to_id, []).append(manager)
    return [Manager(**dict(u), reports=counts.get(u.user_id, 0), below=below.get(u.user_id, [])) for u in users]
