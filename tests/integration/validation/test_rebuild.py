"""The directory is what the topics say: spoiled, it is put right from them while the service reads on."""

import asyncio
from typing import Any

import asyncpg

from services.validation.application.event_handlers import READ_MODELS
from shared.core.settings import KafkaSettings
from shared.messaging.rebuild_from_topics import RebuildFromTopics
from tests.integration.validation.world import Company, World, book, soon
from tests.stack import TestStack
from usher_contracts import BatchValidated, parse

SPOIL = (
    "UPDATE people SET status = 'inactive', title = 'wrong', version = 99 WHERE email LIKE 'ann@%'",
    "DELETE FROM people WHERE email LIKE 'bob@%'",
    "INSERT INTO people SELECT gen_random_uuid(), company_id, 'x@y.example', 'x@y.example', 'active', '', '', '', '',"
    " '', NULL, '{}', 1, 1 FROM people LIMIT 1",
    "UPDATE companies SET purchased = 0, occupied = 7",
)


async def statements(url: str, *all_of_them: str) -> list[Any]:
    """Executes them; what the last one gives."""
    conn = await asyncpg.connect(url)
    try:
        for statement in all_of_them[:-1]:
            await conn.execute(statement)
        return [tuple(row) for row in await conn.fetch(all_of_them[-1])]
    finally:
        await conn.close()


def test_a_spoiled_directory_is_rebuilt_from_the_topics_while_events_come_in(
    world: World, company: Company, stack: TestStack
) -> None:
    ann, _ = company.invited("ann"), company.invited("bob")
    company.invited("cyd", boss=ann)
    assert isinstance(company.judged(book(company.person("new"))), BatchValidated)
    before = asyncio.run(statements(world.database, "SELECT p::text FROM people p WHERE title <> 'x' ORDER BY 1"))
    rebuild = RebuildFromTopics(READ_MODELS[0], parse, KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap))
    assert asyncio.run(rebuild.differences(world.database)) == {"people": 0, "companies": 0}

    asyncio.run(statements(world.database, *SPOIL, "SELECT 1"))
    spoiled = asyncio.run(rebuild.differences(world.database))
    assert spoiled["people"] >= 4 and spoiled["companies"] >= 2, spoiled

    running = world.portal.start_task_soon(rebuild.run, world.database)
    more = 0
    while not running.done():
        company.invited(f"more{more}")
        more += 1
    assert running.result() > 0
    changed = company.judged(book(*(company.person(f"more{n}", title="New") for n in range(more))))
    assert (changed.counts.change, changed.counts.error) == (more, 0)
    assert asyncio.run(rebuild.differences(world.database)) == {"people": 0, "companies": 0}
    now = asyncio.run(statements(world.database, "SELECT p::text FROM people p WHERE title <> 'x' ORDER BY 1"))
    assert set(before) <= set(now) and len(now) == len(before) + more


def test_what_is_a_dead_letter_is_left_out_of_the_rebuild_too(world: World, company: Company, stack: TestStack) -> None:
    company.deactivated("01890000-0000-7000-8000-000000000000", "nobody")
    held = "SELECT count(*) FROM dead_letter WHERE stream LIKE '%01890000-0000-7000-8000-000000000000'"
    soon(lambda: asyncio.run(statements(world.database, held)) == [(2,)])
    rebuild = RebuildFromTopics(READ_MODELS[0], parse, KafkaSettings(kafka_bootstrap_servers=stack.kafka_bootstrap))
    asyncio.run(rebuild.run(world.database))
    assert asyncio.run(rebuild.differences(world.database)) == {"people": 0, "companies": 0}
