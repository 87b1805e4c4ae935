"""What ends an open fetch request: that a partition is led by another broker now. And by which way it goes."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.protocol.fetch import FetchRequest

from shared.messaging import waiting_consumer

pytestmark = pytest.mark.anyio

FIRST, SECOND = TopicPartition("t", 0), TopicPartition("t", 1)


class Cluster:
    """Who leads what."""

    def __init__(self) -> None:
        self.leaders: dict[TopicPartition, int] = {FIRST: 1, SECOND: 2}

    def leader_for_partition(self, place: TopicPartition) -> int | None:
        return self.leaders.get(place)


def fetcher(cluster: Cluster) -> Any:
    """One that reads both partitions, with nothing under way."""

    class Of:
        def __init__(self, **found: Any) -> None:
            self.__dict__ |= found

    made: Any = object.__new__(waiting_consumer._Fetcher)  # pyright: ignore[reportPrivateUsage]
    made._client = Of(cluster=cluster)
    made._subscriptions = Of(assigned_partitions=lambda: {FIRST, SECOND})
    return made


@pytest.mark.parametrize(
    ("later", "ends"),
    [
        ({FIRST: 1, SECOND: 2}, False),
        ({FIRST: 3, SECOND: 2}, True),
        ({FIRST: 2, SECOND: 2}, True),
        ({FIRST: -1, SECOND: 2}, False),
        ({SECOND: 2}, False),
    ],
)
async def test_a_request_ends_when_a_partition_has_another_leader(later: dict[TopicPartition, int], ends: bool) -> None:
    cluster = Cluster()
    made = fetcher(cluster)
    request = asyncio.ensure_future(asyncio.Event().wait())
    made._open[request] = made._leaders()
    cluster.leaders = later
    made.hear_of_leaders(cluster)
    await asyncio.wait([request], timeout=0.01)
    assert request.cancelled() is ends
    request.cancel()


async def test_a_leader_that_is_there_again_ends_what_does_not_name_it() -> None:
    cluster = Cluster()
    made = fetcher(cluster)
    request = asyncio.ensure_future(asyncio.Event().wait())
    cluster.leaders = {FIRST: 1, SECOND: -1}
    made._open[request] = made._leaders()
    cluster.leaders = {FIRST: 1, SECOND: 1}
    made.hear_of_leaders(cluster)
    await asyncio.wait([request])
    assert request.cancelled()


async def test_open_requests_keep_nothing_else_waiting() -> None:
    sent: list[tuple[object, object]] = []

    class Connection:
        _request_timeout = 4.0

    class Client:
        async def _get_conn(self, node: int, *, group: object) -> Connection:
            return connection

        async def send(self, node: int, request: object, *, group: object = "default") -> None:
            sent.append((request, group))

    connection, other = Connection(), object()
    kinds = (FetchRequest,)
    client = waiting_consumer._PatientClient(Client(), kinds, "fetches", 40.0)  # pyright: ignore[reportPrivateUsage]
    fetch = FetchRequest(15_000, 1, 1, 0, [])
    await client.send(1, fetch)
    await client.send(1, other)
    await client.send(1, other, group="coordination")
    assert sent == [(fetch, "fetches"), (other, "default"), (other, "coordination")]
    assert connection._request_timeout == 40.0  # pyright: ignore[reportPrivateUsage]
