"""The table `known_batches`, fed by what upload publishes: a request for more licenses may name a batch."""

from collections.abc import Sequence

from shared.messaging.inbox import Received
from shared.postgres.database import Connection
from usher_contracts import BatchUndoRequested, BatchUploaded


async def record(conn: Connection, received: Sequence[Received]) -> None:
    """Notes the batches that these events begin."""
    known = {
        r.event.batch_id: r.event.company_id
        for r in received
        if isinstance(r.event, BatchUploaded | BatchUndoRequested)
    }
    if known:
        await conn.execute(_RECORD, list(known), list(known.values()))


_RECORD = """
INSERT INTO known_batches (batch_id, company_id) SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT (batch_id) DO NOTHING
"""
