"""Tokens of a company's directories: each opens SCIM for its company and nothing else. Kept as a hash."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

from services.licensing.application.unit_of_work import UnitOfWork, new_id
from services.licensing.domain.refusals import Refused
from services.licensing.domain.user.state import DIRECTORY_ISSUER, Actor
from services.licensing.read_models.scim_tokens import query
from services.licensing.read_models.scim_tokens.query import ScimToken
from shared.postgres.database import Connection

MAX_TOKENS = 2
"""Of a company: one, and the next while it takes the place of the first."""
_PREFIX = "usher_scim_"
"""So that who finds one, a scanner of secrets too, knows what it is."""


async def make_token(uow: UnitOfWork, name: str, by: Actor) -> tuple[ScimToken, str]:
    """A new token, and its text, which nobody is told again. Raises Refused ``too_many_tokens``."""
    await uow.lock_company("exclusive", by)
    if len(await query.all_of(uow.conn, uow.company_id)) >= MAX_TOKENS:
        raise Refused("too_many_tokens")
    # 256 bits of chance: no dictionary is long enough, so a hash that is quick to make keeps it.
    text = _PREFIX + secrets.token_urlsafe(32)
    token = ScimToken(new_id(), uow.company_id, name, by, uow.at, None)
    await query.add(uow.conn, token, _digest(text))
    return token, text


async def revoke_token(uow: UnitOfWork, token_id: UUID, by: Actor) -> None:
    """It opens nothing from now on. Raises Refused ``not_found``."""
    await uow.lock_company("shared", by)
    if not await query.remove(uow.conn, uow.company_id, token_id):
        raise Refused("not_found")


async def tokens_of(conn: Connection, company_id: UUID) -> Sequence[ScimToken]:
    """The company's tokens, oldest first."""
    return await query.all_of(conn, company_id)


async def recognise(conn: Connection, text: str) -> ScimToken | None:
    """Whose token this is. The connection must see all companies (shared/postgres/row_security.py)."""
    if not text.startswith(_PREFIX) or len(text) > 100:
        return None
    token = await query.by_digest(conn, _digest(text))
    if token is not None:
        await query.used(conn, token.id, datetime.now(UTC))
    return token


def actor_of(token: ScimToken) -> Actor:
    """Who did what the token's holder asked for: the directory by its name, at the address of who let it in."""
    return Actor(token.made_by.email, f"SCIM: {token.name}", str(token.id), DIRECTORY_ISSUER)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()
