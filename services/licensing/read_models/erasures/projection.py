"""Keeps who is to be forgotten and what licensing itself has done of it, in the transaction of the events."""

from collections.abc import Sequence

import msgspec

from services.licensing.domain.erasure.events import ErasureRequested
from services.licensing.domain.stored_events import Event
from shared.erasure.events import PersonErased
from shared.eventsourcing.events import Recorded
from shared.postgres.database import Connection


class ErasuresProjection:
    """The table `erasures`."""

    name = "erasures"
    tables: Sequence[str] = ("erasures",)

    async def apply(self, conn: Connection, events: Sequence[Recorded[Event]]) -> None:
        """One after the other: they are few."""
        for recorded in events:
            match recorded.event:
                case ErasureRequested() as asked:
                    await conn.execute(
                        _ASKED,
                        asked.erasure_id,
                        asked.company_id,
                        list(asked.user_ids),
                        list(asked.address_digests),
                        asked.reason,
                        asked.by and msgspec.json.encode(asked.by).decode(),
                        asked.erased_at,
                    )
                case PersonErased(erasure_id, _, places):
                    counts = msgspec.json.encode(places).decode()
                    await conn.execute(_DONE, erasure_id, recorded.context.at, counts)
                case _:
                    pass


_ASKED = """
INSERT INTO erasures (erasure_id, company_id, user_ids, address_digests, reason, asked_by, asked_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7) ON CONFLICT (erasure_id) DO NOTHING
"""
_DONE = "UPDATE erasures SET done_at = $2, places = $3::jsonb WHERE erasure_id = $1"
