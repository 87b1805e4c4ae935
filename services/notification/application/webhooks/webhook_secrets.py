"""The secrets of webhooks: made, shown once, and kept sealed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog

from services.notification.application.mail_queue import Clock
from services.notification.domain.webhook.state import Webhook
from services.notification.formats.webhook.signature import SECRET_BYTES, secret_text
from services.notification.read_models.webhooks import query, secrets
from shared.core.sealing import Box
from shared.postgres.database import Connection, Pool

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """Where a webhook's deliveries go, and what they are signed with."""

    url: str
    secrets: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """`overlap`: how long the secret before is signed with, too."""

    box: Box
    clock: Clock
    overlap: timedelta

    async def issue(self, conn: Connection, webhook: UUID, number: int, owner: UUID | None) -> str:
        """A new secret, as who receives deliveries gets it: never again."""
        secret = os.urandom(SECRET_BYTES)
        sealed = self.box.seal(secret, _about(webhook, number))
        await secrets.put(conn, webhook, number, owner, sealed, self.clock() + self.overlap)
        return secret_text(secret)

    async def target(self, conn: Connection, webhook: UUID, *, even_off: bool = False) -> Target | None:
        """Where its deliveries go; None for one that is deleted, or switched off."""
        state = await query.seen(conn, webhook)
        if not isinstance(state, Webhook) or (state.off is not None and not even_off):
            return None
        found = await secrets.good(conn, webhook, self.clock())
        opened = [self.box.open(sealed, _about(webhook, number)) for number, sealed in found]
        if None in opened:
            log.error("webhook_secret_not_opened", webhook=str(webhook))
        return Target(state.url, [secret for secret in opened if secret is not None])

    async def reseal(self, pool: Pool) -> int:
        """Seals with the present key what another one has sealed. Returns how many."""
        count = 0
        async with pool.acquire() as conn, conn.transaction():
            for webhook, number, sealed in await secrets.everything(conn):
                about = _about(webhook, number)
                secret = None if self.box.is_present(sealed, about) else self.box.open(sealed, about)
                if secret is not None:
                    await secrets.reseal(conn, webhook, number, self.box.seal(secret, about))
                    count += 1
        return count


def _about(webhook: UUID, number: int) -> bytes:
    return f"{webhook} {number}".encode()
