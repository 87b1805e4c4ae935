"""Reads My Team: a page of it, one user, and who reports up to whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from services.licensing.team.sorting import Order
from services.licensing.team.view import COLUMNS, FROM, TeamUser, user_of
from shared.database import Connection, Pool
from shared.people.address import compare_form


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which users. ``reports_to`` an address or an id; ``below`` only those who report up to this user."""

    statuses: Sequence[str] = ()
    q: str = ""
    reports_to: str = ""
    functional_area: str = ""
    below: UUID | None = None


@dataclass(frozen=True, slots=True)
class TeamPage:
    """One page, and how many there are on all of them."""

    items: list[TeamUser]
    next_cursor: str | None
    total: int


async def page(pool: Pool, company_id: UUID, wanted: Wanted, order: Order, limit: int, cursor: str | None) -> TeamPage:
    """Users in their order, from behind the cursor."""
    where, parameters = _where(company_id, wanted)
    after = order.after(cursor)
    behind, values = ("", ()) if after is None else (f" AND {order.condition(len(parameters) + 1)}", after)
    select = (
        f"SELECT {COLUMNS}, {order.columns} FROM {FROM} WHERE {where}{behind} ORDER BY {order.by} LIMIT {limit + 1}"
    )
    async with pool.acquire() as conn, conn.transaction(isolation="repeatable_read", readonly=True):
        rows = await conn.fetch(select, *parameters, *values)
        total = await conn.fetchval(f"SELECT count(*) FROM users u WHERE {where}", *parameters)
    more = len(rows) > limit
    return TeamPage([user_of(row) for row in rows[:limit]], order.cursor(rows[limit - 1]) if more else None, total)


async def one(conn: Connection, company_id: UUID, user_id: UUID) -> TeamUser | None:
    """None for who is not in the company's list."""
    row = await conn.fetchrow(f"SELECT {COLUMNS} FROM {FROM} WHERE u.company_id = $1 AND u.user_id = $2", company_id,
                              user_id)  # fmt: skip
    return None if row is None else user_of(row)


async def manager_by_email(conn: Connection, company_id: UUID, email: str) -> UUID | None:
    """The id of the user with this address, if anybody reports to them."""
    return await conn.fetchval(_MANAGER, company_id, compare_form(email))


async def is_below(conn: Connection, company_id: UUID, manager_id: UUID, user_id: UUID) -> bool:
    """Whether the user reports up to this manager."""
    return await conn.fetchval(f"SELECT EXISTS ({_BELOW.format(2)} SELECT FROM below WHERE user_id = $3)", company_id,
                               manager_id, user_id)  # fmt: skip


def _where(company_id: UUID, wanted: Wanted) -> tuple[str, list[Any]]:
    conditions, parameters = ["u.company_id = $1"], list[Any]([company_id])

    def add(condition: str, value: Any) -> None:
        parameters.append(value)
        conditions.append(condition.format(len(parameters)))

    if wanted.statuses:
        add("u.status = ANY (${}::text[])", list(wanted.statuses))
    if wanted.q:
        add("(u.first_name || ' ' || u.last_name || ' ' || u.email || ' ' || coalesce(u.title, '')) ILIKE ${}",
            f"%{_escaped(wanted.q)}%")  # fmt: skip
    if wanted.functional_area:
        add("lower(u.functional_area) = lower(${}::text)", wanted.functional_area)
    if wanted.reports_to:
        _reporting(wanted.reports_to, add)
    if wanted.below is not None:
        parameters.append(wanted.below)
        conditions.append(f"u.user_id IN ({_BELOW.format(len(parameters))} SELECT user_id FROM below)")
    return " AND ".join(conditions), parameters


def _reporting(reports_to: str, add: Any) -> None:
    try:
        add("u.manager_id = ${}", UUID(reports_to))
    except ValueError:
        live = "SELECT user_id FROM users WHERE company_id = $1 AND email_key = ${} AND status <> 'inactive'"
        add(f"u.manager_id = ({live})", compare_form(reports_to))


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


_BELOW = """
WITH RECURSIVE below AS (
    SELECT user_id FROM users WHERE company_id = $1 AND manager_id = ${}
    UNION
    SELECT u.user_id FROM users u JOIN below b ON u.manager_id = b.user_id WHERE u.company_id = $1
)
"""

_MANAGER = """
SELECT user_id FROM users u WHERE company_id = $1 AND email_key = $2 AND status <> 'inactive'
AND EXISTS (SELECT FROM users r WHERE r.company_id = $1 AND r.manager_id = u.user_id)
"""
