import asyncio

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient

class Assignments:
    def assigned_partitions(self) -> set[TopicPartition]: ...

class Fetcher:
    _subscriptions: Assignments
    _client: AIOKafkaClient
    _prefetch_backoff: float
    _wait_consume_future: asyncio.Future[None] | None
    def _notify(self, future: asyncio.Future[None] | None) -> None: ...
    async def _update_fetch_positions(self, assignment: object, node_id: int, tps: object) -> bool: ...
    async def _proc_fetch_request(self, assignment: object, node_id: int, request: object) -> bool: ...
    def seek_to(self, tp: TopicPartition, offset: int) -> None: ...
