"""aiokafka's consumer, made to wait for records where it would look for them again and again.

Whoever polls it is answered when there are records, not before. A broker is asked for more when all that it gave has
been handed out, and then for all partitions: aiokafka has one request a broker under way, and a partition that is not
named in it would wait until it is answered. So the broker may keep a request open for long: it answers as soon as any
partition has a record. What makes an open request useless, other partitions, another place in one or another broker
that leads one, ends it; and it goes by a connection of its own, on which nothing else waits for its answer.

Joining the group takes long as well where others are in it: the broker answers when they have come back, and they hear
of it by their next heartbeat. aiokafka gives that no more time than any other request, and begins anew each time.
"""

import asyncio
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.consumer.fetcher import Fetcher
from aiokafka.consumer.group_coordinator import GroupCoordinator
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest, SyncGroupRequest

from shared.messaging.consumed_record import Record

LOOK_ANYWAY_MS = 10_000
"""How long what waits does so before it looks around, though nothing woke it."""
_FOR_EVER = 24 * 3600.0
_FETCHES, _JOINS = "fetches", "joins"
"""The groups of connections by which requests go that the broker keeps open."""
_PATIENCE, _JOIN_PATIENCE = 25.0, 5.0
"""Seconds that an answer to one may take beside those for which the broker may keep it open. To a join it is less: a
broker that says nothing is left in a time in which nobody has to wait for long."""


class WaitingConsumer(AIOKafkaConsumer):
    """Takes the place of aiokafka's own for who reads by `getmany` alone."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> dict[TopicPartition, list[Record]]:
        """What has been fetched, once there is something, whatever `timeout_ms` says. Raises ConsumerStoppedError."""
        polled: dict[TopicPartition, list[Record]] = {}
        while not polled:
            polled = await super().getmany(*partitions, timeout_ms=LOOK_ANYWAY_MS, max_records=max_records)
        return polled

    @property
    def _fetcher(self) -> Any:
        return self.__dict__.get("fetcher")

    @_fetcher.setter
    def _fetcher(self, fetcher: Any) -> None:
        # aiokafka makes it when it starts, and lets nobody say of which class.
        if fetcher is not None:
            fetcher.__class__ = _Fetcher
            patience = fetcher._fetch_max_wait_ms / 1000 + _PATIENCE
            fetcher._client = _PatientClient(fetcher._client, (FetchRequest,), _FETCHES, patience)
            fetcher._client.cluster.add_listener(fetcher.hear_of_leaders)
            # Seconds for which records that nobody has taken yet keep their broker from being asked for others.
            fetcher._prefetch_backoff = _FOR_EVER
        self.__dict__["fetcher"] = fetcher

    @property
    def _coordinator(self) -> Any:
        return self.__dict__.get("coordinator")

    @_coordinator.setter
    def _coordinator(self, coordinator: Any) -> None:
        # Made by aiokafka when it starts, too; one without a group joins nothing.
        group: Any = coordinator if isinstance(coordinator, GroupCoordinator) else None
        if group is not None:
            patience = group._heartbeat_interval_ms / 1000 + _JOIN_PATIENCE
            joining = (JoinGroupRequest, SyncGroupRequest)
            group._client = _PatientClient(group._client, joining, _JOINS, patience)
        self.__dict__["coordinator"] = coordinator


class _PatientClient:
    """The consumer's client, by which requests of some kinds have a group of connections, and a patience in seconds, of
    their own."""

    def __init__(self, client: Any, kinds: tuple[type, ...], group: str, patience: float) -> None:
        self._client = client
        self._kinds = kinds
        self._group = group
        self._patience = patience

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    async def send(self, node_id: int, request: object, **options: Any) -> Any:
        if not isinstance(request, self._kinds):
            return await self._client.send(node_id, request, **options)
        if connection := await self._client._get_conn(node_id, group=self._group):
            connection._request_timeout = self._patience
        return await self._client.send(node_id, request, group=self._group)


class _Fetcher(Fetcher):
    async def _proc_fetch_request(self, assignment: object, node_id: int, request: object) -> bool:
        with self._under_way() as task:
            self._open[task] = self._leaders()
            try:
                return await super()._proc_fetch_request(assignment, node_id, request)
            except asyncio.CancelledError:
                # In the pause that it makes after an error aiokafka lets it out, and its loop would end by it, unheard.
                return False
            finally:
                del self._open[task]
                connection = self._client._conns.get((node_id, _FETCHES))
                if task.cancelling() and connection is not None:
                    # A broker answers one connection's requests one after the other: the next would wait for this one.
                    connection.close()

    def hear_of_leaders(self, _: object) -> None:
        """Called with what is known of the cluster, whenever that has been looked up. Where a partition has gone to
        another broker, the one that led it may never answer, and the other's open request does not name it."""
        leaders = {place: leader for place, leader in self._leaders().items() if leader not in (None, -1)}
        for task, asked in self._open.items():
            if any(asked.get(place) != leader for place, leader in leaders.items()):
                task.cancel()

    def _leaders(self) -> Mapping[TopicPartition, int | None]:
        """By whom each partition that is read is led, as far as is known."""
        places = self._subscriptions.assigned_partitions()
        return {place: self._client.cluster.leader_for_partition(place) for place in places}

    async def _update_fetch_positions(self, assignment: object, node_id: int, tps: object) -> bool:
        with self._under_way():
            return await super()._update_fetch_positions(assignment, node_id, tps)

    def seek_to(self, tp: TopicPartition, offset: int) -> None:
        super().seek_to(tp, offset)
        for task in self._tasks:
            task.cancel()

    @contextmanager
    def _under_way(self) -> Generator[asyncio.Task[Any]]:
        """The task that asks a broker, while it does: one that is cancelled before it has begun would end aiokafka's
        loop. Where a task ends just when something else wakes that loop, it takes the broker for busy still, and would
        not look again before it gets tired of waiting."""
        task = asyncio.current_task()
        assert task is not None
        task.add_done_callback(lambda _: self._notify(self._wait_consume_future))
        self._tasks.add(task)
        try:
            yield task
        finally:
            self._tasks.discard(task)

    @property
    def _open(self) -> dict[asyncio.Task[Any], Mapping[TopicPartition, int | None]]:
        """The fetch requests that are under way, with who led what when they were made."""
        return self.__dict__.setdefault("open", {})

    @property
    def _tasks(self) -> set[asyncio.Task[Any]]:
        return self.__dict__.setdefault("tasks", set())
