"""The leases of senders: what the row of a mail says beside its events, from the claim to the outcome.

A lease is no fact about the mail: an event of it would say no more than that somebody tries. It is committed before
MAIL FROM; that it has run out is an event.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from shared.postgres.database import Connection


async def give(conn: Connection, ids: Collection[UUID], until: datetime) -> None:
    """A sender has these mails, which are due and locked, until then: as `domain/mail/state.py: claimed` says."""
    await conn.execute(_GIVE, list(ids), until)


async def carry_over(conn: Connection) -> None:
    """In copies of the tables that were filled from the log: the leases that the live ones have."""
    await conn.execute(_CARRY_OVER)


_GIVE = """
UPDATE mail_jobs
SET state = 'sending', attempts = attempts + 1, uncertain = state = 'ambiguous', run_at = NULL, lease_until = $2,
    error = NULL
WHERE id = ANY ($1)
"""
_CARRY_OVER = """
UPDATE mail_jobs m
SET state = live.state, attempts = live.attempts, uncertain = live.uncertain, run_at = live.run_at,
    lease_until = live.lease_until, error = live.error
FROM public.mail_jobs live WHERE live.id = m.id AND live.version = m.version AND live.state = 'sending'
"""
