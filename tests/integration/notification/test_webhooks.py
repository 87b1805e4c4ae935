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
from services.notification.application.webhooks.manage_webhooks import Wanted
from services.notification.application.webhooks.record_deliveries import deliveries
from services.notification.domain.refusals import Refused
from services.notification.domain.stored_events import webhook_stream
from services.notification.domain.webhook.decide import WEBHOOK
from services.notification.domain.webhook.retry_schedule import RetrySchedule
from services.notification.domain.webhook.state import Webhook as State
from services.notification.read_models.deliveries import queue
from services.notification.read_models.webhooks import query
from tests.integration.notification.harness import Harness, until
from tests.integration.notification.webhooks import Webhooks
from tests.webhook_receiver import Answer, Request, Sink, http, sink

pytestmark = pytest.mark.anyio


@pytest.fixture
def webhooks(harness: Harness) -> Webhooks:
    return Webhooks(harness)


async def all_delivered(webhooks: Webhooks, webhook: UUID, count: int) -> None:
    async def done() -> bool:
        return await webhooks.states(webhook) == ["delivered"] * count

    await until(done, f"{count} deliveries")


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
                return releasing.done() or await pool.fetchval(_SOMEBODY_WAITS)

            await until(waits, "the lane has let go, or waits until this is recorded")
        await releasing
        assert await queue.next_due(lane, webhooks.harness.clock()) == 0


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
                webhooks.manage.change(webhooks.company, webhook, _as_it_is, on=False, context=context)
            )

            async def waits() -> bool:
                return off.done() or await pool.fetchval(_SOMEBODY_WAITS)

            await until(waits, "it is off, or waits until this is recorded")
            await queue.put(conn, deliveries(told, interests), webhooks.harness.clock())
        await off
    assert await webhooks.states(webhook) == ["dead"]


_SOMEBODY_WAITS = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%webhook%'
)
"""


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
        await webhooks.manage.change(webhooks.company, webhook, _as_it_is, True, context)
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


def _as_it_is(state: State) -> Wanted:
    return Wanted(state.url, state.events, state.description)


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
        target = await after.secrets.target(conn, webhook)  # type: ignore[arg-type]
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
    await webhooks.manage.change(owner, webhook, _as_it_is, False, context)

    async def fold(tx: Any) -> tuple[int, Any]:
        history = await tx.load(webhook_stream(webhook))
        return len(history), WEBHOOK.fold(r.event for r in history)

    folded = (await webhooks.harness.store.run(fold)).result
    async with webhooks.harness.pool.acquire() as conn:
        assert await query.locked(conn, owner, webhook) == folded  # type: ignore[arg-type]
