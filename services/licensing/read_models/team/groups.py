"""My Team grouped by a field, with counts."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from pydantic import Field

from services.licensing.read_models.team.fields import CUSTOM, INVITATION, TEXTS, Parameters, text_of
from services.licensing.read_models.team.filter import TeamFilter, where
from services.licensing.read_models.team.query import Statement, looking
from services.licensing.read_models.team.view import FROM
from shared.http.pagination import decode_cursor, encode_cursor
from shared.http.problems import Problem
from shared.people.status_counts import ByStatus, counted
from shared.people.statuses import STATUSES
from shared.postgres.database import Pool

_MANAGER, _STATUS, _INVITATION = "reports_to", "status", "invitation"
FIELDS = (_MANAGER, _STATUS, _INVITATION, *(name for name in TEXTS if name != "email"))


@counted(Field(0, description="Of these"))
class Group(ByStatus):
    """Users with the same value."""

    value: str | None = Field(description="null for who has none; of managers, their present e-mail address")
    user_id: UUID | None = Field(None, description="The manager's id, of a group by reports_to")
    name: str | None = Field(None, description="The manager's name, of a group by reports_to")
    count: int


@dataclass(frozen=True, slots=True)
class Groups:
    """One page, the largest first; how many groups there are on all of them, and how many users in all of these."""

    items: list[Group]
    next_cursor: str | None
    total: int
    users: int


def grouped(by: str, custom: Collection[str]) -> str:
    """The field to group by. Raises Problem 422 for what can't be grouped by."""
    if by in FIELDS or (by.startswith(CUSTOM) and by.removeprefix(CUSTOM) in custom):
        return by
    known = ", ".join((*FIELDS, *(f"{CUSTOM}{name}" for name in custom)))
    raise Problem(422, "group_unknown", f"My Team can be grouped by {known}.")


async def groups(
    pool: Pool, company_id: UUID, team_filter: TeamFilter, by: str, limit: int, cursor: str | None
) -> Groups:
    """Users by ``by`` (see ``grouped``)."""
    found = grouping(company_id, team_filter, by, limit + 1, cursor)
    async with looking(pool) as conn:
        rows = await conn.fetch(found.sql, *found.values)
    last = encode_cursor(by, rows[limit - 1]["count"], rows[limit - 1]["key"]) if len(rows) > limit else None
    items = [
        Group(
            value=row["value"], user_id=row["user_id"], name=row["name"], count=row["count"],
            **{status: row[status] for status in STATUSES},
        )
        for row in rows[:limit]
    ]  # fmt: skip
    return Groups(items, last, rows[0]["total"] if rows else 0, int(rows[0]["users"]) if rows else 0)


def grouping(company_id: UUID, team_filter: TeamFilter, by: str, limit: int, cursor: str | None) -> Statement:
    """The groups behind the cursor. Values are counted as they are compared and shown as one of them is written."""
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    by_what, key, shown = _expressions(by, parameters)
    after = decode_cursor(cursor, str, int, str)
    if after is not None and after[0] != by:
        raise Problem(422, "cursor_unknown", "The cursor belongs to another grouping. Begin at the first page.")
    behind = ""
    if after is not None:
        count, last = parameters.add(after[1]), parameters.add(after[2])
        behind = f"WHERE g.count < {count}::bigint OR (g.count = {count}::bigint AND g.key > {last}::text)"
    sql = f"""
WITH g AS (SELECT {key} AS key, {shown} AS value, count(*) AS count, {_OF_THESE}
           FROM {FROM} WHERE {condition} GROUP BY {by_what}),
     counted AS (SELECT *, count(*) OVER () AS total, sum(count) OVER () AS users FROM g),
     page AS (SELECT * FROM counted g {behind} ORDER BY count DESC, key LIMIT {limit})
SELECT p.key, p.count, p.total, p.users, {_SUMS}, {_SHOWN if by == _MANAGER else _PLAIN} ORDER BY p.count DESC, p.key
"""
    return Statement(sql, parameters.values)


def _expressions(by: str, parameters: Parameters) -> tuple[str, str, str]:
    """What is grouped by, the same as text, and what is shown of it."""
    match by:
        case "reports_to":
            return "u.manager_id", "coalesce(u.manager_id::text, '')", "u.manager_id::text"
        case "status":
            return "u.status", "u.status", "u.status"
        case "invitation":
            return "1", INVITATION, f"min(nullif({INVITATION}, ''))"
        case _:
            text = text_of(by, parameters)
            return "1", text.key, f"min(nullif({text.shown}, ''))"


_SUMS = ", ".join(f"p.{status}" for status in STATUSES)
_OF_THESE = ", ".join(f"count(*) FILTER (WHERE u.status = '{status}') AS {status}" for status in STATUSES)
_PLAIN = "p.value, NULL::uuid AS user_id, NULL::text AS name FROM page p"
_SHOWN = """
m.email AS value, m.user_id, nullif(trim(m.first_name || ' ' || m.last_name), '') AS name
FROM page p LEFT JOIN users m ON m.company_id = $1 AND m.user_id = p.value::uuid
"""
