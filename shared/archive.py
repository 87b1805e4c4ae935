"""A zip that a stranger made, read without believing what its headers say. Use it inside the sandbox.

Names are only ever compared, never used as paths; nothing is written to disk.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from shared.safe_xml import XmlRefused, refuse_doctype

MIB = 1024 * 1024
CHUNK = 256 * 1024
_DIRECTORY_BYTES = MIB  # far more than 500 ordinary entries take; zipfile reads the directory at once
_END, _END_SIZE = b"PK\x05\x06", 22
_ZIP64_LOCATOR, _ZIP64_END = b"PK\x06\x07", b"PK\x06\x06"
_LOCAL_SIZE = 30


class ArchiveRefused(Exception):
    """Damaged, or a bomb. The message is a plain half sentence ("it is cut off")."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    entries: int = 500
    unpacked_bytes: int = 512 * MIB
    ratio: int = 100  # unpacked to packed
    ratio_from: int = MIB  # entries smaller than this may have any ratio


class Archive:
    """The entries of a zip, by their names without regard to case, leading slash and kind of slash."""

    def __init__(self, file: BinaryIO, limits: ArchiveLimits) -> None:
        self._file = file
        self._limits = limits
        self._size = file.seek(0, io.SEEK_END)
        _check_directory_size(file, self._size)
        try:
            self.entries = [entry for entry in zipfile.ZipFile(file).infolist() if not entry.is_dir()]
        except (
            zipfile.BadZipFile,
            ValueError,
            OSError,
            struct.error,
            EOFError,
            NotImplementedError,
        ):
            raise ArchiveRefused("it is damaged: its list of parts can't be read") from None
        if len(self.entries) > limits.entries:
            raise ArchiveRefused(f"it has more than {limits.entries} parts")
        self._by_name = {_key(entry.filename): entry for entry in self.entries}
        if len(self._by_name) < len(self.entries):
            raise ArchiveRefused("two of its parts have the same name")

    def find(self, name: str) -> zipfile.ZipInfo | None:
        return self._by_name.get(_key(name))

    def check(self) -> None:
        """Unpacks everything once: limits, checksums, and no document type in any XML."""
        total = 0

        def counted(chunks: Iterable[bytes]) -> Iterator[bytes]:
            nonlocal total
            for chunk in chunks:
                total += len(chunk)
                if total > self._limits.unpacked_bytes:
                    raise ArchiveRefused(f"it unpacks to more than {self._limits.unpacked_bytes // MIB} MiB")
                yield chunk

        for entry in self.entries:
            chunks = counted(self.chunks(entry))
            try:
                if _key(entry.filename).endswith((".xml", ".rels")):
                    refuse_doctype(chunks)
                for _ in chunks:
                    pass
            except XmlRefused as refused:
                raise ArchiveRefused(str(refused)) from None

    def chunks(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The entry unpacked, counted while it inflates; the checksum is verified at the end."""
        unpacked, crc = 0, 0
        for chunk, packed in self._inflate(entry):
            unpacked += len(chunk)
            crc = zlib.crc32(chunk, crc)
            if unpacked > self._limits.unpacked_bytes:
                raise ArchiveRefused(f"it unpacks to more than {self._limits.unpacked_bytes // MIB} MiB")
            if unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * packed:
                raise ArchiveRefused("one of its parts unpacks to far more than a workbook holds")
            yield chunk
        if crc != entry.CRC:
            raise ArchiveRefused("it is damaged: a part's checksum is wrong")

    def read(self, entry: zipfile.ZipInfo, most: int = 64 * MIB) -> bytes:
        """The whole of a part that is small by its nature."""
        data = bytearray()
        for chunk in self.chunks(entry):
            data += chunk
            if len(data) > most:
                raise ArchiveRefused("one of its parts is larger than such a part can be")
        return bytes(data)

    def packed(self, entry: zipfile.ZipInfo) -> Iterator[bytes]:
        """The entry's bytes as they stand in the file."""
        if not 0 <= entry.header_offset < self._size:
            raise ArchiveRefused("it is damaged: a part is not where it should be")
        self._file.seek(entry.header_offset)
        header = self._file.read(_LOCAL_SIZE)
        if len(header) < _LOCAL_SIZE or header[:4] != b"PK\x03\x04":
            raise ArchiveRefused("it is damaged: a part is not where it should be")
        name, extra = struct.unpack("<HH", header[26:30])
        at, left = entry.header_offset + _LOCAL_SIZE + name + extra, entry.compress_size
        while left > 0:
            self._file.seek(at)
            piece = self._file.read(min(CHUNK, left))
            if not piece:
                raise ArchiveRefused("it is cut off")
            at, left = at + len(piece), left - len(piece)
            yield piece

    def _inflate(self, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
        """Chunks, each with the number of packed bytes used so far."""
        if entry.flag_bits & 1:
            raise ArchiveRefused("a part of it is encrypted")
        used = 0
        if entry.compress_type == zipfile.ZIP_STORED:
            for piece in self.packed(entry):
                used += len(piece)
                yield piece, used
            return
        if entry.compress_type != zipfile.ZIP_DEFLATED:
            raise ArchiveRefused("a part of it is packed in a way that no workbook uses")
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for piece in self.packed(entry):
                used += len(piece)
                tail, full = piece, True
                while tail or full:
                    chunk = inflater.decompress(tail, CHUNK)
                    tail, full = inflater.unconsumed_tail, len(chunk) == CHUNK
                    yield chunk, used - len(tail) - len(inflater.unused_data)
                if inflater.eof:
                    return
        except zlib.error:
            raise ArchiveRefused("it is damaged: a part can't be unpacked") from None
        raise ArchiveRefused("it is cut off")


def _check_directory_size(file: BinaryIO, size: int) -> None:
    start = max(0, size - _END_SIZE - 0xFFFF)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(_END)
    if at < 0 or len(tail) - at < _END_SIZE:
        raise ArchiveRefused("it is cut off")
    (directory,) = struct.unpack("<L", tail[at + 12 : at + 16])
    if directory == 0xFFFFFFFF and tail[max(0, at - 20) : at].startswith(_ZIP64_LOCATOR):
        (record,) = struct.unpack("<Q", tail[at - 12 : at - 4])
        file.seek(min(record, size))
        header = file.read(56)
        if len(header) < 56 or not header.startswith(_ZIP64_END):
            raise ArchiveRefused("it is damaged: its list of parts can't be read")
        (directory,) = struct.unpack("<Q", header[40:48])
    if directory > _DIRECTORY_BYTES:
        raise ArchiveRefused("its list of parts is too long")


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
