from collections.abc import Mapping
from enum import IntEnum

from aiokafka.cluster import ClusterMetadata
from aiokafka.conn import AIOKafkaConnection

class ConnectionGroup(IntEnum):
    DEFAULT = 0
    COORDINATION = 1

class AIOKafkaClient:
    _conns: Mapping[tuple[int | str, ConnectionGroup | str], AIOKafkaConnection]
    cluster: ClusterMetadata
    async def close(self) -> None: ...
    async def fetch_all_metadata(self) -> ClusterMetadata: ...
