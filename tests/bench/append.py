"""Appending to the log in batches of 100 beside eventsourcing's Postgres recorder, on the same Postgres: `[EVENTS]`.

Both write events of the same size, a stream a batch, each batch in a transaction of its own with the lock under which
positions are given, `fsync` and `synchronous_commit` on. Ours also encodes each event and measures its message.
"""

import asyncio
from collections.abc import Iterator
from time import perf_counter
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg

from shared.eventsourcing.event_store import EventStore, Transaction
from shared.postgres.database import SESSION_SETTINGS
from tests.bench import peer
from tests.bench.bench_stack import as_a_service, bench_stack
from tests.bench.figures import Beside, Figure, Goal, Plan
from tests.integration.shared.notes import TYPES, Noted, context, publish
from tests.stack import TestStack

BATCH = 100
BYTES = 400
"""Of an event's text: about what an invited user takes."""
WRITERS = (1, 4)
FASTER = 2.5


async def append(url: str, events: int, writers: int) -> float:
    """Seconds until that many events are committed, by so many writers at once."""
    async with asyncpg.create_pool(url, min_size=writers, max_size=writers, server_settings=SESSION_SETTINGS) as pool:
        store = EventStore(pool, TYPES, publish)
        notes = [Noted("x" * BYTES) for _ in range(BATCH)]
        told = context()

        async def one(stream: str) -> None:
            async def work(tx: Transaction[Noted]) -> None:
                await tx.append(stream, 0, notes, told)

            await store.run(work)

        async def write(batches: int) -> None:
            for _ in range(batches):
                await one(uuid4().hex)

        await asyncio.gather(*(write(1) for _ in range(writers)))
        begun = perf_counter()
        await asyncio.gather(*(write(events // BATCH // writers) for _ in range(writers)))
        return perf_counter() - begun


def ours(stack: TestStack, events: int, writers: int) -> float:
    """Events a second of this project's store, on a database of its own."""
    url = stack.postgres_url()
    seconds = as_a_service(append(url, events, writers))
    stack.drop(url)
    return events / seconds


def theirs(stack: TestStack, events: int, writers: int) -> float:
    """Events a second of the peer, on a database of its own."""
    url = stack.postgres_url()
    place = urlsplit(url)
    where = (str(place.hostname), str(place.port), place.path[1:], str(place.username))
    seconds: float = peer.run("eventsourcing_append", *where, *map(str, (events, BATCH, BYTES, writers)))
    stack.drop(url)
    return events / seconds


def measure(plan: Plan) -> Iterator[Figure]:
    """In turns, so that what else the machine does falls on both."""
    events = plan.size(40_000, 2_000)
    with bench_stack() as stack:
        for writers in WRITERS:
            pairs = [(ours(stack, events, writers), theirs(stack, events, writers)) for _ in range(plan.times)]
            beside = Beside("eventsourcing", [their for _, their in pairs])
            yield Figure(
                f"append in batches of {BATCH}, {writers} writer{'s' * (writers > 1)}",
                "events/s",
                [our for our, _ in pairs],
                "high",
                Goal(f"≥ {FASTER} times eventsourcing's", FASTER * beside.value),
                beside,
                {"events": events, "bytes": BYTES},
            )
