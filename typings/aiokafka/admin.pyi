import ssl
from collections.abc import Mapping, Sequence
from typing import Any

from aiokafka.structs import OffsetAndMetadata, TopicPartition

class NewTopic:
    def __init__(
        self,
        name: str,
        num_partitions: int,
        replication_factor: int,
        replica_assignments: Mapping[int, Sequence[int]] | None = ...,
        topic_configs: Mapping[str, str] | None = ...,
    ) -> None: ...

class RecordsToDelete:
    def __init__(self, before_offset: int) -> None: ...

class CreateTopicsResponse:
    topic_errors: Sequence[tuple[Any, ...]]

class AIOKafkaAdminClient:
    def __init__(
        self,
        *,
        bootstrap_servers: str | Sequence[str] = ...,
        client_id: str = ...,
        request_timeout_ms: int = ...,
        security_protocol: str = ...,
        ssl_context: ssl.SSLContext | None = ...,
        sasl_mechanism: str = ...,
        sasl_plain_username: str | None = ...,
        sasl_plain_password: str | None = ...,
    ) -> None: ...
    async def start(self) -> None: ...
    async def close(self) -> None: ...
    async def list_topics(self) -> list[str]: ...
    async def describe_topics(self, topics: list[str] | None = ...) -> list[dict[str, Any]]: ...
    async def delete_records(
        self, records_to_delete: dict[TopicPartition, RecordsToDelete], timeout_ms: int | None = ...
    ) -> dict[TopicPartition, int]: ...
    async def create_topics(self, new_topics: Sequence[NewTopic]) -> CreateTopicsResponse: ...
    async def delete_topics(self, topics: Sequence[str]) -> Any: ...
    async def describe_cluster(self) -> dict[str, Any]: ...
    async def list_consumer_groups(self) -> Sequence[tuple[Any, ...]]: ...
    async def list_consumer_group_offsets(self, group_id: str) -> Mapping[TopicPartition, OffsetAndMetadata]: ...
