"""A batch of records as Kafka keeps them (format 2), of parts that are encoded already.

aiokafka's own builder encodes each header of each record anew: eight of twelve are those of a whole batch or request.
Here such headers are bytes that are made once. And it is compressed by gzip, which every client of Kafka reads without
more: what messages of a batch share makes most of them. The tests hold every batch to what aiokafka's builder makes of
the same (docs/decisions/0016).
"""

import struct
from collections.abc import Callable, Iterable, Sequence
from time import time
from typing import Any, cast

from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.util import calc_crc32c, decode_varint
from isal import igzip
from msgspec import Struct

Header = tuple[str, bytes]

_HEAD = struct.Struct(">qiibIhiqqqhii")
"""Base offset, length, leader epoch, magic, checksum, attributes, last offset, first and last timestamp, the
producer's id and epoch, first sequence, count."""
_LENGTH_FROM = struct.calcsize(">qi")
_CHECKED_FROM = struct.calcsize(">qiibI")
_NO_EPOCH, _MAGIC = -1, 2
_PLAIN, _GZIP, _FAST = 0, 1, 1
_RECORD_OVERHEAD = 24
"""Bytes of a record beside key, value and headers, at most."""


class _Varints(dict[int, bytes]):
    """Lengths and small numbers as Kafka writes them, zigzag: each is made once."""

    def __missing__(self, number: int) -> bytes:
        left, encoded = number << 1, bytearray()
        while left > 0x7F:
            encoded.append(left & 0x7F | 0x80)
            left >>= 7
        encoded.append(left)
        if number < 1 << 14:
            self[number] = bytes(encoded)
        return bytes(encoded)


compress: Callable[[bytes, int], bytes] = cast(Any, igzip).compress
VARINT = _Varints()
_NO_VALUE = b"\x01"


def packed_header(name: str, value: bytes) -> bytes:
    """A header as it stands in a record."""
    encoded = name.encode()
    return b"".join((VARINT[len(encoded)], encoded, VARINT[len(value)], value))


class KafkaMessage(Struct, frozen=True):
    """A message for a topic. `packed`: its headers as they stand in a record, first how many there are."""

    topic: str
    key: bytes
    value: bytes | None
    packed: bytes

    @property
    def headers(self) -> list[Header]:
        """Each header, for who does not send them in a `PackedRecords`."""
        return list(_unpacked(bytearray(self.packed)))

    @property
    def size(self) -> int:
        """Bytes of its record, at most."""
        return len(self.key) + len(self.value or b"") + len(self.packed) + _RECORD_OVERHEAD


def _unpacked(headers: bytearray) -> Iterable[Header]:
    count, at = decode_varint(headers, 0)
    for _ in range(count):
        length, at = decode_varint(headers, at)
        name, at = headers[at : at + length].decode(), at + length
        length, at = decode_varint(headers, at)
        yield name, bytes(headers[at : at + length])
        at += length


class PackedRecords(BatchBuilder):
    """What `AIOKafkaProducer.send_batch` takes: messages of one partition. size: theirs."""

    def __init__(self, messages: Sequence[KafkaMessage], size: int) -> None:
        # Not the library's: the builder that it would make is what this is in place of.
        self._messages = messages
        self._size = size
        self._timestamp = int(time() * 1000)
        self._relative_offset = len(messages)
        self._buffer = None
        self._closed = True
        self._producer = (-1, -1, 0)

    def _set_producer_state(self, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        self._producer = (producer_id, producer_epoch, base_sequence)

    def _build(self) -> bytearray:
        if self._buffer is None:
            self._buffer = self._built()
            self._messages = ()
        return self._buffer

    def _built(self) -> bytearray:
        parts: list[bytes] = []
        for offset, message in enumerate(self._messages):
            key, value = message.key, message.value
            length = _NO_VALUE if value is None else VARINT[len(value)]
            body = b"".join(
                # No attributes, and the time of the whole batch.
                (b"\0\0", VARINT[offset], VARINT[len(key)], key, length, value or b"", message.packed)
            )
            parts += (VARINT[len(body)], body)
        records = b"".join(parts)
        squeezed = compress(records, _FAST)
        codec, records = (_GZIP, squeezed) if len(squeezed) < len(records) else (_PLAIN, records)
        buffer = bytearray(_HEAD.size) + records

        def head(checksum: int) -> None:
            _HEAD.pack_into(
                buffer, 0, 0, len(buffer) - _LENGTH_FROM, _NO_EPOCH, _MAGIC, checksum, codec, self._relative_offset - 1,
                self._timestamp, self._timestamp, *self._producer, self._relative_offset,
            )  # fmt: skip

        head(0)
        head(calc_crc32c(buffer[_CHECKED_FROM:]))
        return buffer

    def size(self) -> int:
        """Bytes, at most."""
        return self._size
