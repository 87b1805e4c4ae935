"""What the other services say that they have done about somebody who is to be forgotten."""

import json
from collections.abc import Sequence
from uuid import UUID

from shared.messaging.consumed_record import Received
from shared.postgres.database import Connection
from usher_contracts import ErasedFromBatches, ErasedFromInvitations, ErasedFromValidations

EVENTS = (ErasedFromBatches, ErasedFromValidations, ErasedFromInvitations)
"""One a topic."""


async def record(conn: Connection, received: Sequence[Received]) -> None:
    """Records each: the last that a service says holds."""
    for r in received:
        if isinstance(r.event, EVENTS):
            service = r.source.rpartition("/")[2]
            erasure_id, company_id = UUID(r.event.erasure_id), UUID(r.event.company_id)
            await conn.execute(_RECORD, erasure_id, service, company_id, r.time, json.dumps(r.event.places))


_RECORD = """
INSERT INTO erasure_reports (erasure_id, service, company_id, done_at, places) VALUES ($1, $2, $3, $4, $5::jsonb)
ON CONFLICT (erasure_id, service) DO UPDATE SET done_at = excluded.done_at, places = excluded.places
"""
