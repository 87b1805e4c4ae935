"""Other languages' consumers read what our own reads: every event of every topic, and the directory's tombstones."""

from base64 import b64decode
from collections.abc import Callable

import pytest

from tests.interop.conftest import Record
from tests.interop.tools import in_go, in_java, in_node, in_python
from tests.stack import TestStack
from usher_contracts.topics import DIRECTORY, TOPICS

Consumer = Callable[..., str]
CONSUMERS: dict[str, Consumer] = {
    "confluent-kafka": lambda *told: in_python("consume", *told),
    "franz-go": lambda *told: in_go("consume", *told),
    "kafkajs": lambda *told: in_node("consume.mjs", *told),
    "Java, classic protocol": lambda *told: in_java("Consume", "classic", *told),
    "Java, consumer protocol": lambda *told: in_java("Consume", "consumer", *told),
}


@pytest.mark.parametrize("client", CONSUMERS)
def test_a_client_reads_every_record_as_our_own_does(running: TestStack, records: list[Record], client: str) -> None:
    assert {one[0] for one in records} == {topic.name for topic in TOPICS}, "the scenario writes to every topic"
    ends: dict[tuple[str, int], int] = {}
    for topic, partition, offset, *_ in records:
        ends[topic, partition] = max(ends.get((topic, partition), 0), offset + 1)
    places = [f"{topic}:{partition}:{end}" for (topic, partition), end in ends.items()]
    said = CONSUMERS[client](running.kafka_bootstrap, *places)
    found = [_record(line) for line in said.splitlines()]
    assert sorted(found, key=_place) == sorted(records, key=_place)
    assert any(topic == DIRECTORY and value is None for topic, *_, value in found), "a tombstone is told as one"


def _place(record: Record) -> tuple[str, int, int]:
    return record[:3]


def _record(line: str) -> Record:
    topic, partition, offset, type_, id_, value = line.split(" ")
    return topic, int(partition), int(offset), type_, id_, None if value == "tombstone" else b64decode(value)
