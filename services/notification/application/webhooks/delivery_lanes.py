"""The background task that delivers: a lane for each webhook whose turn it is, so many at once.

Webhooks that fail or are slow have lanes of their own, so that however many they are those that do well never wait for
them; and one that fails has one attempt at a time, with a rest between two.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from services.notification.application.mail_queue import Clock
from services.notification.application.webhooks.deliver import Group, deliver_group, health_after
from services.notification.application.webhooks.manage_webhooks import ManageWebhooks
from services.notification.application.webhooks.webhook_client import WebhookClient, WebhookClients
from services.notification.application.webhooks.webhook_secrets import WebhookSecrets
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.metrics import WEBHOOK_ATTEMPTS, WEBHOOK_SECONDS
from services.notification.read_models.deliveries import queue
from services.notification.read_models.deliveries.queue import WAITING, Due, Health
from shared.core.crash_points import reached
from shared.core.retry import TRANSIENT
from shared.postgres.database import LOOK_ANYWAY, Listener, Pool, wait_for_either

log = structlog.stdlib.get_logger(__name__)

LEASE = timedelta(seconds=14)
"""How long a lane has its webhook: the group's own second, an attempt's ten, and time to record them. In development
too another process goes on before 15 seconds have passed."""
HEALTHY_LANES, OTHER_LANES = 48, 16
_GROUP = 200
_TRANSACTIONS = 2
"""Connections to the database that all lanes of a process use at once."""
_PAUSE_SECONDS = 0.01
"""Between two looks for webhooks whose turn it is."""


@dataclass(slots=True)
class Lanes:
    """`connections`: to one webhook at once."""

    pool: Pool
    listener: Listener
    clients: WebhookClients
    secrets: WebhookSecrets
    webhooks: ManageWebhooks
    schedule: RetrySchedule
    clock: Clock
    connections: int
    _using: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_TRANSACTIONS))
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[bool, int] = field(default_factory=lambda: {True: 0, False: 0})

    async def run(self) -> None:
        """Delivers until cancelled: then what is under way is ended and recorded, and nothing more is begun."""
        self._stopping.clear()
        working = asyncio.ensure_future(self._run())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            await working
            raise

    async def _run(self) -> None:
        async with self.listener.wakeups(WAITING) as waiting, asyncio.TaskGroup() as lanes:
            self._ended = waiting  # a lane that ends makes room for another
            while not self._stopping.is_set():
                rest = await self._begin(lanes)
                await wait_for_either(self._stopping, waiting, rest)
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _begin(self, lanes: asyncio.TaskGroup) -> float:
        """Opens lanes for those whose turn it is; seconds after which to look again."""
        try:
            for healthy in (True, False):
                room = (HEALTHY_LANES if healthy else OTHER_LANES) - self._open[healthy]
                lease, now = uuid4(), self.clock()
                async with self._using, self.pool.acquire() as conn:
                    wanted = {"healthy": room, "others": 0} if healthy else {"healthy": 0, "others": room}
                    found = await queue.claim(conn, lease, now + LEASE, now, **wanted)
                for webhook in found:
                    self._open[healthy] += 1
                    lanes.create_task(self._lane(webhook, lease, healthy=healthy))
            async with self._using, self.pool.acquire() as conn:
                rest = await queue.next_due(conn, self.clock())
            return LOOK_ANYWAY if rest is None else min(max(rest, 0.1), LOOK_ANYWAY)
        except TRANSIENT as error:
            log.warning("webhooks_wait", error=type(error).__name__)
            return 1.0

    async def _lane(self, webhook: UUID, lease: UUID, *, healthy: bool) -> None:
        try:
            await self._serve(webhook, lease)
        except TRANSIENT as error:
            log.warning("webhook_lane_lost", webhook=str(webhook), error=type(error).__name__)
        except Exception:
            # Whatever is wrong with one webhook, the others go on; it is tried again when its lease has run out.
            log.exception("webhook_lane_failed", webhook=str(webhook))
        finally:
            self._open[healthy] -= 1
            self._ended.set()

    async def _serve(self, webhook: UUID, lease: UUID) -> None:
        reached("webhook.claimed")
        async with self._using, self.pool.acquire() as conn:
            target = await self.secrets.target(conn, webhook)
            health = await queue.health(conn, webhook)
        if target is None or health is None:
            return  # deleted, or switched off
        async with self.clients.client(target.url, target.secrets, self.connections) as client:
            while not self._stopping.is_set():
                after = await self._group(client, webhook, lease, health)
                if after is None:
                    return
                health = after
                if health.failures or health.slow:
                    break  # its next turn is after others'
        async with self._using, self.pool.acquire() as conn, conn.transaction():
            await queue.release(conn, webhook, lease, self.clock())

    async def _group(self, client: WebhookClient, webhook: UUID, lease: UUID, health: Health) -> Health | None:
        """One group, recorded. None where there is nothing more for this lane to do, and it has let go."""
        async with self._using, self.pool.acquire() as conn:
            due = await queue.due(conn, webhook, self.clock(), 1 if health.failures else _GROUP)
        if not due:
            async with self._using, self.pool.acquire() as conn, conn.transaction():
                await queue.release(conn, webhook, lease, self.clock())
            return None
        began = time.monotonic()
        group = await deliver_group(client, due, 1 if health.failures else self.connections, self.schedule, self.clock)
        seconds = time.monotonic() - began
        _measure(group, due, self)
        after = health_after(health, group, seconds, self.schedule, self.clock())
        ours = await self._record(webhook, lease, group, after)
        reached("webhook.recorded")
        if group.gone or self.schedule.is_over(after.failing_since, self.clock()):
            await self.webhooks.give_up(webhook, "gone" if group.gone else "failing")
            return None
        return after if ours else None

    async def _record(self, webhook: UUID, lease: UUID, group: Group, after: Health) -> bool:
        while True:
            try:
                async with self._using, self.pool.acquire() as conn, conn.transaction():
                    ours = await queue.keep(conn, webhook, lease, after, self.clock() + LEASE)
                    await queue.record(conn, webhook, group.results)
                    return ours
            except TRANSIENT as error:
                # Without it all of the group would be delivered once more.
                log.warning("webhook_results_wait", error=type(error).__name__, results=len(group.results))
                if self._stopping.is_set():
                    raise
                await asyncio.sleep(1.0)


def _measure(group: Group, due: list[Due], lanes: Lanes) -> None:
    recorded = {each.event_id: each.recorded_at for each in due}
    for result in group.results:
        WEBHOOK_ATTEMPTS.labels(result.state).inc()
        if result.state == "delivered":
            WEBHOOK_SECONDS.observe(max(0.0, (lanes.clock() - recorded[result.event_id]).total_seconds()))
