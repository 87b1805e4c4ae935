"""The relay alone: a log of invited users to Kafka, each event's messages acknowledged: `[EVENTS]`.

The log is licensing's as a confirmed batch of one company leaves it: each `UserInvited` is two messages, one of them in
a single partition. Nobody reads along. Between the runs the
batch's commit is taken back, and the relay begins anew.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from time import perf_counter

import asyncpg

from services.licensing.main import SERVICE
from shared.core.settings import ServiceSettings
from shared.eventsourcing.event_store import APPENDED
from shared.messaging.broker import make_producer
from shared.messaging.outbox_relay import Relay, read_checkpoint
from shared.postgres.database import SESSION_SETTINGS, Listener, Pool
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Figure, Plan, at_least
from tests.bench.waiting import until
from tests.integration.licensing.world import Licensing, row
from tests.stack import TestStack


async def fill(pool: Pool, url: str, events: int) -> int:
    """A log in which one company has invited that many users; its last position."""
    with tempfile.TemporaryDirectory(prefix="usher-bench-") as folder:
        licensing = Licensing.on(pool, url, folder)
        company = await licensing.company(events)
        people = [row(f"p{n}@{company}.example", title=f"Title {n % 40}", region="EMEA") for n in range(events)]
        await licensing.confirm(company, people)
    position: int = await pool.fetchval("SELECT max(first_position + count - 1) FROM commits")
    assert position > events
    return position


async def publish(pool: Pool, url: str, bootstrap: str, last: int) -> float:
    """Events a second from the batch's commit until Kafka has acknowledged all of it, by a relay that stood waiting."""
    settings = ServiceSettings(kafka_bootstrap_servers=bootstrap)
    store = Licensing.on(pool, url, "/").store
    listener = Listener(url)
    relay = Relay(SERVICE, url, store, lambda: make_producer(settings, SERVICE), listener)
    first: int = await pool.fetchval(_TAKEN_BACK)
    tasks = [asyncio.ensure_future(listener.run()), asyncio.ensure_future(relay.run())]
    try:
        await _published(pool, first - 1)
        begun = perf_counter()
        await pool.execute(_COMMITTED)
        return (last - first + 1) / (await _published(pool, last) - begun)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _published(pool: Pool, position: int) -> float:
    async with pool.acquire() as connection:

        async def there() -> bool:
            return await read_checkpoint(connection) >= position

        return await until(there)


async def rates(stack: TestStack, events: int, times: int) -> list[float]:
    """Events a second, run by run."""
    url = stack.postgres_url(SERVICE)
    async with asyncpg.create_pool(url, min_size=1, max_size=8, server_settings=SESSION_SETTINGS) as pool:
        last = await fill(pool, url, events)
        await pool.execute(_SET_ASIDE)
        found = [await publish(pool, url, stack.kafka_bootstrap, last) for _ in range(times)]
    stack.drop(url)
    return found


_SET_ASIDE = """
CREATE TABLE aside AS SELECT * FROM commits ORDER BY count DESC LIMIT 1;
INSERT INTO checkpoints VALUES ('relay', 0)
"""
# The batch's commit is what gives its events their positions: without it they are not in the log yet.
_TAKEN_BACK = """
WITH back AS (UPDATE checkpoints SET position = 0),
     gone AS (DELETE FROM commits c USING aside a WHERE c.commit_id = a.commit_id)
SELECT first_position FROM aside
"""
_COMMITTED = f"INSERT INTO commits SELECT * FROM aside; NOTIFY {APPENDED}"


def measure(plan: Plan) -> Iterator[Figure]:
    """Once, as often as is wanted."""
    events = plan.size(30_000, 2_000)
    with bench_stack() as stack:
        found = as_a_service(rates(stack, events, plan.times))
    yield Figure(
        "relay, log to Kafka acknowledged",
        "events/s",
        found,
        "high",
        at_least(25_000, "events/s"),
        about={"events": events, "messages": 2 * events},
    )
