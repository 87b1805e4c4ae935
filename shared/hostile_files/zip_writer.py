"""Writes a zip whose entries are mostly another one's, without unpacking them."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable

from shared.hostile_files.zip_reader import Archive

_END, _ZIP64_END, _ZIP64_LOCATOR = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_MOST_16, _MOST_32 = 0xFFFF, 0xFFFFFFFF  # what does not fit stands in the records of zip64
_DESCRIBED_BEHIND = 0x8  # checksum and sizes stand behind the entry: here they stand before it
_UTF8 = 0x800


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
            entry.flag_bits & ~_DESCRIBED_BEHIND,
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
        start, size, count = self._out.tell(), sum(map(len, self._directory)), len(self._directory)
        self._out.write(b"".join(self._directory))
        if count > _MOST_16:
            end = self._out.tell()
            self._out.write(struct.pack("<4sQ2H2L4Q", _ZIP64_END, 44, 45, 45, 0, 0, count, count, size, start))
            self._out.write(struct.pack("<4sLQL", _ZIP64_LOCATOR, 0, end, 1))
            count = _MOST_16
        self._out.write(struct.pack("<4s4H2LH", _END, 0, 0, count, count, size, start, 0))
        return self._out.getvalue()

    def _begin(self, name: str, method: int, crc: int, packed: int, size: int, flags: int = 0) -> bytes:
        """Writes the local header; returns the entry's line in the directory."""
        raw, offset, version, extra = name.encode(), self._out.tell(), 20, b""
        flags = flags & ~_UTF8 if name.isascii() else flags | _UTF8
        if size >= _MOST_32:
            version, extra, size, packed = 45, struct.pack("<2H2Q", 1, 16, size, packed), _MOST_32, _MOST_32
        # the time is fixed, 1980-01-01: the same input gives the same bytes
        common = struct.pack("<5H3L2H", version, flags, method, 0, 0x21, crc, packed, size, len(raw), len(extra))
        self._out.write(b"PK\x03\x04" + common + raw + extra)
        behind = struct.pack("<3H2L", 0, 0, 0, 0, offset)
        return b"PK\x01\x02" + struct.pack("<H", version) + common + behind + raw + extra
