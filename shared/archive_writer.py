"""Writes a zip whose entries are mostly another one's, without unpacking them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from shared.archive import Archive

_END = b"PK\x05\x06"


class ArchiveWriter:
    """Writes a zip into memory: entries of another one as they are, packed or not, and new ones deflated."""

    def __init__(self, level: int = 3) -> None:
        self._level = level
        self._out = io.BytesIO()
        self._directory: list[bytes] = []

    def copy(self, source: Archive, entry: zipfile.ZipInfo) -> None:
        """Not a byte of the entry is unpacked."""
        head = self._begin(
            entry.filename,
            entry.compress_type,
            entry.CRC,
            entry.compress_size,
            entry.file_size,
        )
        for piece in source.packed(entry):
            self._out.write(piece)
        self._directory.append(head)

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        deflater = zlib.compressobj(self._level, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed, crc, size = io.BytesIO(), 0, 0
        for chunk in chunks:
            crc, size = zlib.crc32(chunk, crc), size + len(chunk)
            packed.write(deflater.compress(chunk))
        packed.write(deflater.flush())
        head = self._begin(name, zipfile.ZIP_DEFLATED, crc, packed.tell(), size)
        self._out.write(packed.getbuffer())
        self._directory.append(head)

    def finish(self) -> bytes:
        start, size = self._out.tell(), sum(map(len, self._directory))
        self._out.write(b"".join(self._directory))
        count = len(self._directory)
        self._out.write(struct.pack("<4s4H2LH", _END, 0, 0, count, count, size, start, 0))
        return self._out.getvalue()

    def _begin(self, name: str, method: int, crc: int, packed: int, size: int) -> bytes:
        """Writes the local header; returns the entry's line in the directory."""
        raw, offset = name.encode(), self._out.tell()
        flags = 0 if name.isascii() else 0x800
        # version 2.0; the time is fixed, 1980-01-01: the same input gives the same bytes
        common = struct.pack("<5H3L2H", 20, flags, method, 0, 0x21, crc, packed, size, len(raw), 0)
        self._out.write(b"PK\x03\x04" + common + raw)
        return b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<3H2L", 0, 0, 0, 0, offset) + raw
