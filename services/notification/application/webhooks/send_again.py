"""Sending again what has come to an end: one delivery, or all that are dead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from services.notification.application.mail_queue import Clock
from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.state import Webhook
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query
from shared.postgres.database import Pool


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The use case."""

    pool: Pool
    clock: Clock

    async def run(self, owner: UUID | None, id_: UUID, events: Collection[UUID] | None) -> int:
        """Delivers these once more, or with None all that are dead, behind all that waits. Returns how many. Raises
        Refused."""
        async with self.pool.acquire() as conn, conn.transaction():
            _, state = await query.locked(conn, owner, id_)
            if not isinstance(state, Webhook):
                raise Refused("webhook_not_found")
            if state.off is not None:
                raise Refused("webhook_off")
            return await queue.put_again(conn, id_, events, self.clock())
