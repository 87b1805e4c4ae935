"""Reads who holds a seat of a methodology, as the members of a group."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from shared.people.statuses import IS_LIVE
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Member:
    """``id``: of their resource."""

    id: UUID
    user_id: UUID
    name: str


async def members(conn: Connection, company_id: UUID, methodology_id: str) -> Sequence[Member]:
    """Who is on the list and holds a seat of it."""
    rows = await conn.fetch(_MEMBERS, company_id, methodology_id)
    return [Member(row["id"], row["user_id"], row["name"]) for row in rows]


async def users_of(conn: Connection, company_id: UUID, resource_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The users of these resources, by the resources' ids; who is missing is not on the list."""
    rows = await conn.fetch(_USERS, company_id, list(resource_ids))
    return {row["id"]: row["user_id"] for row in rows}


_FROM = "users u LEFT JOIN scim_users r ON r.user_id = u.user_id AND r.company_id = u.company_id"
_MEMBERS = f"""
SELECT coalesce(r.id, u.user_id) AS id, u.user_id,
       coalesce(nullif(trim(u.first_name || ' ' || u.last_name), ''), u.email) AS name
FROM {_FROM} WHERE u.company_id = $1 AND u.{IS_LIVE} AND u.methodologies ? $2 ORDER BY u.user_id
"""
_USERS = f"""
SELECT coalesce(r.id, u.user_id) AS id, u.user_id FROM {_FROM}
WHERE u.company_id = $1 AND u.user_id = ANY (ARRAY(
    SELECT unnest($2::uuid[]) UNION ALL SELECT user_id FROM scim_users WHERE company_id = $1 AND id = ANY ($2)
)) AND coalesce(r.id, u.user_id) = ANY ($2)
"""
