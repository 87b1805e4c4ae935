"""Deliveries to one webhook at a loopback sink, the lanes on one core; and a replay: `[DELIVERIES [REPLAYED]]`.

From recorded deliveries of as many users until each is recorded as taken, signing included. What delivers has one core;
the sink is a process of its own on another, which Postgres and whatever else runs may use too. Beside the rate by the
clock stands that by the processor time that the process took: on a loaded machine that is the one to go by.

A replay of a filled topic, from its asking until the last of it is taken: reading and recording come on top.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Coroutine, Generator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter, process_time
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import uvloop
from psutil import Process

from services.notification.application.webhooks.replay_events import KIND as REPLAY
from services.notification.application.webhooks.replay_events import ReplayEvents
from services.notification.main import SERVICE
from shared.core.settings import KafkaSettings, ServiceSettings
from shared.jobs.worker import Worker
from shared.postgres.database import SESSION_SETTINGS, Listener, Pool
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.consumers import fill
from tests.bench.figures import Figure, Plan, at_least
from tests.bench.mails import pinned
from tests.bench.waiting import until
from tests.integration.notification.harness import Harness
from tests.integration.notification.webhooks import DIGESTS, Webhooks
from tests.integration.records import invited
from tests.stack import TestStack
from tests.webhook_receiver import Answer, Request, http, sink

RECORDED_AT_ONCE = 500
CONNECTIONS = 8
LOOKS = 0.05


@contextmanager
def receiver(core: int) -> Generator[str]:
    """A receiver in a process of its own, pinned to a core; its address."""
    command = (sys.executable, "-m", "tests.bench.webhooks", str(core))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield process.stdout.readline().strip()
        process.stdin.close()  # which ends it


@asynccontextmanager
async def running(*tasks: Coroutine[Any, Any, None]) -> AsyncGenerator[None]:
    """These, until the block ends."""
    begun = [asyncio.ensure_future(task) for task in tasks]
    try:
        yield
    finally:
        for task in begun:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def record(webhooks: Webhooks, count: int) -> None:
    """So many deliveries, each about another user, as the consumer leaves them."""
    for start in range(0, count, RECORDED_AT_ONCE):
        await webhooks.happen(*(f"user-{n}" for n in range(start, min(start + RECORDED_AT_ONCE, count))))


@asynccontextmanager
async def process(stack: TestStack) -> AsyncGenerator[tuple[Pool, Webhooks]]:
    """One that delivers, on a database of its own."""
    database = stack.postgres_url(SERVICE)
    async with asyncpg.create_pool(database, min_size=4, max_size=12, server_settings=SESSION_SETTINGS) as pool:
        yield pool, Webhooks(Harness(pool, Listener(database), database), connections=CONNECTIONS)
    stack.drop(database)


async def rates(stack: TestStack, count: int, url: str) -> tuple[float, float]:
    """Deliveries a second, by the clock and by the processor time of this process."""
    async with process(stack) as (pool, webhooks):
        await webhooks.register(url)
        await record(webhooks, count)

        async def taken() -> bool:
            return not await pool.fetchval(_WAITING)

        begun, worked = perf_counter(), process_time()
        async with running(webhooks.harness.listener.run(), webhooks.lanes().run()):
            ended = await until(taken, looks=LOOKS)
            found = count / (ended - begun), count / (process_time() - worked)
        assert await pool.fetchval(_DELIVERED) == count
    return found


@dataclass(frozen=True)
class Replayed:
    """A replay: deliveries a second by the clock and by processor time, the most that waited, megabytes that the
    process grew by."""

    rate: float
    by_processor: float
    most_waiting: int
    grown: float


async def replay(stack: TestStack, company: str, count: int, url: str) -> Replayed:
    """Of a topic that is filled with so many events of the company."""
    settings = KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
    async with process(stack) as (pool, webhooks):
        harness = webhooks.harness
        webhook, _ = await webhooks.register(url, company=UUID(company))
        replaying = ReplayEvents(pool, settings, harness.clock, DIGESTS)
        worker = Worker(pool, {REPLAY: replaying}, harness.listener)
        waiting = list[int]()

        async def taken() -> bool:
            waiting.append(await pool.fetchval(_COUNT_WAITING))
            return not waiting[-1] and not await pool.fetchval("SELECT EXISTS (SELECT FROM webhook_replays)")

        resident = Process().memory_info().rss
        begun, worked = perf_counter(), process_time()
        async with running(harness.listener.run(), webhooks.lanes().run(), worker.run()):
            since = datetime.now(UTC) - timedelta(days=1)
            await replaying.ask(UUID(company), webhook, since, webhooks.context(UUID(company)))
            ended = await until(taken, 3600, looks=0.5)
            rates = count / (ended - begun), count / (process_time() - worked)
            grown = (Process().memory_info().rss - resident) / 2**20
        assert await pool.fetchval(_DELIVERED) == count
    return Replayed(*rates, max(waiting), grown)


_WAITING = "SELECT EXISTS (SELECT FROM webhook_deliveries WHERE state = 'waiting')"
_COUNT_WAITING = "SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting'"
_DELIVERED = "SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'"


def measure(plan: Plan) -> Iterator[Figure]:
    """Each run with deliveries of its own."""
    count = plan.size(10_000, 300)
    replayed = plan.values[1] if len(plan.values) > 1 else 100_000 if not plan.smoke else 300
    company = str(uuid4())
    cores = sorted(os.sched_getaffinity(0))
    about = {"deliveries": count, "connections": CONNECTIONS}
    with bench_stack() as stack, receiver(cores[-1]) as url, pinned(cores[0]):
        found = [as_a_service(rates(stack, count, url)) for _ in range(plan.times)]
        settings = ServiceSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
        as_a_service(fill(settings, "licensing", invited(company, replayed)))
        again = [as_a_service(replay(stack, company, replayed, url)) for _ in range(plan.times_dear)]
    goal, what = at_least(500, "deliveries/s"), "deliveries to one webhook, signing included, the lanes on one core"
    yield Figure(what, "deliveries/s", [clock for clock, _ in found], "high", goal, about=about)
    worked = "the same, by the processor time that it takes"
    yield Figure(worked, "deliveries/s", [processor for _, processor in found], "high", goal, about=about)
    about = {"replayed": replayed, "most_waiting": max(each.most_waiting for each in again)}
    about["grown_by_mb"] = round(max(each.grown for each in again))
    what = "a replay to one webhook, from its asking until all of it is taken"
    yield Figure(what, "deliveries/s", [each.rate for each in again], "high", goal, about=about)
    yield Figure(worked, "deliveries/s", [each.by_processor for each in again], "high", goal, about=about)


async def _serve(core: int) -> None:
    os.sched_setaffinity(0, {core})
    async with sink() as taking:

        async def forget(_: Request) -> Answer:
            taking.requests.clear()
            taking.taken.clear()
            return http(200)

        taking.answer = forget
        print(taking.url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
