"""The table `undoable_actions`: whom an action touched, as they were before it. Written with the action, forgotten when
it can no longer be taken back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.licensing.domain.user.short_undo import Touched
from shared.postgres.database import Connection, Pool

_TOUCHED = msgspec.json.Decoder(tuple[Touched, ...])


@dataclass(frozen=True, slots=True)
class UndoableAction:
    """``by``: who did it, as their token's subject. ``settings``: the digest of what the company allowed then."""

    id: UUID
    by: str
    until: datetime
    settings: str
    touched: Sequence[Touched]


async def keep(conn: Connection, company_id: UUID, action: UndoableAction) -> None:
    """Remembers what an action did."""
    touched = msgspec.json.encode(action.touched).decode()
    await conn.execute(_KEEP, action.id, company_id, action.by, action.until, action.settings, touched)


async def take(conn: Connection, company_id: UUID, action_id: UUID) -> UndoableAction | None:
    """The action, which nobody finds any more once this is committed."""
    row = await conn.fetchrow(_TAKE, company_id, action_id)
    if row is None:
        return None
    touched = _TOUCHED.decode(row["touched"])
    return UndoableAction(row["id"], row["done_by"], row["until"], row["settings"], touched)


async def forget(pool: Pool, before: datetime) -> None:
    """Forgets what can no longer be taken back."""
    await pool.execute("DELETE FROM undoable_actions WHERE until < $1", before)


_KEEP = """
INSERT INTO undoable_actions (id, company_id, done_by, until, settings, touched) VALUES ($1, $2, $3, $4, $5, $6::jsonb)
"""
_TAKE = """
DELETE FROM undoable_actions WHERE company_id = $1 AND id = $2 RETURNING id, done_by, until, settings, touched
"""
