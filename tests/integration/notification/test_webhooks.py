"""Deliveries on a real Postgres: each at least once, in order per user, and none held up by another."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from standardwebhooks.webhooks import Webhook

from services.notification.application.webhooks import delivery_lanes
from services.notification.application.webhooks.record_deliveries import deliveries
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query
from tests.integration.notification.harness import until
from tests.integration.notification.webhooks import SOMEBODY_WAITS, Webhooks, all_delivered
from tests.webhook_receiver import Answer, Request, http, sink

pytestmark = pytest.mark.anyio


async def test_an_event_is_told_as_it_stands_on_kafka_and_signed(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        webhook, secret = await webhooks.register(receiver.url)
        told = webhooks.received("ann", webhooks.company)
        await webhooks.hear([told])
        async with webhooks.delivering():
            await all_delivered(webhooks, webhook, 1)
    [request] = receiver.requests
    assert Webhook(secret).verify(request.body, dict(request.headers)) == {
        "specversion": "1.0",
        "id": told.id,
        "source": "/usher/licensing",
        "type": "usher.UserChanged.v1",
        "time": told.time.isoformat().replace("+00:00", "Z"),
        "subject": "user-ann",
        "datacontenttype": "application/json",
        "companyid": str(webhooks.company),
        "sequence": str(told.sequence),
        "correlationid": told.correlation_id,
        "data": told.event,
    }
    shown = await webhooks.shown(webhook)
    assert (shown.waiting, shown.dead, shown.failing_since) == (0, 0, None) and shown.delivered_at


async def test_each_is_told_what_it_wants_and_of_its_company_alone(webhooks: Webhooks) -> None:
    other = uuid4()
    async with sink() as theirs, sink() as some, sink() as all_of_them:
        one, _ = await webhooks.register(theirs.url)
        two, _ = await webhooks.register(some.url, "usher.UserInvited.v1")
        three, _ = await webhooks.register(all_of_them.url, platform=True)
        changed = await webhooks.happen("ann")
        invited = await webhooks.happen("bob", type_="usher.UserInvited.v1")
        elsewhere = await webhooks.happen("cyd", company=other)
        async with webhooks.delivering():
            await all_delivered(webhooks, one, 2)
            await all_delivered(webhooks, two, 1)
            await all_delivered(webhooks, three, 3)
    assert sorted(theirs.ids) == sorted(changed + invited)
    assert some.ids == invited
    assert sorted(all_of_them.ids) == sorted(changed + invited + elsewhere)


async def test_what_is_heard_twice_is_told_once(webhooks: Webhooks) -> None:
    async with sink() as receiver:
        webhook, _ = await webhooks.register(receiver.url)
        told = [webhooks.received("ann", webhooks.company)]
        await webhooks.hear(told)
        await webhooks.hear(told)
        async with webhooks.delivering():
            await all_delivered(webhooks, webhook, 1)
            await webhooks.hear(told)
            await webhooks.happen("bob")
            await all_delivered(webhooks, webhook, 2)
    assert len(receiver.ids) == 2


async def test_a_share_that_fails_holds_up_its_own_users_alone_and_comes_in_order(webhooks: Webhooks) -> None:
    webhooks.schedule = RetrySchedule(longest=0.3, rest=0.1)
    numbers: dict[str, list[int]] = defaultdict(list)
    asked = 0

    async def every_third(request: Request) -> Answer:
        nonlocal asked
        asked += 1
        if asked % 3 == 0:
            return http(500)
        data = request.event["data"]
        numbers[data["user_id"]].append(data["number"])
        return http(200)

    async with sink() as receiver:
        receiver.answer = every_third
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen(*[f"user-{n % 7}" for n in range(70)])
        async with webhooks.delivering(processes=3):
            await all_delivered(webhooks, webhook, 70)
    assert len(numbers) == 7
    assert all(each == sorted(each) and len(each) == 10 for each in numbers.values())


async def test_what_comes_later_of_a_user_waits_behind_what_is_tried_again(webhooks: Webhooks) -> None:
    async def not_ann(request: Request) -> Answer:
        return http(503 if request.event["data"]["user_id"] == "ann" else 200)

    async with sink() as receiver:
        receiver.answer = not_ann
        webhook, _ = await webhooks.register(receiver.url)
        await webhooks.happen("ann", "bob", "ann", "bob")
        async with webhooks.delivering():

            async def bob_is_done() -> bool:
                return sorted(await webhooks.states(webhook)) == ["delivered", "delivered", "waiting", "waiting"]

            await until(bob_is_done, "bob's are delivered")
            first, second = [row for row in await webhooks.listed(webhook) if row.state == "waiting"]
            assert (first.attempts, second.attempts) == (1, 0)
            receiver.answer = None
            await webhooks.later(seconds=6)
            await all_delivered(webhooks, webhook, 4)


async def test_one_that_hangs_holds_up_no_other(webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch) -> None:
    """More of them than there are lanes: what does well is delivered while they are being waited for."""
    monkeypatch.setattr(delivery_lanes, "HEALTHY_LANES", 4)
    monkeypatch.setattr(delivery_lanes, "OTHER_LANES", 1)
    released = asyncio.Event()

    async def hang(_: Request) -> Answer:
        await released.wait()
        return http(200)

    async with sink() as slow, sink() as good:
        slow.answer = hang
        hanging = [(await webhooks.register(slow.url, company=uuid4()))[0] for _ in range(3)]
        for webhook in hanging:
            owner = await webhooks.harness.pool.fetchval("SELECT company_id FROM webhooks WHERE id = $1", webhook)
            await webhooks.happen("ann", company=UUID(str(owner)))
        webhook, _ = await webhooks.register(good.url)
        async with webhooks.delivering():
            await webhooks.happen(*[f"user-{n}" for n in range(50)])
            await all_delivered(webhooks, webhook, 50)
            for each in hanging:
                assert [row.ended_at for row in await webhooks.listed(each)] == [None]
            released.set()


async def test_whatever_is_wrong_with_one_the_others_go_on(webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch) -> None:
    async with sink() as receiver:
        broken, _ = await webhooks.register(receiver.url)
        good, _ = await webhooks.register(receiver.url)
        target = webhooks.secrets.target

        async def failing(_: object, conn: Any, webhook: UUID) -> Any:
            if webhook == broken:
                raise ValueError("nobody has thought of this")
            return await target(conn, webhook)

        monkeypatch.setattr(type(webhooks.secrets), "target", failing)
        await webhooks.happen("ann", "bob")
        async with webhooks.delivering():
            await all_delivered(webhooks, good, 2)
        assert await webhooks.states(broken) == ["waiting", "waiting"]


async def test_what_a_process_has_not_recorded_when_it_died_is_delivered_once_more_in_order(
    webhooks: Webhooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with sink() as receiver:
        webhook, _ = await webhooks.register(receiver.url)
        events = await webhooks.happen("ann", "ann", "ann")
        record = queue.record

        async def dies(*_: Any) -> None:
            monkeypatch.setattr(queue, "record", record)
            raise RuntimeError("the process is gone, and its lease with it")

        monkeypatch.setattr(queue, "record", dies)
        async with webhooks.delivering():

            async def sent() -> bool:
                return receiver.ids == events

            await until(sent, "all are sent")
            assert await webhooks.states(webhook) == ["waiting"] * 3
            await webhooks.later(seconds=15)
            await all_delivered(webhooks, webhook, 3)
        assert receiver.ids == events * 2


async def test_what_is_put_while_a_lane_lets_go_is_not_forgotten(webhooks: Webhooks) -> None:
    """By the clock of who puts it it is later than by that of the lane, which has found nothing more."""
    webhook, _ = await webhooks.register("http://127.0.0.1:9/")
    pool, now, lease = webhooks.harness.pool, webhooks.harness.clock(), uuid4()
    await webhooks.happen("ann")
    async with pool.acquire() as acquired:
        conn: Any = acquired
        later = webhooks.harness.clock()
        assert await queue.claim(conn, lease, now + timedelta(minutes=1), later, healthy=1, others=0) == [webhook]
        await queue.release(conn, webhook, lease, now)
        assert await queue.next_due(conn, later) == 0


async def test_a_lane_does_not_let_go_while_something_is_being_put(webhooks: Webhooks) -> None:
    """What is put is seen when its transaction ends: until then the lane would find nothing more, and mark it so."""
    webhook, _ = await webhooks.register("http://127.0.0.1:9/")
    pool, lease = webhooks.harness.pool, uuid4()
    await webhooks.happen("ann")
    async with pool.acquire() as putting, pool.acquire() as letting_go:
        conn: Any = putting
        lane: Any = letting_go
        now = webhooks.harness.clock()
        assert await queue.claim(lane, lease, now + timedelta(minutes=1), now, healthy=1, others=0) == [webhook]
        await lane.execute("UPDATE webhook_deliveries SET state = 'delivered'")

        async def let_go() -> None:
            async with lane.transaction():
                await queue.release(lane, webhook, lease, webhooks.harness.clock())

        async with conn.transaction():
            interests = await query.interested(conn, [str(webhooks.company)])
            told = [webhooks.received("bob", webhooks.company)]
            await queue.put(conn, deliveries(told, interests), webhooks.harness.clock())
            releasing = asyncio.ensure_future(let_go())

            async def waits() -> bool:
                return releasing.done() or await pool.fetchval(SOMEBODY_WAITS)

            await until(waits, "the lane has let go, or waits until this is recorded")
        await releasing
        assert await queue.next_due(lane, webhooks.harness.clock()) == 0
