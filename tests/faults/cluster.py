"""A cluster of brokers, looked at from outside: who leads what, who controls it, whether every copy is there."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from shared.messaging.producer_batch import partition_of
from tests.faults.harness import Harness
from usher_contracts.topics import TOPICS, USERS

_PATIENCE = 180.0
"""Seconds until a broker that has come back has every copy again, on a busy machine."""


def leader_of(harness: Harness, company: str) -> int:
    """The number of the broker that leads the partition with this company's users."""
    partitions = next(topic.partitions for topic in TOPICS if topic.name == USERS)
    partition = partition_of(company.encode(), partitions)
    for topic in asyncio.run(_topics(harness)):
        if topic["topic"] == USERS:
            return next(each["leader"] for each in topic["partitions"] if each["partition"] == partition)
    raise AssertionError(f"{USERS} is not there")


def controller(harness: Harness) -> int:
    """The number of the node that is the active controller, as the nodes have written it down last."""
    states: list[dict[str, Any]] = []
    for broker in harness.stack.brokers():
        file = broker.folder / "log" / "__cluster_metadata-0" / "quorum-state"
        states.append(json.loads(file.read_text()))
    return max((state["leaderEpoch"], state["leaderId"]) for state in states)[1]


def until_complete(harness: Harness) -> None:
    """Returns when every partition has all its copies. Raises AssertionError after a while."""
    _until(lambda: not list(_lacking(harness)), lambda: f"copies are missing still: {sorted(set(_lacking(harness)))}")


def _until(look: Callable[[], bool], lacking: Callable[[], str]) -> None:
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            if look():
                return
            assert time.monotonic() < end, lacking()
        except (KafkaError, OSError):
            assert time.monotonic() < end, "Kafka does not answer"
        time.sleep(0.5)


def _lacking(harness: Harness) -> Iterator[str]:
    for topic in asyncio.run(_topics(harness)):
        for partition in topic["partitions"]:
            if partition["leader"] < 0 or len(partition["isr"]) < len(partition["replicas"]):
                yield topic["topic"]


async def _topics(harness: Harness) -> list[Any]:
    admin = AIOKafkaAdminClient(bootstrap_servers=harness.stack.kafka_bootstrap, request_timeout_ms=5_000)
    try:
        await admin.start()
        return await admin.describe_topics()
    finally:
        await admin.close()
