"""Reads a company's users as resources: everybody on the list, and who was taken off it by the directory itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from asyncpg import Record

from services.licensing.read_models.scim_users.attributes import CHANGED_AT
from services.licensing.read_models.scim_users.filter import Condition
from services.licensing.read_models.team.fields import Parameters
from services.licensing.read_models.team.table import OWN_FIELDS
from shared.people import own
from shared.people.profile import FIRST_NAME, LAST_NAME, TEXT_KEYS
from shared.people.statuses import IS_LIVE, Status
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class ScimUser:
    """A resource. ``status`` None: they are on no list. ``manager`` is who they report to, by the id of their resource;
    where they shall report to somebody who is not there, by what the directory calls that one."""

    id: UUID
    user_id: UUID
    status: Status | None
    email: str
    texts: Mapping[str, str | None]
    custom_fields: Mapping[str, str]
    external_id: str | None
    manager: str | None
    manager_name: str | None
    manager_is_there: bool
    created_at: datetime
    changed_at: datetime
    version: str
    active: bool
    methodologies: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ScimPage:
    """Some of those that are asked for, and how many there are."""

    items: Sequence[ScimUser]
    total: int


async def one(conn: Connection, company_id: UUID, resource_id: UUID) -> ScimUser | None:
    """The resource with this id."""
    sql = f"{_RESOURCES} SELECT {_COLUMNS} FROM resources x {_MOMENT} WHERE x.id = $2 AND x.user_id = ANY ({_USERS_OF})"
    row = await conn.fetchrow(sql, company_id, resource_id)
    return None if row is None else _user(row)


async def of_user(conn: Connection, company_id: UUID, user_id: UUID) -> ScimUser | None:
    """The resource of somebody on the list."""
    sql = f"{_RESOURCES} SELECT {_COLUMNS} FROM resources x {_MOMENT} WHERE x.user_id = $2"
    row = await conn.fetchrow(sql, company_id, user_id)
    return None if row is None else _user(row)


async def page(
    conn: Connection, company_id: UUID, condition: Condition, order: Condition | None, offset: int, limit: int
) -> ScimPage:
    """Resources in their order, by default that in which they came."""
    parameters = Parameters()
    parameters.add(company_id)
    where = condition(parameters)
    # Counted without the moments of the last changes where nothing asks for them: the planner leaves the join out.
    total: int = await conn.fetchval(
        f"{_RESOURCES} SELECT count(*) FROM resources x {_MOMENT} WHERE {where}", *parameters.values
    )
    if limit == 0 or offset >= total:
        return ScimPage((), total)
    by = "x.created_at" if order is None else order(parameters)
    sql = f"{_RESOURCES} SELECT {_COLUMNS} FROM resources x {_MOMENT} WHERE {where} ORDER BY {by}, x.id"
    rows = await conn.fetch(f"{sql} LIMIT {limit:d} OFFSET {offset:d}", *parameters.values)
    return ScimPage([_user(row) for row in rows], total)


async def manager_of(conn: Connection, company_id: UUID, name: str, email_key: str) -> UUID | None:
    """Whom a directory means by this name of a manager, of those who can be one: the id of their resource, their
    address, or their externalId."""
    return await conn.fetchval(_MANAGER, company_id, name, email_key, _id(name))


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _user(row: Record) -> ScimUser:
    texts: dict[str, Any] = {key: row[key] or None for key in TEXT_KEYS}
    custom = own.known(orjson.loads(row["custom_fields"]), row["own_fields"])
    manager = row["manager"]
    return ScimUser(
        row["id"], row["user_id"], row["status"], row["email"], texts, custom, row["external_id"],
        str(manager) if manager else row["wanted_manager"], row["manager_name"], manager is not None,
        row["created_at"], row["changed_at"], f'W/"{row["user_version"]}.{row["version"]}"', row["active"],
        sorted(orjson.loads(row["methodologies"])) if row["active"] else (),
    )  # fmt: skip


_TEXTS = ", ".join(f"u.{key}" for key in TEXT_KEYS)
_SAID_TEXTS = ", ".join(
    f"coalesce(r.profile ->> '{key}', '')" if key in (FIRST_NAME, LAST_NAME) else f"r.profile ->> '{key}'"
    for key in TEXT_KEYS
)
_RESOURCES = f"""
WITH resources AS NOT MATERIALIZED (
    SELECT coalesce(r.id, g.id, u.user_id) AS id, u.user_id, u.version AS user_version,
           coalesce(r.version, g.version, 0) AS version, u.status, u.email, u.email_key, {_TEXTS}, u.custom_fields,
           u.methodologies, coalesce(r.external_id, g.external_id) AS external_id,
           coalesce(mr.id, u.manager_id) AS manager,
           r.wanted_manager, nullif(trim(m.first_name || ' ' || m.last_name), '') AS manager_name,
           coalesce(r.created_at, u.invited_at, u.activated_at) AS created_at, r.changed_at,
           'user-' || u.user_id AS stream, {IS_LIVE.replace("status", "u.status")} AS active
    FROM users u
    LEFT JOIN scim_users r ON r.user_id = u.user_id AND r.company_id = u.company_id
    LEFT JOIN scim_users g ON r.id IS NULL AND g.company_id = u.company_id AND g.email_key = u.email_key
                              AND g.profile IS NOT NULL
    LEFT JOIN users m ON m.user_id = u.manager_id AND m.company_id = u.company_id
    LEFT JOIN scim_users mr ON mr.user_id = u.manager_id AND mr.company_id = u.company_id
    WHERE u.company_id = $1 AND NOT (coalesce(r.hidden, false) AND u.status = 'inactive')
    UNION ALL
    SELECT r.id, r.user_id, 0, r.version, NULL, r.profile ->> 'email', r.email_key, {_SAID_TEXTS},
           coalesce(r.profile -> 'custom_fields', '{{}}'), '{{}}'::jsonb, r.external_id, NULL, r.wanted_manager, NULL,
           r.created_at, r.changed_at, NULL, false
    FROM scim_users r
    WHERE r.company_id = $1 AND r.profile IS NOT NULL
          AND NOT EXISTS (SELECT FROM users u WHERE u.company_id = $1 AND u.email_key = r.email_key)
)
"""
_MOMENT = "LEFT JOIN events e ON e.stream = x.stream AND e.version = x.user_version"
_COLUMNS = f"""
x.id, x.user_id, x.user_version, x.version, x.status, x.email, {", ".join(f"x.{key}" for key in TEXT_KEYS)},
x.custom_fields, x.methodologies, x.external_id, x.manager, x.wanted_manager, x.manager_name, x.created_at, x.active,
{CHANGED_AT} AS changed_at, {OWN_FIELDS}
"""
_USERS_OF = """ARRAY(
    SELECT user_id FROM scim_users WHERE company_id = $1 AND id = $2
    UNION ALL SELECT $2::uuid
    UNION ALL SELECT u.user_id FROM scim_users g JOIN users u ON u.company_id = $1 AND u.email_key = g.email_key
              WHERE g.company_id = $1 AND g.id = $2 AND g.profile IS NOT NULL
)"""
_MANAGER = f"""
SELECT u.user_id FROM users u LEFT JOIN scim_users r ON r.user_id = u.user_id AND r.company_id = u.company_id
WHERE u.company_id = $1 AND u.{IS_LIVE} AND u.user_id = ANY (ARRAY(
    SELECT user_id FROM users WHERE company_id = $1 AND email_key = $3
    UNION ALL SELECT user_id FROM scim_users WHERE company_id = $1 AND external_id = $2
    UNION ALL SELECT user_id FROM scim_users WHERE company_id = $1 AND id = $4
    UNION ALL SELECT $4::uuid
))
ORDER BY coalesce(r.id, u.user_id) = $4 DESC, u.email_key = $3 DESC LIMIT 1
"""
