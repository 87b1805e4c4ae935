"""What one polled batch costs each service, inbox and projection together: counted for so many records and for twice as
many, never timed."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import usher_contracts as contracts
from services.licensing import main as licensing
from services.licensing.application.event_handlers import SUBSCRIPTIONS as OF_LICENSING
from services.notification import main as notification
from services.notification.application.event_handlers import EventHandlers
from services.notification.domain.mail.decide import mail_decider
from services.notification.domain.mail.retry_policy import RetryPolicy
from services.upload import main as upload
from services.upload.application.event_handlers import DELIVERIES
from services.upload.application.event_handlers import subscriptions as of_upload
from services.validation import main as validation
from services.validation.application.event_handlers import PEOPLE
from services.validation.application.event_handlers import subscriptions as of_validation
from shared.eventsourcing.event_store import EventStore
from shared.messaging.inbox import Inbox, Subscription
from shared.postgres.database import Pool
from tests.integration.cost import Cost, grows_no_faster, metered
from tests.integration.notification.harness import SENDER
from tests.integration.records import invited, records, sent
from tests.stack import TestStack
from usher_contracts.topics import USERS

pytestmark = pytest.mark.anyio

POLICY = RetryPolicy(timedelta(seconds=1), timedelta(seconds=1))
OF_NOTIFICATION = EventHandlers(
    mail_decider(POLICY), SENDER, lambda: datetime.now(UTC), timedelta(days=14)
).subscriptions()
Store = Callable[[Pool], EventStore[Any]]


def named(name: str, subscriptions: Sequence[Subscription[Any]]) -> Subscription[Any]:
    return next(each for each in subscriptions if each.name == name)


@pytest.mark.parametrize(
    ("service", "store", "subscription"),
    [
        ("validation", validation.event_store, named(PEOPLE, of_validation())),
        ("notification", notification.event_store, named("invitations", OF_NOTIFICATION)),
        ("licensing", licensing.event_store, named("deliveries", OF_LICENSING)),
        ("upload", upload.event_store, named(DELIVERIES, of_upload())),
    ],
)
async def test_a_polled_batch_costs_the_same_statements_and_as_many_rows_as_it_has_records(
    stack: TestStack, service: str, store: Store, subscription: Subscription[Any]
) -> None:
    url = stack.postgres_url(service)
    company, offset, costs = str(uuid4()), 0, list[Cost]()
    owner, told = ("licensing", invited) if subscription.topic == USERS else ("notification", sent)
    async with metered(url) as meter:
        inbox = Inbox(store(meter.pool), service, subscription, contracts.parse)
        for size in (100, 100, 200):  # the first learns the columns' types
            polled = records(owner, told(company, size), offset)
            offset += size
            await meter.start()
            await inbox.take(polled)
            costs.append(await meter.stop())
        assert await meter.pool.fetchval("SELECT count(*) FROM inbox") == offset
    stack.drop(url)
    assert grows_no_faster(costs[1], costs[2]), costs
