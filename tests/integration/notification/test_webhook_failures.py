"""Webhooks that fail: tried again, switched off, switched on, sent again."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.notification.application.webhooks.record_deliveries import deliveries
from services.notification.domain.refusals import Refused
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query
from tests.integration.notification.harness import until
from tests.integration.notification.webhooks import SOMEBODY_WAITS, Webhooks, all_delivered, as_it_is
from tests.webhook_receiver import Sink, sink

pytestmark = pytest.mark.anyio


async def test_one_that_is_away_is_tried_with_one_at_a_time_and_comes_back(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        receiver.answers(500)
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen(*[f"user-{n}" for n in range(100)])
        async with webhooks.delivering():

            async def failing() -> bool:
                return (await webhooks.shown(webhook)).failing_since is not None

            await until(failing, "it fails")
            assert len(receiver.requests) <= 2 * webhooks.connections, "it is spared"
            receiver.answers(200)
            await webhooks.later(minutes=6)
            await all_delivered(webhooks, webhook, 100)
    assert (await webhooks.shown(webhook)).failing_since is None


async def test_after_the_last_attempt_it_is_dead_and_can_be_sent_again(webhooks: Webhooks) -> None:
    webhooks.schedule = RetrySchedule(pauses=(0.05, 0.05), rest=0.05)
    async with sink() as receiver:
        receiver.answers(500, body=b"no room")
        webhook, _ = await webhooks.register(receiver.url)
        [event] = await webhooks.happen("ann")
        async with webhooks.delivering():

            async def dead() -> bool:
                return await webhooks.states(webhook) == ["dead"]

            await until(dead, "it is dead")
            [row] = await webhooks.listed(webhook)
            assert (row.attempts, row.status, row.answer) == (3, 500, "no room")
            assert receiver.ids == [event] * 3
            receiver.answers(200)
            assert await webhooks.send_again.run(webhooks.company, webhook, None) == 1
            await all_delivered(webhooks, webhook, 1)
            assert await webhooks.send_again.run(webhooks.company, webhook, [UUID(event)]) == 1

            async def five() -> bool:
                return receiver.ids == [event] * 5

            await until(five, "sent once more")


async def test_410_switches_it_off_at_once_and_who_registered_it_gets_a_mail(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        receiver.answers(410)
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen("ann", "bob", "ann")
        async with webhooks.delivering():

            async def off() -> bool:
                return (await webhooks.shown(webhook)).webhook.off == "gone"

            await until(off, "it is off")
        assert set(await webhooks.states(webhook)) == {"dead"}
        await webhooks.happen("cyd")
        assert len(await webhooks.listed(webhook)) == 3, "nothing more is recorded for it"
    assert await webhooks.harness.states() == {"marta": "queued"}


async def test_what_is_recorded_while_it_is_switched_off_is_given_up_with_the_rest(webhooks: Webhooks) -> None:
    """Who records has seen that it is on, and who switches it off comes before they are done."""
    webhook, _ = await webhooks.register("http://127.0.0.1:9/")
    told, pool = [webhooks.received("ann", webhooks.company)], webhooks.harness.pool
    async with pool.acquire() as acquired:
        conn: Any = acquired
        async with conn.transaction():
            interests = await query.interested(conn, [str(webhooks.company)])
            context = webhooks.context(webhooks.company)
            off = asyncio.ensure_future(
                webhooks.manage.change(webhooks.company, webhook, as_it_is, on=False, context=context)
            )

            async def waits() -> bool:
                return off.done() or await pool.fetchval(SOMEBODY_WAITS)

            await until(waits, "it is off, or waits until this is recorded")
            await queue.put(conn, deliveries(told, interests), webhooks.harness.clock())
        await off
    assert await webhooks.states(webhook) == ["dead"]


async def test_days_of_failures_switch_it_off_and_it_can_be_switched_on_again(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        receiver.answers(500)
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen("ann")
        async with webhooks.delivering():
            for _ in range(12):
                before = len(receiver.requests)
                await webhooks.later(hours=13)
                await webhooks.happen("bob")  # something more happens now and then
                if await _settled(webhooks, webhook, receiver, before):
                    break
        shown = await webhooks.shown(webhook)
        assert shown.webhook.off == "failing" and shown.waiting == 0 and shown.dead
        with pytest.raises(Refused, match="webhook_off"):
            await webhooks.send_again.run(webhooks.company, webhook, None)
        context = webhooks.context(webhooks.company)
        await webhooks.manage.change(webhooks.company, webhook, as_it_is, True, context)
        receiver.answers(200)
        await webhooks.happen("cyd")
        async with webhooks.delivering():
            await webhooks.send_again.run(webhooks.company, webhook, None)

            async def delivered() -> bool:
                return set(await webhooks.states(webhook)) == {"delivered"}

            await until(delivered, "all are delivered")


async def _settled(webhooks: Webhooks, webhook: UUID, receiver: Sink, before: int) -> bool:
    """Waits until there was another attempt at anything; whether it is switched off by now."""

    async def is_off() -> bool:
        return (await webhooks.shown(webhook)).webhook.off is not None

    async def seen() -> bool:
        return len(receiver.requests) > before or await is_off()

    await until(seen, "another attempt")
    return await is_off()
