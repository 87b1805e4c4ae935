"""The table of addresses, over all companies: whose an address is, and whether it has an individual plan."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.licensing.domain.user.state import IndividualPlan
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Address:
    """Whose it is, None where nobody's; ``plan`` the individual plan under it."""

    user_id: UUID | None = None
    company_id: UUID | None = None
    plan: IndividualPlan | None = None


class AddressTaken(Exception):
    """Two users would hold one address: a rule was broken before, and nothing of this must be committed."""


async def lock(conn: Connection, keys: Iterable[str]) -> dict[str, Address]:
    """Holds the addresses until the transaction ends, in their order, so that two who want the same ones never wait
    for each other; those that nobody has ever had too, else two could claim one at once. ``keys`` in compared form."""
    wanted = sorted(set(keys))
    rows = await conn.fetch(_LOCK, wanted)
    return {row["email_key"]: Address(row["user_id"], row["company_id"], row["plan"]) for row in rows}


async def let_go(conn: Connection, keys: Sequence[str]) -> None:
    """Takes back rows that ``lock`` made and nothing was done with, where the transaction commits all the same."""
    await conn.execute(
        "DELETE FROM addresses WHERE email_key = ANY ($1) AND user_id IS NULL AND plan IS NULL", list(keys)
    )


async def peek(conn: Connection, key: str) -> Address:
    """The address as of now, without holding it."""
    row = await conn.fetchrow("SELECT user_id, company_id, plan FROM addresses WHERE email_key = $1", key)
    return Address() if row is None else Address(row["user_id"], row["company_id"], row["plan"])


async def set_plans(conn: Connection, plans: Mapping[str, str | None]) -> None:
    """Records plans by address."""
    keys = list(plans)
    await conn.execute(
        "INSERT INTO addresses (email_key, plan) SELECT * FROM unnest($1::text[], $2::text[])"
        " ON CONFLICT (email_key) DO UPDATE SET plan = excluded.plan",
        keys,
        [plans[key] for key in keys],
    )
    await let_go(conn, keys)


async def move(conn: Connection, freed: Sequence[tuple[str, UUID]], claimed: Sequence[tuple[str, UUID, UUID]]) -> None:
    """Frees addresses of users, then claims some. Raises AddressTaken."""
    if freed:
        keys, users = (list(column) for column in zip(*freed, strict=True))
        await conn.execute(_FREE, keys, users)
        await let_go(conn, keys)
    if claimed:
        columns = [list(column) for column in zip(*claimed, strict=True)]
        status = await conn.execute(_CLAIM, *columns)
        if int(status.rpartition(" ")[2]) != len(claimed):
            raise AddressTaken(f"{len(claimed)} addresses were claimed: {status}")


# An update of the row to what it is both locks it and returns it, whether it was there or not.
_LOCK = """
INSERT INTO addresses AS a (email_key) SELECT unnest($1::text[])
ON CONFLICT (email_key) DO UPDATE SET email_key = a.email_key
RETURNING email_key, user_id, company_id, plan
"""

_FREE = """
UPDATE addresses a SET user_id = NULL, company_id = NULL
FROM unnest($1::text[], $2::uuid[]) AS f (email_key, user_id)
WHERE a.email_key = f.email_key AND a.user_id = f.user_id
"""

_CLAIM = """
INSERT INTO addresses AS a (email_key, user_id, company_id) SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[])
ON CONFLICT (email_key) DO UPDATE SET user_id = excluded.user_id, company_id = excluded.company_id
WHERE a.user_id IS NULL OR a.user_id = excluded.user_id
"""
