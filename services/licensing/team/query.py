"""Reads My Team: a page of it, one user, and who reports up to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from asyncpg import Record

from services.licensing.team.fields import Parameters
from services.licensing.team.filters import Wanted, where
from services.licensing.team.sorting import Order
from services.licensing.team.view import COLUMNS, FROM, TeamUser, user_of
from shared.database import Connection, Pool
from shared.people.address import compare_form


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


async def page(pool: Pool, company_id: UUID, wanted: Wanted, order: Order, limit: int, cursor: str | None) -> TeamPage:
    """Users in their order, from behind the cursor."""
    select, count = selection(company_id, wanted, order, limit + 1, cursor), counting(company_id, wanted)
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        rows = await conn.fetch(select.sql, *select.values)
        more = len(rows) > limit
        # Who is searched for is found on the first page: nobody has to be counted then.
        total = await conn.fetchval(count.sql, *count.values) if more or cursor else len(rows)
    return TeamPage(rows[:limit], order.cursor(rows[limit - 1]) if more else None, total)


def selection(company_id: UUID, wanted: Wanted, order: Order, limit: int | None, cursor: str | None) -> Statement:
    """The users wanted, in their order. Who they are is found first, on as little of each as the order needs: so
    100,000 are sorted without being read whole."""
    parameters = Parameters()
    condition = where(company_id, wanted, parameters)
    keys = [key.sql(parameters) for key in order.keys]
    if (after := order.after(cursor)) is not None:
        condition += f" AND {order.behind(keys, after, parameters)}"
    named = [f"key_{n}" for n in range(len(keys))]
    chosen = ", ".join(f"{sql} AS {name}" for sql, name in zip(keys, named, strict=True))
    most = "" if limit is None else f" LIMIT {limit}"
    sql = (
        f"SELECT {COLUMNS}, {', '.join(named)}"
        f" FROM (SELECT {chosen} FROM {FROM} WHERE {condition} ORDER BY {order.by(keys)}{most}) k"
        f" JOIN {FROM} ON u.user_id = k.{named[-1]} ORDER BY {order.by(named)}"
    )
    return Statement(sql, parameters.values)


def counting(company_id: UUID, wanted: Wanted) -> Statement:
    """How many are wanted."""
    parameters = Parameters()
    condition = where(company_id, wanted, parameters)
    return Statement(f"SELECT count(*) FROM {FROM} WHERE {condition}", parameters.values)


async def ids(conn: Connection, company_id: UUID, wanted: Wanted, limit: int) -> list[UUID]:
    """The ids of those wanted, ``limit`` at most."""
    parameters = Parameters()
    condition = where(company_id, wanted, parameters)
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
        wanted, values = "email_key = $2 AND status <> 'inactive'", compare_form(who)
    return await conn.fetchval(f"SELECT user_id FROM users WHERE company_id = $1 AND {wanted}", company_id, values)


async def direct_reports(conn: Connection, company_id: UUID, managers: Sequence[UUID]) -> dict[UUID, int]:
    """How many report to each of these directly; who is missing has none."""
    rows = await conn.fetch(_REPORTS, company_id, managers)
    return {row["manager_id"]: row["count"] for row in rows}


async def manager_by_email(conn: Connection, company_id: UUID, email: str) -> UUID | None:
    """The id of the user with this address, if anybody reports to them."""
    return await conn.fetchval(_MANAGER, company_id, compare_form(email))


async def is_below(conn: Connection, company_id: UUID, manager_id: UUID, user_id: UUID) -> bool:
    """Whether the user reports up to this manager: by going up, which is short."""
    return await conn.fetchval(_ABOVE, company_id, manager_id, user_id)


_REPORTS = """
SELECT manager_id, count(*) FROM users WHERE company_id = $1 AND manager_id = ANY ($2::uuid[]) GROUP BY manager_id
"""

_ABOVE = """
WITH RECURSIVE above AS (
    SELECT manager_id FROM users WHERE company_id = $1 AND user_id = $3
    UNION
    SELECT u.manager_id FROM users u JOIN above a ON u.user_id = a.manager_id WHERE u.company_id = $1
)
SELECT EXISTS (SELECT FROM above WHERE manager_id = $2)
"""

_MANAGER = """
SELECT user_id FROM users u WHERE company_id = $1 AND email_key = $2 AND status <> 'inactive'
AND EXISTS (SELECT FROM users r WHERE r.company_id = $1 AND r.manager_id = u.user_id)
"""
