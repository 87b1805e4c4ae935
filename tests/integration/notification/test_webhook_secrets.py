"""What is kept of a webhook: its secrets, its deliveries, its row."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from standardwebhooks.webhooks import Webhook

from services.notification.domain.refusals import Refused
from services.notification.domain.stored_events import webhook_stream
from services.notification.domain.webhook.decide import WEBHOOK
from services.notification.read_models.webhooks import query
from tests.integration.notification.harness import until
from tests.integration.notification.webhooks import Webhooks, all_delivered, as_it_is
from tests.webhook_receiver import sink

pytestmark = pytest.mark.anyio


async def test_a_rotated_secret_signs_beside_the_one_before_for_a_day(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        webhook, old = await webhooks.register(receiver.url)
        new = await webhooks.manage.rotate(webhooks.company, webhook, webhooks.context(webhooks.company))
        await webhooks.happen("ann")
        async with webhooks.delivering():
            await all_delivered(webhooks, webhook, 1)
        for secret in (old, new):
            Webhook(secret).verify(receiver.requests[-1].body, dict(receiver.requests[-1].headers))
        webhooks.harness.clock.ahead = timedelta(hours=25)
        await webhooks.happen("ann")
        async with webhooks.delivering():
            await all_delivered(webhooks, webhook, 2)
        assert len(receiver.requests[-1].headers["webhook-signature"].split()) == 1
        Webhook(new).verify(receiver.requests[-1].body, dict(receiver.requests[-1].headers))


async def test_secrets_are_sealed_and_sealed_anew_with_a_new_key(webhooks: Webhooks) -> None:
    _, secret = await webhooks.register("http://127.0.0.1:9/")
    pool = webhooks.harness.pool
    raw = secret.removeprefix("whsec_").encode()
    assert raw not in await pool.fetchval("SELECT sealed FROM webhook_secrets")
    assert not await pool.fetchval("SELECT bool_or(data::text LIKE '%whsec%') FROM events")
    later = webhooks.with_key("another key that is long enough too", webhooks.key)
    assert (await later.secrets.reseal(pool), await later.secrets.reseal(pool)) == (1, 0)
    after = webhooks.with_key(later.key, None)
    async with pool.acquire() as conn:
        webhook: UUID = await conn.fetchval("SELECT id FROM webhooks")
        target = await after.secrets.target(conn, webhook)
    assert target is not None and len(target.secrets) == 1


async def test_a_test_is_delivered_at_once_and_never_again(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        receiver.answers(500, body=b"not yet")
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.try_webhook.run(webhooks.company, webhook, webhooks.context(webhooks.company))
        [row] = await webhooks.listed(webhook)
        assert (row.type, row.state, row.status, row.answer) == ("usher.WebhookTest.v1", "dead", 500, "not yet")
        async with webhooks.delivering():
            await webhooks.happen("ann")

            async def tried() -> bool:
                return len(receiver.requests) >= 2

            await until(tried, "something else was sent")
    assert receiver.requests[0].event["data"]["webhook_id"] == str(webhook)


async def test_what_was_delivered_is_kept_for_a_week_and_what_is_dead_for_a_month(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen("ann")
        async with webhooks.delivering():
            await all_delivered(webhooks, webhook, 1)
    await webhooks.try_webhook.run(webhooks.company, webhook, webhooks.context(webhooks.company))
    for days, left in ((6, 2), (8, 1), (31, 0)):
        webhooks.harness.clock.ahead = timedelta(days=days)
        await webhooks.tidy.sweep_once()
        assert len(await webhooks.listed(webhook)) == left
    await webhooks.tidy.measure_once()


async def test_deleting_leaves_nothing_behind(webhooks: Webhooks) -> None:
    webhook, _ = await webhooks.register("http://127.0.0.1:9/")
    await webhooks.happen("ann")
    await webhooks.manage.delete(webhooks.company, webhook, webhooks.context(webhooks.company))
    for table in ("webhooks", "webhook_secrets", "webhook_queues", "webhook_deliveries"):
        assert await webhooks.harness.pool.fetchval(f"SELECT count(*) FROM {table}") == 0, table
    with pytest.raises(Refused):
        await webhooks.manage.rotate(webhooks.company, webhook, webhooks.context(webhooks.company))


async def test_a_row_is_the_fold_of_its_stream(webhooks: Webhooks) -> None:
    webhook, _ = await webhooks.register("http://127.0.0.1:9/", "usher.UserInvited.v1")
    owner, context = webhooks.company, webhooks.context(webhooks.company)
    await webhooks.manage.rotate(owner, webhook, context)
    await webhooks.manage.change(owner, webhook, as_it_is, False, context)

    async def fold(tx: Any) -> tuple[int, Any]:
        history = await tx.load(webhook_stream(webhook))
        return len(history), WEBHOOK.fold(r.event for r in history)

    folded = (await webhooks.harness.store.run(fold)).result
    async with webhooks.harness.pool.acquire() as conn:
        assert await query.locked(conn, owner, webhook) == folded
