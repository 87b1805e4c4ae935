"""What confirming and publishing a batch costs: counted for so many people and for twice as many, never timed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from services.licensing.read_models.team import groups, query
from services.licensing.read_models.team.filter import TeamFilter
from services.licensing.read_models.team.hierarchy import with_reports
from services.licensing.read_models.team.sorting import order_of
from shared.core.settings import ServiceSettings
from shared.messaging import outbox_relay as relays
from shared.messaging.broker import make_producer
from shared.messaging.outbox_relay import Relay, read_checkpoint
from shared.postgres.database import Listener, connect
from tests.integration.cost import Cost, Meter, listening, metered
from tests.integration.licensing.world import Licensing, row
from tests.integration.shared.letters import until
from tests.stack import TestStack
from usher_contracts import topics

pytestmark = pytest.mark.anyio
ROWS_A_USER = 5
"""Rows that are read for each who is invited, at most: their address, their manager, whom they were before."""
STATEMENTS_A_CHUNK = 6
"""For a chunk of the log on its way out, at most: the next events, their age, the checkpoint…"""


@pytest.fixture
async def meter(stack: TestStack) -> AsyncIterator[Meter]:
    url = stack.postgres_url("licensing")
    async with metered(url) as meter:
        yield meter
    stack.drop(url)


@pytest.fixture
def licensing(meter: Meter, tmp_path: Path) -> Licensing:
    return Licensing.on(meter.pool, "", str(tmp_path))


def batch(people: int, domain: str) -> list[dict[str, Any]]:
    """New users, a tenth of them managers of the others."""
    return [row(f"p{n}@{domain}", reports_to=f"p{n - n % 10}@{domain}" if n % 10 else None) for n in range(people)]


async def confirmed(meter: Meter, licensing: Licensing, company: UUID, people: int) -> Cost:
    await meter.start()
    await licensing.confirm(company, batch(people, f"of{people}.{company}.example"))
    return await meter.stop()


async def test_a_batch_is_confirmed_by_the_same_statements_and_few_rows_for_each_whom_it_invites(
    meter: Meter, licensing: Licensing
) -> None:
    company = await licensing.company(10_000)
    await confirmed(meter, licensing, company, 50)  # the first learns the columns' types
    once = await confirmed(meter, licensing, company, 100)
    twice = await confirmed(meter, licensing, company, 200)
    assert 0 < once.statements == twice.statements, (once, twice)
    assert twice.rows <= ROWS_A_USER * 200, twice
    assert (await licensing.seats(company)).occupied == 350


async def test_what_a_batch_reads_does_not_grow_with_the_company(meter: Meter, licensing: Licensing) -> None:
    company = await licensing.company(10_000)
    await confirmed(meter, licensing, company, 50)
    small = await confirmed(meter, licensing, company, 100)
    await confirmed(meter, licensing, company, 1_000)
    large = await confirmed(meter, licensing, company, 101)
    assert large.statements == small.statements
    assert large.rows <= 1.1 * small.rows, (small, large)


async def looked(meter: Meter, company: UUID) -> Cost:
    """At My Team grouped, and at three levels of its hierarchy."""
    await meter.start()
    for by in ("region", "reports_to"):
        await groups.groups(meter.pool, company, TeamFilter(), by, 100, None)
    top = await query.page(meter.pool, company, TeamFilter(blank=["reports_to"]), order_of(""), 20, None)
    async with meter.pool.acquire() as conn:
        levels = await with_reports(conn, company, top.items, 3)
    assert any(each.below for each in levels)
    return await meter.stop()


async def test_groups_and_levels_are_read_by_the_same_statements_however_many_users_there_are(
    meter: Meter, licensing: Licensing
) -> None:
    company = await licensing.company(10_000)
    await confirmed(meter, licensing, company, 300)
    await looked(meter, company)  # the first learns the columns' types
    few = await looked(meter, company)
    await confirmed(meter, licensing, company, 900)
    many = await looked(meter, company)
    assert 0 < many.statements <= few.statements, (few, many)


async def messages(bootstrap: str) -> dict[str, int]:
    """How many each of licensing's topics has had."""
    consumer: Any = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        metadata: Any = await consumer._client.fetch_all_metadata()
        found: dict[str, int] = {}
        for topic in (topics.USERS, topics.DIRECTORY, topics.LICENSES):
            places = [TopicPartition(topic, n) for n in metadata.partitions_for_topic(topic)]
            found[topic] = sum((await consumer.end_offsets(places)).values())
        return found
    finally:
        await consumer.stop()


async def published(stack: TestStack, licensing: Licensing, url: str, said: list[str]) -> tuple[int, dict[str, int]]:
    """Statements of the relay, and messages by topic, until all of the log is acknowledged."""
    settings = ServiceSettings(kafka_bootstrap_servers=stack.kafka_bootstrap)
    last: int = await licensing.pool.fetchval("SELECT max(first_position + count - 1) FROM commits")
    before = await messages(stack.kafka_bootstrap)
    said.clear()
    relay = Relay("licensing", url, licensing.store, lambda: make_producer(settings, "licensing"), Listener(url))
    running = asyncio.ensure_future(relay.run())

    async def done() -> bool:
        async with licensing.pool.acquire() as connection:
            return await read_checkpoint(connection) >= last

    await until(done)
    statements = len([s for s in said if "SET" not in s and "lock" not in s])
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    after = await messages(stack.kafka_bootstrap)
    return statements, {topic: after[topic] - before[topic] for topic in before}


async def test_a_batch_is_published_by_two_messages_a_user_and_few_statements_a_chunk(
    stack: TestStack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []

    async def heard(url: str, application: str = "usher") -> Any:
        connection = await connect(url, application)
        await listening(said.append)(connection)
        return connection

    monkeypatch.setattr(relays, "connect", heard)
    spent: list[int] = []
    for people in (1_000, 2_000):
        url = stack.postgres_url("licensing")
        async with metered(url) as meter:
            licensing = Licensing.on(meter.pool, url, str(tmp_path))
            company = await licensing.company(people)
            await licensing.confirm(company, batch(people, f"{company}.example"))
            statements, sent = await published(stack, licensing, url, said)
        stack.drop(url)
        # The company, its licenses, and that the batch is processed.
        assert sent == {topics.USERS: people, topics.DIRECTORY: people, topics.LICENSES: 3}
        spent.append(statements)
    chunks = 2_000 // relays.CHUNK + 1
    assert 0 < spent[0] <= spent[1] <= STATEMENTS_A_CHUNK * (chunks + 1), spent
