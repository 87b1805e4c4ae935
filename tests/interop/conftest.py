"""What every tool here is asked about: a batch that was processed, one with errors, and somebody who left the list."""

import asyncio
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer

from tests.e2e.outside import Company, Review, eventually, mails
from tests.stack import TestStack
from usher_contracts.topics import TOPICS

Record = tuple[str, int, int, str, str, bytes | None]
"""Topic, partition, offset, ce_type, ce_id, value."""


@pytest.fixture(scope="session")
def company(running: TestStack) -> Company:
    """A company that has processed a batch, and has a user whose invitation was cancelled: a tombstone."""
    made = Company(running)
    review = made.rows(made.person("ann"), made.person("bob", Last_Name="Ødegård")).confirm()
    assert review.status == "completed"
    for local in ("ann", "bob"):
        mails(running, made.email(local))
    made.act("cancel_invitation", made.email("bob"))
    return made


@pytest.fixture(scope="session")
def erroneous(company: Company) -> Review:
    """A batch of which one row is good and two have errors."""
    faulty = company.person("cyd", First_Name=None)
    return company.rows(company.person("dan"), faulty, company.person("eve", Email="no address"))


@pytest.fixture(scope="session")
def records(running: TestStack, company: Company, erroneous: Review) -> list[Record]:
    """All that stands in Kafka once nothing more comes, as the product's own client reads it."""
    assert erroneous.status == "needs_correction"
    found: list[Record] = []

    def settled() -> bool:
        before = len(found)
        found[:] = asyncio.run(_read(running.kafka_bootstrap))
        return len(found) == before and any(one[-1] is None for one in found)

    eventually(settled, "a tombstone, and then no more")
    return found


async def _read(bootstrap: str) -> list[Record]:
    names = [topic.name for topic in TOPICS]
    consumer: Any = AIOKafkaConsumer(*names, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    found: list[Record] = []
    async with consumer:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for one in batch:
                    headers = {name: value.decode() for name, value in one.headers}
                    identity = (headers["ce_type"], headers["ce_id"])
                    found.append((one.topic, one.partition, one.offset, *identity, one.value))
    return found
