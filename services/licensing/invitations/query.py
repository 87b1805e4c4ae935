"""Reads invitations: whose a link is, and what it offers."""

from dataclasses import dataclass
from uuid import UUID

from services.licensing import heads
from services.licensing.heads import Head
from services.licensing.ledger import Ledger
from services.licensing.user import Gone, User
from shared.postgres.database import Connection


@dataclass(frozen=True, slots=True)
class Link:
    """Whose link it is."""

    user_id: UUID
    company_id: UUID


async def link(conn: Connection, invitation_id: UUID) -> Link | None:
    """None for an id that was never issued."""
    row = await conn.fetchrow("SELECT user_id, company_id FROM invitations WHERE invitation_id = $1", invitation_id)
    return None if row is None else Link(row["user_id"], row["company_id"])


async def holder(conn: Connection, link: Link) -> Head[User]:
    """The user whose link it is; Gone where they have left the list, at a version that nothing can be appended to."""
    found = (await heads.users(conn, link.company_id, [link.user_id])).get(link.user_id)
    if found is None:
        return Head(Gone(user_id=link.user_id, company_id=link.company_id, email=""), 0)
    return Head(found.state, found.version)


async def company_name(conn: Connection, company_id: UUID) -> str:
    """What the company is called."""
    state = (await heads.ledger(conn, company_id)).state
    return state.settings.name if isinstance(state, Ledger) else ""
