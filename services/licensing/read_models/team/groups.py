"""My Team grouped by a field, with counts."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from pydantic import Field

from services.licensing.messages import GROUP_UNKNOWN, OTHER_GROUPING
from services.licensing.read_models.team.fields import CUSTOM, INVITATION, TEXTS, Parameters, lowered, text_of
from services.licensing.read_models.team.filter import DELIVERIES, TeamFilter, tables, where
from services.licensing.read_models.team.query import Statement, looking
from shared.http.pagination import decode_cursor, encode_cursor
from shared.people.profile import METHODOLOGIES
from shared.people.status_counts import ByStatus, counted
from shared.people.statuses import STATUSES
from shared.postgres.database import Pool

_MANAGER, _STATUS, _INVITATION = "reports_to", "status", "invitation"
FIELDS = (_MANAGER, _STATUS, _INVITATION, METHODOLOGIES, *(name for name in TEXTS if name != "email"))


@counted(Field(0, description="Of these"))
class Group(ByStatus):
    """Users with the same value."""

    value: str | None = Field(
        description="null for who has none; of managers, their present e-mail address; of methodologies, their ids: "
        "who has seats of several is in several groups"
    )
    user_id: UUID | None = Field(None, description="The manager's id, of a group by reports_to")
    name: str | None = Field(None, description="The manager's name, or the methodology's, of a group by these")
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
    raise GROUP_UNKNOWN(known=known)


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
            value=row["value"],
            user_id=row["user_id"],
            name=row["name"],
            count=row["count"],
            **{status: row[status] for status in STATUSES},
        )
        for row in rows[:limit]
    ]
    return Groups(items, last, rows[0]["total"] if rows else 0, int(rows[0]["users"]) if rows else 0)


def grouping(company_id: UUID, team_filter: TeamFilter, by: str, limit: int, cursor: str | None) -> Statement:
    """The groups behind the cursor. Values are counted as they are compared and shown as one of them is written."""
    parameters = Parameters()
    by_delivery = by == _INVITATION and not team_filter.invitation
    joined = f"{tables(team_filter)} {DELIVERIES}" if by_delivery else tables(team_filter)
    wanted = f"FROM {joined} WHERE {where(company_id, team_filter, parameters)}"
    after = decode_cursor(cursor, str, int, str)
    if after is not None and after[0] != by:
        raise OTHER_GROUPING()
    behind = _Behind(parameters, after[1], after[2]) if after is not None else None
    match by:
        case "reports_to":
            sql = _by_manager(wanted, behind, limit)
        case "last_name":
            sql = _by_last_name(wanted, behind, limit)
        case "methodologies":
            sql = _by_methodology(wanted, behind, limit)
        case _:
            sql = _by_value(by, wanted, behind, limit, parameters)
    return Statement(sql, parameters.values)


class _Behind:
    """The groups behind the last one of a page: smaller ones, and of the same size those with a larger key."""

    def __init__(self, parameters: Parameters, count: int, key: str) -> None:
        self._count, self._key = f"{parameters.add(count)}::bigint", f"{parameters.add(key)}::text"

    def of(self, key: str) -> str:
        """Whether a group of ``count`` and this key is."""
        return f"(count < {self._count} OR count = {self._count} AND {key} > {self._key})"

    def of_one(self, key: str) -> str:
        """The same of a group of one user, so that an index of the key serves it."""
        return f"{self._count} > 1 OR {self._count} = 1 AND {key} > {self._key}"


def _by_value(by: str, wanted: str, behind: _Behind | None, limit: int, parameters: Parameters) -> str:
    """Of a field with few values: these are brought to their compared form when they have been counted, not before."""
    match by:
        case "status":
            columns, key = "u.status AS key, u.status AS shown", "key"
        case "invitation":
            columns, key = f"{INVITATION} AS shown", "shown"
        case _:
            text = text_of(by, parameters)
            columns, key = f"{text.shown} AS shown", lowered("shown")
            if text.column:
                columns, key = f"{columns}, {text.column} AS key", "key"
    values = ", ".join(str(n + 1) for n in range(columns.count(" AS ")))
    return f"""
WITH written AS (SELECT {columns}, count(*) AS count, {_OF_THESE} {wanted} GROUP BY {values}),
     g AS (SELECT {key} AS key, min(nullif(shown, '')) AS value, sum(count)::bigint AS count, {_SUMS}
           FROM written GROUP BY 1),
     counted AS (SELECT *, count(*) OVER () AS total, sum(count) OVER () AS users FROM g)
SELECT *, NULL::uuid AS user_id, NULL::text AS name FROM counted
WHERE {behind.of("key") if behind else "true"} ORDER BY count DESC, key LIMIT {limit}
"""


def _by_methodology(wanted: str, behind: _Behind | None, limit: int) -> str:
    """Who has seats of several counts in each of their groups, and once among the users of all. Users with the same
    seats are counted together before any seat is looked at."""
    return f"""
WITH held AS MATERIALIZED (SELECT u.methodologies, count(*) AS count, {_OF_THESE} {wanted} GROUP BY 1),
     g AS (SELECT coalesce(pool.id, '') AS key, sum(count)::bigint AS count, {_SUMS}
           FROM held h LEFT JOIN LATERAL jsonb_object_keys(h.methodologies) AS pool (id) ON true GROUP BY 1),
     counted AS (SELECT *, count(*) OVER () AS total, (SELECT sum(count) FROM held) AS users FROM g),
     named AS (SELECT m ->> 'id' AS id, m ->> 'name' AS name
               FROM companies c, jsonb_array_elements(c.settings -> 'methodologies') m WHERE c.company_id = $1)
SELECT counted.*, nullif(key, '') AS value, NULL::uuid AS user_id, named.name
FROM counted LEFT JOIN named ON named.id = counted.key
WHERE {behind.of("key") if behind else "true"} ORDER BY count DESC, key LIMIT {limit}
"""


def _by_manager(wanted: str, behind: _Behind | None, limit: int) -> str:
    """An index counts them; only the users of a page's groups are read."""
    key = "coalesce(key::text, '')"
    return f"""
WITH g AS (SELECT u.manager_id AS key, count(*) AS count {wanted} GROUP BY 1),
     counted AS (SELECT *, count(*) OVER () AS total, sum(count) OVER () AS users FROM g),
     page AS (SELECT * FROM counted WHERE {behind.of(key) if behind else "true"}
              ORDER BY count DESC, key NULLS FIRST LIMIT {limit})
SELECT coalesce(p.key::text, '') AS key, p.count, p.total, p.users, of_these.*, m.email AS value, m.user_id,
       nullif(trim(m.first_name || ' ' || m.last_name), '') AS name
FROM page p LEFT JOIN users m ON m.company_id = $1 AND m.user_id = p.key
CROSS JOIN LATERAL (
    SELECT {_OF_THESE} FROM (
        SELECT u.status {wanted} AND u.manager_id = p.key
        UNION ALL
        SELECT u.status {wanted} AND u.manager_id IS NULL AND p.key IS NULL
    ) u
) of_these
ORDER BY p.count DESC, p.key NULLS FIRST
"""


def _by_last_name(wanted: str, behind: _Behind | None, limit: int) -> str:
    """As many groups as users, nearly all of one user: an index in whose order they are counted without being kept.
    Only groups of several are gathered; those of one follow them in the index's own order, as far as the page goes; and
    only the page's users are read."""
    # OFFSET 0 keeps the planner to that order: it takes a table of all groups to be as cheap, which it is not.
    names, in_order = f"SELECT u.last_key AS key {wanted}", "ORDER BY u.last_key OFFSET 0"
    rest = f"{names} AND ({behind.of_one('u.last_key')})" if behind else names
    return f"""
WITH summed AS MATERIALIZED (
         SELECT count(*) AS total, sum(count) AS users,
                array_agg(key) FILTER (WHERE count > 1) AS keys, array_agg(count) FILTER (WHERE count > 1) AS counts
         FROM (SELECT key, count(*) AS count FROM ({names} {in_order}) n GROUP BY key) g
     ),
     page AS (
         (SELECT key, count FROM summed, unnest(keys, counts) AS several (key, count)
          WHERE {behind.of("key") if behind else "true"} ORDER BY count DESC, key LIMIT {limit})
         UNION ALL
         (SELECT key, 1 FROM ({rest} {in_order}) n GROUP BY key HAVING count(*) = 1 ORDER BY key LIMIT {limit})
         ORDER BY count DESC, key LIMIT {limit}
     )
SELECT p.*, s.total, s.users, of_these.*, NULL::uuid AS user_id, NULL::text AS name
FROM page p CROSS JOIN summed s
CROSS JOIN LATERAL (SELECT min(nullif(u.last_name, '')) AS value, {_OF_THESE} {wanted} AND u.last_key = p.key) of_these
ORDER BY p.count DESC, p.key
"""


_OF_THESE = ", ".join(f"count(*) FILTER (WHERE u.status = '{status}') AS {status}" for status in STATUSES)
_SUMS = ", ".join(f"sum({status})::bigint AS {status}" for status in STATUSES)
