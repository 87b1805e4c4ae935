"""Rows of a sheet as an event keeps them: as a bitmap, packed. Of 150,000 rows any half takes 25 kB at most; rows that
follow one another, or are every second one, take some hundred bytes."""

import zlib
from base64 import b64decode, b64encode
from collections.abc import Collection
from typing import TypeAlias

PackedRows: TypeAlias = str
"""The bits of rows, the lowest first, deflated, in base64; "" of no rows."""


def packed(rows: Collection[int]) -> PackedRows:
    """These rows, each from 0 on."""
    if not rows:
        return ""
    bits = bytearray(max(rows) // 8 + 1)
    for row in rows:
        bits[row >> 3] |= 1 << (row & 7)
    return b64encode(zlib.compress(bits)).decode()


def unpacked(rows: PackedRows) -> frozenset[int]:
    """The same as rows."""
    if not rows:
        return frozenset()
    bits = zlib.decompress(b64decode(rows))
    return frozenset(8 * at + bit for at, byte in enumerate(bits) if byte for bit in _BITS[byte])


_BITS = [[bit for bit in range(8) if byte >> bit & 1] for byte in range(256)]
