"""Records in blocks (row_blocks.py) with some of them changed: a block in which none is stays as it is, to the byte."""

import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

import orjson

_LENGTH = struct.Struct(">Q")


def records_of(data: bytes) -> Iterator[bytes]:
    """All records of an object, in their order."""
    for start, end in _blocks(_index(data)):
        yield from zlib.decompress(data[start:end]).split(b"\n")


def meta_of(data: bytes) -> Mapping[str, Any]:
    """What belongs to all of its records."""
    return _index(data)["meta"]


def section_of(data: bytes, name: str) -> bytes | None:
    """The bytes of a section; None where there is none of that name."""
    place = _index(data).get("sections", {}).get(name)
    return None if place is None else data[place[0] : place[1]]


def rewritten(
    data: bytes,
    record: Callable[[bytes], bytes],
    meta: Callable[[Mapping[str, Any]], Mapping[str, Any]] = lambda before: before,
    section: Callable[[str, bytes], bytes] = lambda _, before: before,
) -> bytes:
    """The object with its records, its meta and its sections changed; the labels stay. The very same bytes where
    nothing is changed."""
    index = _index(data)
    blocks, ends, changed = bytearray(), list[int](), False
    for start, end in _blocks(index):
        packed = data[start:end]
        before = zlib.decompress(packed)
        after = b"\n".join(map(record, before.split(b"\n")))
        blocks += packed if after == before else zlib.compress(after, level=1)
        ends.append(len(blocks))
        changed = changed or after != before
    sections, places, at = list[bytes](), dict[str, tuple[int, int]](), len(blocks)
    for name, (start, end) in index.get("sections", {}).items():
        sections.append(section(name, data[start:end]))
        places[name] = at, (at := at + len(sections[-1]))
        changed = changed or sections[-1] != data[start:end]
    new = {**index, "meta": meta(index["meta"]), "ends": ends}
    if not changed and new["meta"] == index["meta"]:
        return data
    if places:
        new["sections"] = places
    packed = zlib.compress(orjson.dumps(new), level=1)
    return b"".join((bytes(blocks), *sections, packed, _LENGTH.pack(len(packed))))


def _index(data: bytes) -> dict[str, Any]:
    (length,) = _LENGTH.unpack(data[-_LENGTH.size :])
    return orjson.loads(zlib.decompress(data[-_LENGTH.size - length : -_LENGTH.size]))


def _blocks(index: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    return pairwise((0, *index["ends"]))
