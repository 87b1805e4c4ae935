"""An upgrade without downtime: the last release and a coming one, which says more, process batches side by side."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

import services.licensing.main
import services.notification.main
import services.upload.main
from deploy.operate.services import SERVICES
from shared.core.settings import KafkaSettings
from shared.eventsourcing.rebuild_from_log import Rebuild
from shared.messaging.topic_reader import topic_reader
from tests.e2e.operations import releases
from tests.e2e.operations.measured import applied
from tests.e2e.operations.partitions import on_every_partition_half
from tests.e2e.operations.test_replicas import whole_batch
from tests.e2e.outside import Company, eventually
from tests.faults.harness import running
from tests.stack import TestStack, started
from usher_contracts import BatchConfirmed

PROJECTING = (services.upload.main, services.licensing.main, services.notification.main)
_LISTED = "SELECT user_id::text, company_id::text, email, status, version FROM {} ORDER BY user_id"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestStack]:
    """The first process of every service is of the coming release, and takes the requests; the second of the last."""
    old, new = (tmp_path_factory.mktemp(name) for name in ("old", "new"))
    print("beside the coming release runs", releases.last_release(old))
    releases.coming_release(new)
    with started(SERVICES, replicas=2, told={1: running(new), 2: running(old)}, fsync=False) as stack:
        yield stack


def test_two_releases_process_batches_side_by_side(both: TestStack) -> None:
    companies = on_every_partition_half(lambda: Company(both), at_least=2)
    with ThreadPoolExecutor(len(companies)) as pool:
        reviews = list(pool.map(whole_batch, companies))
    assert {review.status for review in reviews} == {"completed"}
    # Jobs are taken by either, and partitions are shared when Kafka has heard of both: until each has done its part.
    for _ in range(20):
        published = said(both, "usher.validations.v1", releases.NEWS)
        if published and all(all(applied(both, service)) for service in SERVICES):
            break
        whole_batch(Company(both))
    assert said(both, "usher.validations.v1", releases.NEWS), "the new event was published, whoever leads"
    confirmed = said(both, "usher.batches.v1", BatchConfirmed.type)
    assert len(confirmed) >= len(companies)
    for service in SERVICES:
        shares = applied(both, service)
        assert all(shares), f"of {service} the newer has applied {shares[0]} records, the older {shares[1]}"


def test_what_both_have_written_is_what_the_log_says(both: TestStack) -> None:
    for app in PROJECTING:
        url = both.stack.database_url(app.SERVICE)
        store = app.event_store(None)
        for projection in store.projections:
            differences = asyncio.run(Rebuild(store, projection).differences(url))
            assert not any(differences.values()), (app.SERVICE, projection.name, differences)
    listed = rows(both, "licensing", "users")
    assert listed
    eventually(lambda: rows(both, "validation", "people") == listed, "validation knows everybody as licensing does")
    for service in SERVICES:
        assert rows(both, service, "dead_letter", "SELECT * FROM {}") == []


def rows(stack: TestStack, service: str, table: str, query: str = _LISTED) -> list[tuple[object, ...]]:
    """What a table holds."""
    with psycopg.connect(stack.stack.database_url(service)) as connection:
        return connection.execute(query.format(table).encode()).fetchall()


def said(stack: TestStack, topic: str, type_: str) -> list[str]:
    """One entry for each message of a type on a topic."""
    return asyncio.run(_read(stack.kafka_bootstrap, topic, type_))


async def _read(bootstrap: str, topic: str, type_: str) -> list[str]:
    found: list[str] = []
    async with topic_reader(KafkaSettings(kafka_bootstrap_servers=bootstrap), "test") as reader:
        async for records in reader.everything([topic]):
            found += [type_ for record in records if dict(record.headers).get("ce_type") == type_.encode()]
    return found
