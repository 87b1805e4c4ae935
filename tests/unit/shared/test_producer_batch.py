"""Where a message goes, and as which bytes."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import pytest
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from shared.messaging import packed_records, producer_batch
from shared.messaging.packed_records import VARINT, Header, KafkaMessage, PackedRecords, packed_header
from shared.messaging.producer_batch import ProducerBatch, partition_of

pytestmark = pytest.mark.anyio


@given(st.binary(max_size=80), st.integers(1, 50))
def test_a_key_goes_to_the_partition_where_every_producer_puts_it(key: bytes, partitions: int) -> None:
    everywhere = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, everywhere, everywhere)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
HEADERS = st.lists(st.tuples(NAMES, st.binary(max_size=200)), max_size=15)
SIZES = st.sampled_from([0, 1, 40, 63, 64, 65, 8191, 8192, 20_000])
MESSAGES = st.tuples(st.binary(max_size=80), st.none() | SIZES.map(lambda size: b"x" * size), HEADERS)


def message(key: bytes, value: bytes | None, headers: Sequence[Header], topic: str = "t") -> KafkaMessage:
    packed = VARINT[len(headers)] + b"".join(packed_header(name, value) for name, value in headers)
    return KafkaMessage(topic, key, value, packed)


def as_it_is(data: bytes, level: int) -> bytes:
    del level
    return data


Messages = list[tuple[bytes, bytes | None, list[Header]]]


@given(st.lists(MESSAGES, min_size=1, max_size=70), st.integers(0, 2**40), st.integers(0, 2**31 - 1))
def test_a_batch_is_to_the_byte_what_the_library_makes_of_it(messages: Messages, millis: int, sequence: int) -> None:
    """But for the compression."""
    made = [message(*each) for each in messages]
    builder: Any = BatchBuilder
    theirs = builder(1 << 24, 0)
    for key, value, headers in messages:
        theirs.append(timestamp=int(millis / 1000 * 1000), key=key, value=value, headers=headers)
    with patch.multiple(packed_records, time=lambda: millis / 1000, compress=as_it_is):
        ours: Any = PackedRecords(made, sum(each.size for each in made))
        for batch in (ours, theirs):
            batch._set_producer_state(7, 3, sequence)
        assert ours.record_count() == theirs.record_count()
        assert bytes(ours._build()) == bytes(theirs._build())
    assert ours.size() >= len(ours._build()) - 61
    assert [each.headers for each in made] == [headers for _, _, headers in messages]


@given(st.lists(MESSAGES, min_size=1, max_size=70))
def test_a_batch_is_compressed_so_that_every_client_reads_it(messages: Messages) -> None:
    made = [message(*each) for each in messages]
    ours: Any = PackedRecords(made, sum(each.size for each in made))
    read: Any = MemoryRecords(bytes(ours._build())).next_batch()
    assert read.validate_crc()
    assert [(record.key, record.value, list(record.headers)) for record in read] == messages


def test_what_messages_share_is_hardly_sent_twice() -> None:
    headers = [(f"header-{n}", b"the same in each") for n in range(8)]
    made = [message(b"key", b'{"name":"value of %d","more":"like it"}' % n, headers) for n in range(500)]
    ours: Any = PackedRecords(made, sum(each.size for each in made))
    assert len(ours._build()) < sum(each.size for each in made) / 10


class Producer:
    """Takes batches, and says what is in them."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, int], list[list[bytes | None]]] = {}

    async def partitions_for(self, topic: str) -> set[int]:
        del topic
        return {0, 1, 2}

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> None:
        read = MemoryRecords(bytes(batch._build())).next_batch()
        assert read is not None and read.validate_crc()
        self.sent.setdefault((topic, partition), []).append([record.value for record in read])


async def sent(*messages: KafkaMessage) -> dict[tuple[str, int], list[list[bytes | None]]]:
    producer: Any = Producer()
    batch = ProducerBatch(producer)
    await batch.add(messages[:1])
    await batch.add(messages[1:])
    await batch.send()
    assert batch.count == len(messages)
    return producer.sent


async def test_messages_of_a_partition_leave_in_their_order_and_tombstones_are_none() -> None:
    values = [b"1", None, b"3"]
    found = await sent(*(message(b"key", value, [], topic) for value in values for topic in ("a", "b")))
    place = partition_of(b"key", 3)
    assert found == {("a", place): [values], ("b", place): [values]}


async def test_a_batch_that_is_full_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer_batch, "LARGEST_BATCH", 300)
    values = [bytes([n]) * 100 for n in range(5)]
    found = await sent(*(message(b"key", value, []) for value in values))
    assert list(found.values()) == [[values[:2], values[2:4], values[4:]]]


async def test_a_message_that_no_batch_can_hold_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(producer_batch, "LARGEST_BATCH", 300)
    with pytest.raises(MessageSizeTooLargeError, match="for t is larger"):
        await sent(message(b"key", b"x" * 400, []))
