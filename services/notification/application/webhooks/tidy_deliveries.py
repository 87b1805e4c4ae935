"""What is looked at again and again: how deliveries go, and which are forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import structlog

from services.notification.application.mail_queue import Clock
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.metrics import DEAD_DELIVERIES, FAILING_WEBHOOKS, OLDEST_DELIVERY, WAITING_DELIVERIES
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import secrets
from shared.core.periodic import run_periodically
from shared.core.retry import TRANSIENT
from shared.postgres.database import Pool

log = structlog.stdlib.get_logger(__name__)

DEAD_KEPT = timedelta(days=30)
_SWEPT_SECONDS, _MEASURED_SECONDS = 600.0, 15.0
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class TidyDeliveries:
    """Background tasks. `kept`: how long what was taken can be looked at."""

    pool: Pool
    secrets: WebhookSecrets
    clock: Clock
    kept: timedelta

    async def sweep(self) -> None:
        """Forgets what has come to an end, until cancelled. Secrets of before a rotation of the key are sealed anew."""
        resealed = await self.secrets.reseal(self.pool)
        log.info("webhook_secrets_sealed_anew", secrets=resealed)
        await run_periodically(_SWEPT_SECONDS, self.sweep_once)

    async def sweep_once(self) -> int:
        """Forgets what may be forgotten now. Returns how many deliveries."""
        now, total = self.clock(), 0
        async with self.pool.acquire() as conn:
            await secrets.forget_old(conn, now)
        while True:
            async with self.pool.acquire() as conn:
                swept = await queue.sweep(conn, now - self.kept, now - DEAD_KEPT, _CHUNK)
            total += swept
            if swept < _CHUNK:
                return total

    async def measure(self) -> None:
        """Measures until cancelled."""
        await run_periodically(_MEASURED_SECONDS, self.measure_once)

    async def measure_once(self) -> None:
        """Measures now."""
        try:
            async with self.pool.acquire() as conn:
                found = await queue.measure(conn, self.clock())
        except TRANSIENT as error:
            log.warning("webhooks_not_measured", error=type(error).__name__)
            return
        WAITING_DELIVERIES.set(found.waiting)
        OLDEST_DELIVERY.set(max(0.0, found.oldest_seconds))
        DEAD_DELIVERIES.set(found.dead)
        FAILING_WEBHOOKS.set(found.failing)
