"""What the commands decide on: the present state of streams with their versions, read in bulk from the inline tables.

The tables are kept in the transaction of the events and proven equal to the fold (tests/integration/licensing), so a
command costs the same whether a company has ten events or a hundred thousand. Appending still names the version.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from services.licensing.domain.licenses.state import Licenses, LicensesState, NotProvisioned
from services.licensing.domain.methodology_pools.state import Pools
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import Gone, Manager, Member, User
from services.licensing.read_models.invitations.query import Link
from services.licensing.read_models.seats import table as seats_table
from services.licensing.read_models.team import table as users_table
from shared.people.statuses import IS_LIVE
from shared.people.text import fold
from shared.postgres.database import Connection

S = TypeVar("S", covariant=True)


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[S]):
    """A stream's present state and version."""

    state: S
    version: int


async def licenses(conn: Connection, company_id: UUID, *, lock: bool = False) -> Snapshot[LicensesState]:
    """A company's licenses. With ``lock`` nobody else counts its licenses until the transaction ends: who waits decides
    on what is there then, and has no conflict afterwards."""
    how = " FOR NO KEY UPDATE" if lock else ""
    row = await conn.fetchrow(f"SELECT {seats_table.READ} FROM companies WHERE company_id = $1{how}", company_id)
    return Snapshot(NotProvisioned(), 0) if row is None else Snapshot(seats_table.licenses_of(row), row["version"])


async def provisioned(conn: Connection, company_id: UUID, *, lock: bool = False) -> Snapshot[Licenses]:
    """As ``licenses``; raises Refused ``not_found`` where nobody has provisioned the company."""
    snapshot = await licenses(conn, company_id, lock=lock)
    if not isinstance(snapshot.state, Licenses):
        raise Refused("not_found")
    return Snapshot(snapshot.state, snapshot.version)


async def pools(conn: Connection, company_id: UUID) -> Snapshot[Pools]:
    """A company's pools. Who decides on them holds the company's licenses (``lock``): the pools stand on the same
    row."""
    row = await conn.fetchrow(f"SELECT {seats_table.READ_POOLS} FROM companies WHERE company_id = $1", company_id)
    return Snapshot(Pools(), 0) if row is None else Snapshot(seats_table.pools_of(row), row["pools_version"])


async def users(conn: Connection, company_id: UUID, user_ids: Iterable[UUID]) -> dict[UUID, Snapshot[Member]]:
    """Those of the company; who is missing is not in its list."""
    rows = await conn.fetch(f"{_USERS} AND u.user_id = ANY ($2)", company_id, list(user_ids))
    return {row["user_id"]: Snapshot(users_table.member_of(row), row["version"]) for row in rows}


async def users_by_email(conn: Connection, company_id: UUID, keys: Iterable[str]) -> dict[str, list[Snapshot[Member]]]:
    """The company's users under these addresses, in compared form: an Inactive one may stand beside the live one."""
    rows = await conn.fetch(f"{_USERS} AND u.email_key = ANY ($2)", company_id, list(keys))
    found: dict[str, list[Snapshot[Member]]] = {}
    for row in rows:
        found.setdefault(row["email_key"], []).append(Snapshot(users_table.member_of(row), row["version"]))
    return found


async def direct_reports(conn: Connection, company_id: UUID, managers: Iterable[UUID]) -> dict[UUID, Snapshot[Member]]:
    """Who reports to these, in any status: an Inactive user is to find a manager when they come back."""
    rows = await conn.fetch(f"{_USERS} AND u.manager_id = ANY ($2)", company_id, list(managers))
    return {row["user_id"]: Snapshot(users_table.member_of(row), row["version"]) for row in rows}


async def ids_of_direct_reports(conn: Connection, company_id: UUID, managers: Iterable[UUID]) -> list[UUID]:
    """Who they are alone, where they are too many to be read at once."""
    sql = "SELECT user_id FROM users WHERE company_id = $1 AND manager_id = ANY ($2) ORDER BY user_id"
    return [row["user_id"] for row in await conn.fetch(sql, company_id, list(managers))]


async def manager_chains(conn: Connection, company_id: UUID, starts: Iterable[UUID]) -> dict[UUID, UUID | None]:
    """The managers of ``starts`` and of everybody above them: all of the graph that a circle through them can use."""
    rows = await conn.fetch(_CHAINS, company_id, list(starts))
    return {row["user_id"]: row["manager_id"] for row in rows}


async def live_managers(conn: Connection, company_id: UUID, user_ids: Iterable[UUID]) -> dict[UUID, Manager]:
    """Those of them whom somebody can report to, with their present addresses."""
    rows = await conn.fetch(_LIVE_MANAGERS, company_id, list(user_ids))
    return {row["user_id"]: Manager(row["user_id"], row["email"]) for row in rows}


async def addresses_like(conn: Connection, company_id: UUID, key: str) -> list[str]:
    """The addresses, in compared form, of who can be a manager that are about as long as this one: a slip is nothing
    longer."""
    rows = await conn.fetch(_LIKE, company_id, len(key) - _SLIPS, len(key) + _SLIPS)
    return [row["email_key"] for row in rows]


async def addresses_of_name(conn: Connection, company_id: UUID, name: str) -> list[str]:
    """The addresses of who can be a manager and has this name, two at most."""
    rows = await conn.fetch(_OF_NAME, company_id, fold(name))
    return [row["email"] for row in rows]


async def link_holder(conn: Connection, link: Link) -> Snapshot[User]:
    """The user whose link it is; Gone where they have left the list, at a version that nothing can be appended to."""
    found = (await users(conn, link.company_id, [link.user_id])).get(link.user_id)
    if found is None:
        return Snapshot(Gone(user_id=link.user_id, company_id=link.company_id, email=""), 0)
    return Snapshot(found.state, found.version)


async def company_name(conn: Connection, company_id: UUID) -> str:
    """What the company is called."""
    state = (await licenses(conn, company_id)).state
    return state.settings.name if isinstance(state, Licenses) else ""


def as_manager(user: Member) -> Manager:
    """The user as whom others report to."""
    return Manager(user.user_id, user.profile.email)


_USERS = f"""
SELECT {users_table.READ}, {users_table.OWN_FIELDS}
FROM users u LEFT JOIN users m ON m.company_id = u.company_id AND m.user_id = u.manager_id
WHERE u.company_id = $1
"""

_LIVE_MANAGERS = f"""
SELECT user_id, email FROM users WHERE company_id = $1 AND user_id = ANY ($2) AND {IS_LIVE}
"""

_SLIPS = 2
_LIKE = f"""
SELECT email_key FROM users
WHERE company_id = $1 AND {IS_LIVE} AND length(email_key) BETWEEN $2 AND $3
"""
_OF_NAME = f"""
SELECT email FROM users WHERE company_id = $1 AND {IS_LIVE} AND first_key || ' ' || last_key = $2 LIMIT 2
"""
_CHAINS = """
WITH RECURSIVE chain AS (
    SELECT user_id, manager_id FROM users WHERE company_id = $1 AND user_id = ANY ($2)
    UNION
    SELECT u.user_id, u.manager_id FROM users u JOIN chain c ON u.user_id = c.manager_id WHERE u.company_id = $1
)
SELECT user_id, manager_id FROM chain
"""
