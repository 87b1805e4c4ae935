"""Deliveries to one webhook at a loopback sink, the lanes on one core.

From recorded deliveries of as many users until each is recorded as taken, signing included. What delivers has one core;
the sink is a process of its own on another, which Postgres and whatever else runs may use too. Beside the rate by the
clock stands that by the processor time that the process took: on a loaded machine that is the one to go by.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from time import perf_counter, process_time

import asyncpg
import uvloop

from services.notification.main import SERVICE
from shared.postgres.database import SESSION_SETTINGS, Listener
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_least
from tests.bench.mails import pinned
from tests.bench.waiting import until
from tests.integration.notification.harness import Harness
from tests.integration.notification.webhooks import Webhooks
from tests.stack import TestStack
from tests.webhook_receiver import sink

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


async def rates(stack: TestStack, count: int, url: str) -> tuple[float, float]:
    """Deliveries a second, by the clock and by the processor time of this process."""
    database = stack.postgres_url(SERVICE)
    async with asyncpg.create_pool(database, min_size=4, max_size=12, server_settings=SESSION_SETTINGS) as pool:
        listener = Listener(database)
        webhooks = Webhooks(Harness(pool, listener, database), connections=CONNECTIONS)
        await webhooks.register(url)
        for start in range(0, count, RECORDED_AT_ONCE):
            await webhooks.happen(*(f"user-{n}" for n in range(start, min(start + RECORDED_AT_ONCE, count))))

        async def taken() -> bool:
            return not await pool.fetchval("SELECT EXISTS (SELECT FROM webhook_deliveries WHERE state = 'waiting')")

        begun, worked = perf_counter(), process_time()
        tasks = [asyncio.ensure_future(listener.run()), asyncio.ensure_future(webhooks.lanes().run())]
        try:
            ended = await until(taken, looks=LOOKS)
            found = count / (ended - begun), count / (process_time() - worked)
        finally:
            for task in tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        assert await pool.fetchval("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'") == count
    stack.drop(database)
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """Each run with deliveries of its own."""
    count = plan.size(10_000, 300)
    cores = sorted(os.sched_getaffinity(0))
    about = {"deliveries": count, "connections": CONNECTIONS}
    with bench_stack() as stack, receiver(cores[-1]) as url, pinned(cores[0]):
        found = [as_a_service(rates(stack, count, url)) for _ in range(plan.times)]
    goal, what = at_least(500, "deliveries/s"), "deliveries to one webhook, signing included, the lanes on one core"
    yield Figure(what, "deliveries/s", [clock for clock, _ in found], "high", goal, about=about)
    worked = "the same, by the processor time that it takes"
    yield Figure(worked, "deliveries/s", [processor for _, processor in found], "high", goal, about=about)


async def _serve(core: int) -> None:
    os.sched_setaffinity(0, {core})
    async with sink() as taking:
        print(taking.url, flush=True)
        await asyncio.to_thread(sys.stdin.readline)


if __name__ == "__main__":
    uvloop.run(_serve(int(sys.argv[1])))
