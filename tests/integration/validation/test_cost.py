"""What one file asks of the directory: counted for so many rows and for twice as many, never timed."""

from uuid import uuid4

import pytest

import usher_contracts as contracts
from services.validation.application.event_handlers import PEOPLE, subscriptions
from services.validation.main import event_store
from services.validation.read_models.directory.query import Directory
from shared.messaging.inbox import Inbox
from tests.integration.cost import Cost, Meter, grows_no_faster, metered
from tests.integration.records import invited, records
from tests.stack import TestStack

pytestmark = pytest.mark.anyio
PEOPLE_THERE = 2_000


async def asked(meter: Meter, company: str, rows: int) -> Cost:
    """Half of the rows are about people who are there, half about new ones."""
    known = [f"person.{n}@{company[:8]}.example" for n in range(rows // 2)]
    new = [f"new.{n}@{company[:8]}.example" for n in range(rows // 2)]
    await meter.start()
    found = await Directory(meter.pool).facts(company, [*known, *new], known[:1])
    cost = await meter.stop()
    assert len(found.people) == rows // 2
    return cost


async def test_a_file_asks_by_the_same_statements_and_reads_as_many_people_as_it_is_about(stack: TestStack) -> None:
    url = stack.postgres_url("validation")
    company = str(uuid4())
    people = next(each for each in subscriptions() if each.name == PEOPLE)
    async with metered(url) as meter:
        inbox = Inbox(event_store(meter.pool), "validation", people, contracts.parse)
        await inbox.take(records("licensing", invited(company, PEOPLE_THERE)))
        await meter.pool.execute("ANALYZE people")
        await asked(meter, company, 100)
        once, twice = await asked(meter, company, 100), await asked(meter, company, 200)
    stack.drop(url)
    assert grows_no_faster(once, twice), (once, twice)
    assert twice.rows < PEOPLE_THERE, "a file reads who it is about, not the company"
