"""The table of users: a user as a row, and a row as a user."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from operator import attrgetter, itemgetter
from typing import Any, get_args
from uuid import UUID

import msgspec
import orjson
from asyncpg import Record

from services.licensing.domain.user.state import NO_ACCESS, Access, Actor, Invitation, Manager, Member, Profile
from shared.people import own
from shared.people.profile import TEXT_KEYS
from shared.people.statuses import Status
from shared.people.text import fold, searched

COLUMNS: Mapping[str, str] = {
    "user_id": "uuid", "company_id": "uuid", "version": "int", "status": "text", "email": "text", "email_key": "text",
    **dict.fromkeys(TEXT_KEYS, "text"),
    "manager_id": "uuid", "custom_fields": "jsonb", "plan": "text", "invited_at": "timestamptz",
    "activated_at": "timestamptz", "invitation_id": "uuid", "invited_by": "jsonb", "issued_at": "timestamptz",
    "expires_at": "timestamptz", "offered": "boolean", "resent_at": "timestamptz", "expired": "boolean",
    "methodologies": "jsonb", "permissions": "jsonb",
    "last_key": "text", "first_key": "text", "search": "text",
}  # fmt: skip
"""Columns and their types, in the order of ``row_of``. The last three are for sorting and searching alone."""
SEARCHED = 1_400
"""Bytes of the text that is searched, so that it fits an index with the names (2,704 bytes a row): names and address
always, of titles in scripts of four bytes a character the beginning."""

READ = f"{', '.join(f'u.{column}' for column in list(COLUMNS)[:-3])}, m.email AS manager_email"
"""What ``member_of`` needs, of ``users u LEFT JOIN users m ON m.user_id = u.manager_id``, beside OWN_FIELDS."""
OWN_FIELDS = """ARRAY(
SELECT f ->> 'name' FROM companies c, jsonb_array_elements(c.settings -> 'custom_fields') f WHERE c.company_id = $1
) AS own_fields"""
"""The names of the company's own fields, looked up once a statement, whose first parameter is the company."""


_encoded = lru_cache(64)(msgspec.json.encode)  # who invited the others of their batch, too
_texts: Callable[[Profile], tuple[str | None, ...]] = attrgetter(*TEXT_KEYS)


def row_of(user: Member, version: int, email_key: str) -> tuple[Any, ...]:
    """The user's row; ``email_key`` is their address in compared form."""
    p = user.profile
    invited: Invitation | None = getattr(user, "invitation", None)
    by = None if invited is None else _encoded(invited.by).decode()
    link = (
        (None,) * 7
        if invited is None
        else (
            invited.id,
            by,
            invited.issued_at,
            invited.expires_at,
            invited.offered,
            invited.resent_at,
            invited.expired,
        )
    )
    return (
        user.user_id, user.company_id, version, user.status, p.email, email_key, *_texts(p),
        p.reports_to and p.reports_to.user_id, orjson.dumps(dict(p.custom_fields)).decode(),
        getattr(user, "plan", None), user.invited_at, getattr(user, "activated_at", None), *link,
        orjson.dumps(user.access.methodologies).decode(), orjson.dumps(user.access.permissions).decode(),
        fold(p.last_name), fold(p.first_name), _search(p, email_key),
    )  # fmt: skip


def _search(p: Profile, email_key: str) -> str:
    # An internationalized address is found by either form of its domain.
    address = p.email if p.email.isascii() else f"{p.email} {email_key}"
    text = searched(f"{p.first_name} {p.last_name} {address} {p.title or ''}")
    return text if text.isascii() else text.encode()[:SEARCHED].decode(errors="ignore")


def member_of(row: Record) -> Member:
    """The user that a row of READ says, with their manager's present address."""
    kind = _KINDS[row["status"]]
    return kind(**{name: _READERS[name](row) for name in kind.__struct_fields__})


def _profile(row: Record) -> Profile:
    manager_id: UUID | None = row["manager_id"]
    values: dict[str, str] = orjson.loads(row["custom_fields"])
    custom, shelved = own.kept(values, row["own_fields"]) if values else (values, ())
    texts: dict[str, Any] = {key: row[key] for key in TEXT_KEYS}
    return Profile(
        email=row["email"],
        **texts,
        reports_to=None if manager_id is None else Manager(manager_id, row["manager_email"] or ""),
        custom_fields=custom,
        shelved=shelved,
    )


def _invitation(row: Record) -> Invitation:
    return Invitation(
        id=row["invitation_id"],
        by=Actor(**orjson.loads(row["invited_by"])),
        issued_at=row["issued_at"],
        expires_at=row["expires_at"],
        offered=row["offered"],
        resent_at=row["resent_at"],
        expired=row["expired"],
    )


def _access(row: Record) -> Access:
    held, permitted = row["methodologies"], row["permissions"]
    if held == "{}" and permitted == "[]":
        return NO_ACCESS
    return Access(orjson.loads(held), tuple(orjson.loads(permitted)))


_KINDS: Mapping[Status, type[Member]] = {kind.status: kind for kind in get_args(Member)}
_READERS: Mapping[str, Callable[[Record], Any]] = {
    **{name: itemgetter(name) for name in ("user_id", "company_id", "invited_at", "activated_at", "plan")},
    "profile": _profile,
    "invitation": _invitation,
    "access": _access,
}
"""What a status has of a user, by its name there, as a row says it."""
