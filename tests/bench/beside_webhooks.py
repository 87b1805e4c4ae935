"""Mails, and the consumer that queues them, while a webhook is told as much as it takes: `[MAILS [EVENTS]]`.

Alone, beside deliveries by a process of their own on another core, and beside deliveries by the same process, by turns.
By the clock they share Postgres, and on a machine of two cores the core that the sinks have; what the measured process
itself needs for a mail or an event says its processor time.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter, process_time
from uuid import uuid4

import asyncpg
import uvloop

from services.notification.main import SERVICE
from shared.core.settings import ServiceSettings
from shared.postgres.database import SESSION_SETTINGS, Listener
from shared.service.process import collect_rarely
from tests.bench import consumers, mails
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.bench.mails import pinned
from tests.bench.sink import Sink, sink
from tests.bench.waiting import until
from tests.bench.webhooks import CONNECTIONS, process, receiver, record, running
from tests.integration.notification.harness import Harness
from tests.integration.notification.webhooks import Webhooks
from tests.integration.records import invited
from tests.stack import TestStack

SLOWER = 1.05
"""So many times as long as alone a mail or an event may take."""
_FOR_EACH = 3
"""Deliveries that wait for each mail or event: so that there is always another one."""


@dataclass(frozen=True)
class Rates:
    """Of one run: mails or events a second by the clock and by the processor time of the process that does them, and
    deliveries a second meanwhile."""

    clock: float
    processor: float
    delivered: float = 0.0


Work = Callable[[], Awaitable[Rates]]
Delivering = Callable[[Webhooks], AbstractAsyncContextManager[None]]


async def send(stack: TestStack, count: int, server: Sink) -> Rates:
    """Queued mails, until all are recorded as sent."""
    url = stack.postgres_url(SERVICE)
    async with asyncpg.create_pool(url, min_size=4, max_size=12, server_settings=SESSION_SETTINGS) as pool:
        await mails.queue(pool, url, count)
        worked = process_time()
        rate = await mails.send(pool, url, count, server)
        found = Rates(rate, count / (process_time() - worked))
    stack.drop(url)
    return found


async def consume(stack: TestStack, count: int, settings: ServiceSettings) -> Rates:
    """A filled topic, until all of it is applied."""
    worked = process_time()
    rate = await consumers.rate(stack, SERVICE, settings)
    return Rates(rate, count / (process_time() - worked))


@asynccontextmanager
async def by_this_process(webhooks: Webhooks) -> AsyncGenerator[None]:
    """The same thread delivers."""
    async with running(webhooks.harness.listener.run(), webhooks.lanes().run()):
        yield


@asynccontextmanager
async def by_another_process(core: int, webhooks: Webhooks) -> AsyncGenerator[None]:
    """One on another core delivers."""
    command = (sys.executable, "-m", "tests.bench.beside_webhooks", webhooks.harness.url, str(core))
    other = await asyncio.create_subprocess_exec(*command, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        assert other.stdin
        other.stdin.close()  # which ends it
        await other.wait()


async def beside(stack: TestStack, url: str, waiting: int, delivering: Delivering, work: Work) -> Rates:
    """What is measured while so many deliveries wait and are made."""
    async with process(stack) as (pool, webhooks):
        await webhooks.register(url)
        await record(webhooks, waiting)

        async def delivered() -> int:
            return await pool.fetchval("SELECT count(*) FROM webhook_deliveries WHERE state = 'delivered'")

        async def under_way() -> bool:
            return await delivered() > 0

        async with delivering(webhooks):
            await until(under_way)
            before, begun = await delivered(), perf_counter()
            found = await work()
            rate = (await delivered() - before) / (perf_counter() - begun)
            assert await delivered() < waiting, "there was not always one more to deliver"
    return Rates(found.clock, found.processor, rate)


async def alone(work: Work) -> Rates:
    """What is measured, and nothing else."""
    return await work()


def figures(what: str, unit: str, by: dict[str, list[Rates]]) -> Iterator[Figure]:
    """Each way to deliver beside what it is alone."""
    (_, alone), *ways = by.items()
    for way, found in ways:
        about = {"deliveries/s_meanwhile": round(max(each.delivered for each in found))}
        for how, ours, theirs in (
            ("", [each.clock for each in found], [each.clock for each in alone]),
            (", by processor time", [each.processor for each in found], [each.processor for each in alone]),
        ):
            peer = Beside("alone", theirs)
            goal = Goal(f"at most {SLOWER - 1:.0%} slower than alone", peer.value / SLOWER)
            yield Figure(f"{what} beside deliveries by {way}{how}", unit, ours, "high", goal, peer, about)


def by_turns(
    stack: TestStack, url: str, waiting: int, times: int, ways: Mapping[str, Delivering], work: Work
) -> dict[str, list[Rates]]:
    """Each run alone, and then beside each way to deliver."""
    found: dict[str, list[Rates]] = {"alone": [], **{way: [] for way in ways}}
    for _ in range(times):
        found["alone"].append(as_a_service(alone(work)))
        for way, delivering in ways.items():
            found[way].append(as_a_service(beside(stack, url, waiting, delivering, work)))
    return found


def measure(plan: Plan) -> Iterator[Figure]:
    """Each run with mails, or an empty database for the events, of its own."""
    count = plan.size(10_000, 300)
    events = plan.values[1] if len(plan.values) > 1 else 30_000 if not plan.smoke else 2_000
    cores: Sequence[int] = sorted(os.sched_getaffinity(0))
    with bench_stack() as stack, receiver(cores[-1]) as url, sink(cores[-1], pipelining=True) as server:
        settings = ServiceSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
        as_a_service(consumers.fill(settings, "licensing", invited(str(uuid4()), events)))
        ways = {"another process": partial(by_another_process, cores[-1]), "the same process": by_this_process}
        with pinned(cores[0]):
            sent = by_turns(stack, url, _FOR_EACH * count, plan.times, ways, lambda: send(stack, count, server))
            heard = by_turns(stack, url, events, plan.times, ways, lambda: consume(stack, events, settings))
    yield from figures("mails", "mails/s", sent)
    yield from figures("consumer with inbox and projection, notification's invitations", "events/s", heard)


async def _deliver(database: str) -> None:
    async with asyncpg.create_pool(database, min_size=4, max_size=12, server_settings=SESSION_SETTINGS) as pool:
        webhooks = Webhooks(Harness(pool, Listener(database), database), connections=CONNECTIONS)
        async with by_this_process(webhooks):
            await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    os.sched_setaffinity(0, {int(sys.argv[2])})
    collect_rarely()
    uvloop.run(_deliver(sys.argv[1]))
