"""A zip that a stranger made, read without believing what its headers say. Use it inside the sandbox.

Names are only ever compared, never used as paths; nothing is written to disk. Only what is read has to be well: a part
that nobody asks for is neither unpacked nor looked at (docs/decisions/0023-what-a-workbook-may-cost.md).
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

MIB = 1024 * 1024
CHUNK = 256 * 1024
LOCAL, _END, _END_SIZE = b"PK\x03\x04", b"PK\x05\x06", 22
SIGNATURES = (LOCAL, _END)
"""What a zip begins with: a part, or its end where it has none."""
_ZIP64_LOCATOR, _ZIP64_END = b"PK\x06\x07", b"PK\x06\x06"
_LOCAL_SIZE = 30


class ArchiveRefused(Exception):
    """Damaged, or a bomb. The message is a plain half sentence ("it is cut off")."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What reading a zip may cost.

    The list of its parts is held in memory, some twelve times as large as in the file: 8 MiB are 80,000 ordinary parts.

    Marks are the work that XML makes, about half a microsecond each: every `<`, `/>` and `=`, every sixteenth `&` and
    end of line, every 64 bytes of whatever it is. Those that come to nothing (see `Gain`) are limited, of all parts
    together. What is plain comes to something, up to eight to a packed byte (blank rows and cells that differ have up
    to five, texts with many formats seven), and beyond that counts two fifths; of all else an eighth is let pass.
    """

    directory_bytes: int = 8 * MIB
    unpacked_bytes: int = 512 * MIB  # of all that is read, together
    marks: int = 1_500_000
    plain_marks_per_byte: float = 8
    plain_beyond: float = 2 / 5
    idle_marks_per_byte: float = 1 / 8


@dataclass(slots=True)
class Gain:
    """What its reader has made of a part so far, in marks, beside the part's chunks (`Archive.chunks`)."""

    kept: int = 0
    """Of what somebody gets, which pays for itself."""
    plain: int = 0
    """Of what says nothing and yet stands in honest files, such as blank rows: it counts as far as it repeats no more
    than theirs, and beyond that in part."""


class Archive:
    """The entries of a zip, by their names without regard to case, leading slash and kind of slash."""

    def __init__(self, file: BinaryIO, limits: ArchiveLimits) -> None:
        self._file = file
        self._limits = limits
        self._size = file.seek(0, io.SEEK_END)
        _check_directory_size(file, self._size, limits.directory_bytes)
        try:
            # Not is_dir(), which raises an IndexError where a name begins with a NUL: zipfile ends names there.
            self.entries = [entry for entry in zipfile.ZipFile(file).infolist() if not entry.filename.endswith("/")]
        except (
            zipfile.BadZipFile,
            ValueError,
            OSError,
            struct.error,
            EOFError,
            NotImplementedError,
        ):
            raise ArchiveRefused("it is damaged: its list of parts can't be read") from None
        self._by_name, self._ambiguous = dict[str, zipfile.ZipInfo](), set[str]()
        for entry in self.entries:
            first = self._by_name.setdefault(_key(entry.filename), entry)
            if (first.CRC, first.file_size) != (entry.CRC, entry.file_size):
                self._ambiguous.add(_key(entry.filename))
        self._read = dict[zipfile.ZipInfo, int]()
        """The most bytes that were unpacked of each entry; several may stand for the same bytes of the file."""
        self._looked_through = 0
        self._idle = dict[zipfile.ZipInfo, float]()
        """The most marks of each entry that came to nothing."""
        self._judged = set[zipfile.ZipInfo]()
        """Those of which all was let through."""

    def find(self, name: str) -> zipfile.ZipInfo | None:
        """The part of that name. Raises ArchiveRefused where two that differ have it."""
        if _key(name) in self._ambiguous:
            raise ArchiveRefused("two of its parts have the same name")
        return self._by_name.get(_key(name))

    def chunks(self, entry: zipfile.ZipInfo, gain: Gain | None = None) -> Iterator[bytes]:
        """The entry unpacked, counted while it inflates; the checksum is verified at the end.

        `gain`: what the reader of the chunks adds to as it goes. Each chunk's work is held against it when the next
        one is asked for.
        """
        gain = gain or Gain()
        packed, plain, idle, crc = 0, gain.plain, 0.0, 0
        judged, idle_before = entry in self._judged, self._idle.get(entry, 0)
        idle_left = self._limits.marks - sum(self._idle.values()) + idle_before
        if idle_left < 0:  # by a part that its reader could do without
            raise self._for_nothing()
        unpacked, before = 0, self._read.get(entry, 0)
        left = self._limits.unpacked_bytes - sum(self._read.values()) + before
        for chunk, used in self._unpack(entry):
            unpacked += len(chunk)
            if unpacked > left:
                raise self._too_large()
            self._read[entry] = max(before, unpacked)
            work = _marks(chunk)
            crc = zlib.crc32(chunk, crc)
            yield chunk
            # By chunks, or some noise somewhere would pay for as much repetition elsewhere.
            idle += max(0, self._idle_of(work, gain.plain - plain, used - packed))
            packed, plain = used, gain.plain
            if judged:
                continue
            self._idle[entry] = max(idle_before, idle - gain.kept)
            if self._idle[entry] > idle_left:
                raise self._for_nothing()
        if crc != entry.CRC:
            raise ArchiveRefused("it is damaged: a part's checksum is wrong")
        self._judged.add(entry)

    def mentions(self, entry: zipfile.ZipInfo, needles: Sequence[bytes]) -> Iterator[int]:
        """How often the needles occur in an entry, chunk by chunk: in each no more than one to two packed bytes.

        Looking through it is far quicker than reading it, and neither judges it nor counts as reading. In all no more
        is looked through than may be read; raises ArchiveRefused there.
        """
        packed = 0
        for chunk, used in self._unpack(entry):
            self._looked_through += len(chunk)
            if self._looked_through > self._limits.unpacked_bytes:
                raise self._too_large()
            yield min(sum(map(chunk.count, needles)), (used - packed) // _BYTES_OF_A_MENTION)
            packed = used

    def _unpack(self, entry: zipfile.ZipInfo) -> Iterator[tuple[bytes, int]]:
        """As `_inflate`, no more than the list of parts says."""
        unpacked = 0
        if entry.file_size > self._limits.unpacked_bytes:
            raise self._too_large()
        for chunk, used in self._inflate(entry):
            unpacked += len(chunk)
            if unpacked > entry.file_size:
                raise ArchiveRefused("it is damaged: a part is larger than its list of parts says")
            yield chunk, used

    def _idle_of(self, work: int, plain: int, packed: int) -> float:
        """How many marks of a chunk come to nothing, by what was plain in it and by its size in the file."""
        plain = min(work, plain)
        beyond = max(0, plain - self._limits.plain_marks_per_byte * packed)
        return work - plain + self._limits.plain_beyond * beyond - self._limits.idle_marks_per_byte * packed

    def _for_nothing(self) -> ArchiveRefused:
        return ArchiveRefused("one of its parts repeats what holds nothing far more often than a file does")

    def _too_large(self) -> ArchiveRefused:
        return ArchiveRefused(f"it unpacks to more than {self._limits.unpacked_bytes // MIB} MiB")

    def read(self, entry: zipfile.ZipInfo, gain: Gain | None = None) -> bytes:
        """The whole of a part."""
        data = io.BytesIO()  # gives away what it has gathered without a copy, which matters for half of the memory
        for chunk in self.chunks(entry, gain):
            data.write(chunk)
        return data.getvalue()

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
            raise ArchiveRefused("a part of it is packed in a way that is not read here")
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
        except zlib.error as error:
            if str(error).startswith(_NO_MEMORY):
                raise MemoryError from None
            raise ArchiveRefused("it is damaged: a part can't be unpacked") from None
        raise ArchiveRefused("it is cut off")


def _marks(chunk: bytes) -> int:
    marks, quick = (sum(chunk.count(each) for each in kind if each in chunk) for kind in (_WORK, _QUICK_WORK))
    return marks + quick // _QUICK + len(chunk) // BYTES_OF_A_MARK


_WORK, _QUICK_WORK = (b"<", b"/>", b"="), (b"&", b"\n", b"\r")
_QUICK = 16
"""Entities and ends of lines that take as long as an element."""
BYTES_OF_A_MARK = 64
"""Text of that length takes as long."""

_BYTES_OF_A_MENTION = 2
"""Packed, at the least: cells that refer to one text after the other take 2.7."""

_NO_MEMORY = "Error -4 "
"""How zlib's Z_MEM_ERROR reads in Python, which makes a MemoryError of it only where an object is made."""


def _check_directory_size(file: BinaryIO, size: int, most: int) -> None:
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
    if directory > most:
        raise ArchiveRefused("its list of parts is too long")


def _key(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
