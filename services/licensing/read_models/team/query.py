"""Reads My Team: a page of it, one user, and who reports up to whom."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.licensing.read_models.team.fields import Parameters
from services.licensing.read_models.team.filter import TeamFilter, where
from services.licensing.read_models.team.sorting import Order
from services.licensing.read_models.team.view import COLUMNS, FROM, TeamUser, user_of
from shared.people.address import compare_form
from shared.people.statuses import IS_LIVE, STATUSES
from shared.postgres.database import Connection, Pool

FEW = 500
"""Of a filter's users below this, the first page of 100 stands so far apart in an index of the order (200 of 100,000
before the next) that reading everybody once is quicker."""


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

        total = await count() if team_filter.sifted else None
        few = total is not None and total < FEW
        select = selection(company_id, team_filter, order, limit + 1, cursor, few=few)
        rows = await conn.fetch(select.sql, *select.values)
        more = len(rows) > limit
        if total is None:  # who is searched for is found on the first page: nobody has to be counted then
            total = await count() if more or cursor else len(rows)
    return TeamPage(rows[:limit], order.cursor(rows[limit - 1]) if more else None, total)


def selection(
    company_id: UUID, team_filter: TeamFilter, order: Order, limit: int | None, cursor: str | None, *, few: bool = False
) -> Statement:
    """The users wanted, in their order. Who they are is found first, on as little of each as the order needs: so
    100,000 are sorted without being read whole. few: they are found before they are sorted, not looked for along an
    index of the order, which would walk past nearly everybody."""
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    keys = [key.sql(parameters) for key in order.keys]
    if (after := order.after(cursor)) is not None:
        condition += f" AND {order.behind(keys, after, parameters)}"
    named = [f"key_{n}" for n in range(len(keys))]
    chosen = ", ".join(f"{sql} AS {name}" for sql, name in zip(keys, named, strict=True))
    fence = " OFFSET 0" if few else ""
    first = "" if limit is None else f" LIMIT {limit}"
    sql = (
        f"SELECT {COLUMNS}, {', '.join(named)} FROM"
        f" (SELECT * FROM (SELECT {chosen} FROM {FROM} WHERE {condition}{fence}) f ORDER BY {order.by(named)}{first}) k"
        f" JOIN {FROM} ON u.user_id = k.{named[-1]} ORDER BY {order.by(named)}"
    )
    return Statement(sql, parameters.values)


def counting(company_id: UUID, team_filter: TeamFilter) -> Statement:
    """How many are wanted. Of everybody, and by status alone, seats know it, in the same transaction as the users."""
    if team_filter.by_status_alone:
        statuses = [status for status in STATUSES if status in team_filter.statuses or not team_filter.statuses]
        return Statement(f"SELECT {' + '.join(statuses)} FROM companies WHERE company_id = $1", [company_id])
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    return Statement(f"SELECT count(*) FROM {FROM} WHERE {condition}", parameters.values)


async def ids(conn: Connection, company_id: UUID, team_filter: TeamFilter, limit: int) -> list[UUID]:
    """The ids of those wanted, ``limit`` at most."""
    parameters = Parameters()
    condition = where(company_id, team_filter, parameters)
    rows = await conn.fetch(f"SELECT u.user_id FROM {FROM} WHERE {condition} LIMIT {limit}", *parameters.values)
    return [row["user_id"] for row in rows]


async def one(conn: Connection, company_id: UUID, user_id: UUID) -> TeamUser | None:
    """None for who is not in the company's list."""
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM {FROM} WHERE u.company_id = $1 AND u.user_id = $2", company_id,
                              user_id)  # fmt: skip
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
