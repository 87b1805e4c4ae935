"""What a batch costs in statements: counted for so many people and for twice as many, never timed."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.notification.application.mail_queue import AttemptResult
from services.notification.domain.mail.outcome import Taken
from shared.postgres.database import SESSION_SETTINGS, Listener
from tests.integration.notification.harness import Harness

pytestmark = pytest.mark.anyio


@pytest.fixture
def said() -> list[str]:
    """Every statement of the harness."""
    return []


@pytest.fixture
async def harness(notification_url: str, said: list[str]) -> AsyncIterator[Harness]:
    def heard(record: Any) -> None:
        said.append(record.query)

    async def listened(connection: Any) -> None:
        connection.add_query_logger(heard)

    async with asyncpg.create_pool(
        notification_url, min_size=1, max_size=4, server_settings=SESSION_SETTINGS, init=listened
    ) as pool:
        yield Harness(pool, Listener(notification_url), notification_url)


async def queued(harness: Harness, said: list[str], people: int) -> int:
    """Statements for queueing the mails of one polled batch."""
    said.clear()
    batch_id = str(uuid4())
    await harness.hear(*(harness.invited(f"p{n}", batch_id) for n in range(people)))
    return len(said)


async def test_a_polled_batch_is_queued_by_the_same_statements_however_many_it_invites(
    harness: Harness, said: list[str]
) -> None:
    await harness.named()
    assert 0 < await queued(harness, said, 50) == await queued(harness, said, 100)


async def test_a_group_of_mails_is_claimed_and_recorded_by_the_same_statements_however_many_it_has(
    harness: Harness, said: list[str]
) -> None:
    await harness.named()
    spent: list[int] = []
    for people in (5, 20, 40):  # the first learns the types of the columns
        await queued(harness, said, people)
        harness.mail_queue.size = people
        said.clear()
        group = await harness.mail_queue.next_group((), claim=True)
        assert len(group.mails) == people
        taken = [AttemptResult(mail, Taken(), harness.clock()) for mail in group.mails]
        await harness.mail_queue.next_group(taken, claim=False)
        spent.append(len(said))
    assert 0 < spent[1] == spent[2] <= 17  # the last wakes who waits, after the commit
