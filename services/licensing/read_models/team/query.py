"""Reads My Team: a page of it, one user, and who reports up to whom."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.licensing.read_models.team.fields import Parameters
from services.licensing.read_models.team.filter import TeamFilter, tables, where
from services.licensing.read_models.team.sorting import Order
from services.licensing.read_models.team.view import COLUMNS, FROM, TeamUser, user_of
from shared.people.address import compare_form
from shared.people.statuses import IS_LIVE, STATUSES
from shared.postgres.database import Connection, Pool

WALKED = 2_000
"""Users that are looked at along an index of the order, for a page of what many have. What is not found so only few
have, and reading everybody once is quicker than going on."""


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One page, and how many there are on all of them."""

    rows: Sequence[Record]
    next_cursor: str | None
    total: int

    @property
    def items(self) -> list[TeamUser]:
        return [user_of(row) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its values."""

    sql: str
    values: Sequence[Any]


@asynccontextmanager
async def looking(pool: Pool) -> AsyncGenerator[Connection]:
    """A connection for one look at My Team, all of it as of one moment. Each statement is planned for its own values:
    a plan for all of them, which Postgres would keep after five looks, reads five times as long for a rare value."""
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        await conn.execute(_FOR_A_LOOK)
        yield conn


async def page(
    pool: Pool, company_id: UUID, team_filter: TeamFilter, order: Order, limit: int, cursor: str | None
) -> TeamPage:
    """Users in their order, from behind the cursor."""
    async with looking(pool) as conn:

        async def count() -> int:
            counted = counting(company_id, team_filter)
            return await conn.fetchval(counted.sql, *counted.values) or 0

        async def fetch(statement: Statement) -> list[Record]:
            return await conn.fetch(statement.sql, *statement.values)

        total: int | None = None
        if team_filter.sifted:
            walked = order.indexed
            rows = await fetch(walking(company_id, team_filter, order, limit + 1, cursor)) if walked else []
            if len(rows) <= limit:
                rows = await fetch(sifting(company_id, team_filter, order, limit + 1, cursor))
                total = rows[0]["total"] if rows else None
        else:
            among = None
            if order.managers_first and team_filter.everybody:
                among = await _among(conn, company_id, order, limit + 1, cursor)
            rows = await fetch(selection(company_id, team_filter, order, limit + 1, cursor, among))
        more = len(rows) > limit
        if total is None:  # who is searched for is found on the first page: nobody has to be counted then
            total = await count() if more or cursor else len(rows)
    return TeamPage(rows[:limit], order.cursor(rows[limit - 1]) if more else None, total)


def selection(
    company_id: UUID,
    team_filter: TeamFilter,
    order: Order,
    limit: int | None,
    cursor: str | None,
    among: Sequence[UUID | None] | None = None,
) -> Statement:
    """The users wanted, in their order. Who they are is found first, on as little of each as the order needs: so
    100,000 are sorted without being read whole. among: managers whose reports all of them are (see ``leading``), None
    for who has none."""
    asked = _Asked(company_id, team_filter, order, cursor)
    condition = f"{asked.condition} AND {asked.behind}"
    if among is not None:
        ids, top = asked.parameters.add([each for each in among if each]), "u.manager_id IS NULL"
        condition += f" AND (u.manager_id = ANY ({ids}::uuid[]){f' OR {top}' if None in among else ''})"
    first = "" if limit is None else f" LIMIT {limit}"
    found = f"SELECT {asked.keys} FROM {asked.tables} WHERE {condition}"
    return asked.whole(f"SELECT * FROM ({found}) f ORDER BY {asked.order}{first}")


def walking(company_id: UUID, team_filter: TeamFilter, order: Order, limit: int, cursor: str | None) -> Statement:
    """The same, of the WALKED users that come next in the order: all that are wanted where they are many enough."""
    asked = _Asked(company_id, team_filter, order, cursor)
    by = order.by(asked.expressions)
    next_ones = f"SELECT * FROM users u WHERE u.company_id = $1 AND {asked.behind} ORDER BY {by} LIMIT {WALKED}"
    among = tables(team_filter, users=f"({next_ones})")
    return asked.whole(f"SELECT {asked.keys} FROM {among} WHERE {asked.condition} ORDER BY {asked.order} LIMIT {limit}")


def sifting(company_id: UUID, team_filter: TeamFilter, order: Order, limit: int, cursor: str | None) -> Statement:
    """The same in one pass over everybody, with how many they are on all pages as ``total``."""
    asked = _Asked(company_id, team_filter, order, cursor)
    found = f"SELECT {asked.keys}, {asked.behind} AS behind FROM {asked.tables} WHERE {asked.condition}"
    page = f"SELECT * FROM found WHERE behind ORDER BY {asked.order} LIMIT {limit}"
    whole = asked.whole(page, ", (SELECT count(*) FROM found) AS total")
    return Statement(f"WITH found AS MATERIALIZED ({found}) {whole.sql}", whole.values)


async def _among(conn: Connection, company_id: UUID, order: Order, limit: int, cursor: str | None) -> list[UUID | None]:
    """The managers whose reports are the page of everybody by managers; None for who has none. They are looked for
    among the next users by address; where these have too few reports, all managers are put in order."""
    for managers in (NEXT_USERS, ALL_MANAGERS):
        statement = leading(company_id, order, limit, cursor, managers)
        rows = await conn.fetch(statement.sql, *statement.values)
        if sum(row["counted"] for row in rows) >= limit:
            break
    return [row["manager_id"] for row in rows]


def leading(company_id: UUID, order: Order, limit: int, cursor: str | None, managers: str) -> Statement:
    """Those of ALL_MANAGERS or of NEXT_USERS, in the order, who have the page's reports. An index counts these: so a
    company's users need not all be joined with a manager each. ``counted``: how many of the reports are surely behind
    the cursor, none of the manager at whom the page before ended."""
    first, after = order.keys[0], order.after(cursor)
    values: list[Any] = [company_id]
    reached, counted = "true", "reports"
    if after is not None:
        values.append(after[0])
        reached = f"{{key}} {'<=' if first.descending else '>='} $2::text"
        counted = "CASE WHEN key = $2::text THEN 0 ELSE reports END"
    given = {"way": first.way, "counted": counted, "limit": limit, "walked": WALKED}
    found = managers.format(reached=reached.format(key="key"), near=reached.format(key="email_key"), **given)
    return Statement(_LEADING.format(managers=found, **given), values)


class _Asked:
    """What is asked for, as parts of a statement: the condition, the keys of the order, what is behind the cursor."""

    def __init__(self, company_id: UUID, team_filter: TeamFilter, order: Order, cursor: str | None) -> None:
        self.parameters = Parameters()
        self.condition = where(company_id, team_filter, self.parameters)
        self.tables = tables(team_filter, managers=order.by_manager)
        self.expressions = [key.sql(self.parameters) for key in order.keys]
        self._names = [f"key_{n}" for n in range(len(order.keys))]
        self.order = order.by(self._names)
        after = order.after(cursor)
        self.behind = "true" if after is None else order.behind(self.expressions, after, self.parameters)

    @property
    def keys(self) -> str:
        """The keys of a user, named."""
        return ", ".join(f"{sql} AS {name}" for sql, name in zip(self.expressions, self._names, strict=True))

    def whole(self, page: str, more: str = "") -> Statement:
        """All of the users whose keys this page is."""
        sql = (
            f"SELECT {COLUMNS}, {', '.join(self._names)}{more} FROM ({page}) k"
            f" JOIN {FROM} ON u.user_id = k.{self._names[-1]} ORDER BY {self.order}"
        )
        return Statement(sql, self.parameters.values)


def counting(company_id: UUID, team_filter: TeamFilter) -> Statement:
    """How many are wanted. Of everybody, and by status alone, seats know it, in the same transaction as the users."""
    if team_filter.by_status_alone:
        statuses = [status for status in STATUSES if status in team_filter.statuses or not team_filter.statuses]
        return Statement(f"SELECT {' + '.join(statuses)} FROM companies WHERE company_id = $1", [company_id])
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    return Statement(f"SELECT count(*) FROM {tables(team_filter)} WHERE {condition}", parameters.values)


async def ids(conn: Connection, company_id: UUID, team_filter: TeamFilter, limit: int) -> list[UUID]:
    """The ids of those wanted, ``limit`` at most."""
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    rows = await conn.fetch(
        f"SELECT u.user_id FROM {tables(team_filter)} WHERE {condition} LIMIT {limit}", *parameters.values
    )
    return [row["user_id"] for row in rows]


async def one(conn: Connection, company_id: UUID, user_id: UUID) -> TeamUser | None:
    """None for who is not in the company's list."""
    row = await conn.fetchrow(
        f"SELECT {COLUMNS} FROM {FROM} WHERE u.company_id = $1 AND u.user_id = $2", company_id, user_id
    )
    return None if row is None else user_of(row)


async def known(conn: Connection, company_id: UUID, who: str) -> UUID | None:
    """The id of a user by their id or, of who is not Inactive, by their address; None for who is not in the list."""
    try:
        wanted, values = "user_id = $2", UUID(who)
    except ValueError:
        wanted, values = f"email_key = $2 AND {IS_LIVE}", compare_form(who)
    return await conn.fetchval(f"SELECT user_id FROM users WHERE company_id = $1 AND {wanted}", company_id, values)


async def direct_reports(conn: Connection, company_id: UUID, managers: Sequence[UUID]) -> dict[UUID, int]:
    """How many report to each of these directly; who is missing has none."""
    rows = await conn.fetch(_REPORTS, company_id, managers)
    return {row["manager_id"]: row["count"] for row in rows}


async def reports_of(conn: Connection, company_id: UUID, managers: Sequence[UUID]) -> list[TeamUser]:
    """Who reports to these directly, by last name."""
    rows = await conn.fetch(_REPORTS_OF, company_id, managers)
    return [user_of(row) for row in rows]


async def manager_by_email(conn: Connection, company_id: UUID, email: str) -> UUID | None:
    """The id of the user with this address, if anybody reports to them."""
    return await conn.fetchval(_MANAGER, company_id, compare_form(email))


async def is_below(conn: Connection, company_id: UUID, manager_id: UUID, user_id: UUID) -> bool:
    """Whether the user reports up to this manager: by going up, which is short."""
    return await conn.fetchval(_ABOVE, company_id, manager_id, user_id)


_FOR_A_LOOK = "SET LOCAL plan_cache_mode = force_custom_plan; SET LOCAL work_mem = '32MB'"
_LEADING = """
SELECT manager_id, counted FROM (
    SELECT manager_id, counted, sum(counted) OVER (ORDER BY key {way} RANGE UNBOUNDED PRECEDING EXCLUDE GROUP) AS before
    FROM (SELECT manager_id, key, {counted} AS counted FROM ({managers}) managers) counted
) next_ones
WHERE coalesce(before, 0) < {limit}
"""
ALL_MANAGERS = """
SELECT * FROM (
    SELECT r.manager_id, coalesce(m.email_key, '') AS key, r.reports
    FROM (SELECT manager_id, count(*) AS reports FROM users WHERE company_id = $1 GROUP BY manager_id) r
    LEFT JOIN users m ON m.company_id = $1 AND m.user_id = r.manager_id
) every
WHERE {reached} ORDER BY key {way} FETCH FIRST {limit} ROWS WITH TIES
"""
NEXT_USERS = """
SELECT * FROM (
    SELECT user_id AS manager_id, email_key AS key,
           (SELECT count(*) FROM users r WHERE r.company_id = $1 AND r.manager_id = u.user_id) AS reports
    FROM (SELECT user_id, email_key FROM users WHERE company_id = $1 AND {near}
          ORDER BY email_key {way} FETCH FIRST {walked} ROWS WITH TIES) u
    UNION ALL
    SELECT NULL, '', (SELECT count(*) FROM users r WHERE r.company_id = $1 AND r.manager_id IS NULL)
    WHERE '{way}' = 'ASC'  -- who has no manager comes first, or last
) near
WHERE reports > 0 AND {reached}
"""
_REPORTS = """
SELECT manager_id, count(*) FROM users WHERE company_id = $1 AND manager_id = ANY ($2::uuid[]) GROUP BY manager_id
"""

_REPORTS_OF = f"""
SELECT {COLUMNS} FROM {FROM} WHERE u.company_id = $1 AND u.manager_id = ANY ($2::uuid[])
ORDER BY u.last_key, u.first_key, u.user_id
"""

_ABOVE = """
WITH RECURSIVE above AS (
    SELECT manager_id FROM users WHERE company_id = $1 AND user_id = $3
    UNION
    SELECT u.manager_id FROM users u JOIN above a ON u.user_id = a.manager_id WHERE u.company_id = $1
)
SELECT EXISTS (SELECT FROM above WHERE manager_id = $2)
"""

_MANAGER = f"""
SELECT user_id FROM users u WHERE company_id = $1 AND email_key = $2 AND {IS_LIVE}
AND EXISTS (SELECT FROM users r WHERE r.company_id = $1 AND r.manager_id = u.user_id)
"""
