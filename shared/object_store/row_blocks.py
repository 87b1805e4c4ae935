"""Many small records in one object, readable page by page without a database.

The object is: compressed blocks of records, then sections, then a JSON index, then the index's length in eight bytes. A
page is one call that fetches just the blocks it needs. Records keep their order; each may carry labels, by which pages
are filtered. A section is bytes with a name, fetched only by who asks for it; it may be such an object itself.
"""

import asyncio
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from shared.object_store.store import BlobMissing, Blobs

BLOCK = 256
"""Records of a block: a page of 100 needs one or two."""
_LENGTH = struct.Struct(">Q")


class BlockWriter:
    """Collects records and makes the object's bytes of them."""

    def __init__(self) -> None:
        self._blocks = bytearray()
        self._ends: list[int] = []
        self._pending: list[bytes] = []
        self._count = 0
        self._labels: dict[str, array[int]] = {}

    def add(self, record: bytes, labels: Sequence[str]) -> None:
        """Adds a record (bytes without a line break, such as compact JSON) under its labels."""
        self._pending.append(record)
        for label in labels:
            self._labels.setdefault(label, array("I")).append(self._count)
        self._count += 1
        if len(self._pending) == BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._blocks += zlib.compress(b"\n".join(self._pending), level=1)
        self._ends.append(len(self._blocks))
        self._pending.clear()

    def finish(self, meta: Mapping[str, Any], sections: Mapping[str, bytes] | None = None) -> bytes:
        """The whole object. ``meta`` is JSON that belongs to all of the records."""
        if self._pending:
            self._flush()
        labels = {name: list(ordinals) for name, ordinals in self._labels.items()}
        index: dict[str, Any] = {"meta": dict(meta), "count": self._count, "ends": self._ends, "labels": labels}
        places, end = dict[str, tuple[int, int]](), len(self._blocks)
        for name, data in (sections or {}).items():
            places[name] = end, (end := end + len(data))
        if places:
            index["sections"] = places
        packed = zlib.compress(orjson.dumps(index), level=1)
        return b"".join((self._blocks, *(sections or {}).values(), packed, _LENGTH.pack(len(packed))))


@dataclass(frozen=True, slots=True)
class BlockReader:
    """Reads such an object. ``counts`` says how many records carry each label."""

    blobs: Blobs
    ref: str
    meta: Mapping[str, Any]
    count: int
    ends: Sequence[int]
    labels: Mapping[str, Sequence[int]]
    sections: Mapping[str, tuple[int, int]]
    begin: int = 0
    """Where it begins within the object: that of a section is not at 0."""

    @staticmethod
    async def open(blobs: Blobs, ref: str) -> "BlockReader":
        """Reads the index. Raises BlobMissing."""
        size = await blobs.size(ref)
        if size is None:
            raise BlobMissing(ref)
        return await BlockReader._within(blobs, ref, 0, size)

    @staticmethod
    async def _within(blobs: Blobs, ref: str, begin: int, end: int) -> "BlockReader":
        tail = (await blobs.ranges(ref, [max(begin, end - 65536)], [end]))[0]
        (length,) = _LENGTH.unpack(tail[-_LENGTH.size :])
        if length + _LENGTH.size > len(tail):
            tail = (await blobs.ranges(ref, [end - _LENGTH.size - length], [end]))[0]
        index = orjson.loads(zlib.decompress(tail[-_LENGTH.size - length : -_LENGTH.size]))
        sections = {name: (first, last) for name, (first, last) in index.get("sections", {}).items()}
        return BlockReader(blobs, ref, index["meta"], index["count"], index["ends"], index["labels"], sections, begin)

    async def section(self, name: str) -> bytes | None:
        """The bytes of a section; None where there is none of that name. Raises BlobMissing."""
        place = self.sections.get(name)
        if place is None:
            return None
        return (await self.blobs.ranges(self.ref, [self.begin + place[0]], [self.begin + place[1]]))[0]

    async def nested(self, name: str) -> "BlockReader | None":
        """A section that is such an object itself; None where there is none of that name. Raises BlobMissing."""
        place = self.sections.get(name)
        if place is None:
            return None
        return await BlockReader._within(self.blobs, self.ref, self.begin + place[0], self.begin + place[1])

    @property
    def counts(self) -> dict[str, int]:
        """Records by label."""
        return {label: len(ordinals) for label, ordinals in self.labels.items()}

    async def page(self, label: str | None, after: int, limit: int) -> list[tuple[int, bytes]]:
        """The next ``limit`` records, of a label or all, whose ordinal is above ``after`` (-1 to begin), each with its
        ordinal, which is the cursor of the next page."""
        if label is None:
            ordinals: Sequence[int] = range(after + 1, min(self.count, after + 1 + limit))
        else:
            all_of_label = self.labels.get(label, ())
            start = bisect_right(all_of_label, after)
            ordinals = all_of_label[start : start + limit]
        return await self.records(ordinals)

    async def records(self, ordinals: Sequence[int], needles: Collection[bytes] = ()) -> list[tuple[int, bytes]]:
        """Those records, in one call to the store; with ``needles`` those of them that hold one of these bytes, none of
        which has a line break."""
        needed = sorted({ordinal // BLOCK for ordinal in ordinals})
        if not needed:
            return []
        starts = [self.begin + (self.ends[n - 1] if n else 0) for n in needed]
        packed = await self.blobs.ranges(self.ref, starts, [self.begin + self.ends[n] for n in needed])
        # Beside the loop: a few blocks are milliseconds, a whole object is seconds.
        return await asyncio.to_thread(_unpacked, dict(zip(needed, packed, strict=True)), ordinals, needles)

    async def all(self) -> AsyncIterator[bytes]:
        """Every record in order, a few blocks in memory at a time."""
        step = BLOCK * 16
        for start in range(0, self.count, step):
            for _, record in await self.records(range(start, min(self.count, start + step))):
                yield record


def _unpacked(
    packed: Mapping[int, bytes], ordinals: Sequence[int], needles: Collection[bytes]
) -> list[tuple[int, bytes]]:
    whole = {number: zlib.decompress(data) for number, data in packed.items()}
    if not needles:
        blocks = {number: data.split(b"\n") for number, data in whole.items()}
        return [(ordinal, blocks[ordinal // BLOCK][ordinal % BLOCK]) for ordinal in ordinals]
    # To look through a block costs a fraction of taking it apart.
    blocks = {number: data.split(b"\n") for number, data in whole.items() if any(each in data for each in needles)}
    among = ((ordinal, blocks[ordinal // BLOCK][ordinal % BLOCK]) for ordinal in ordinals if ordinal // BLOCK in blocks)
    return [(ordinal, data) for ordinal, data in among if any(each in data for each in needles)]
