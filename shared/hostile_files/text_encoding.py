"""Which encoding a text of unknown origin is in: UTF-8 or UTF-16, with or without a mark, or Windows-1252."""

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

_LOOKED_AT = 4096
_PIECE = 1024 * 1024
_MOST_ARE_ASCII = 4
"""Without a mark, UTF-16 is known by the zero halves of plain characters: at least one of so many has them."""
_ZEROS_OF_OTHERS = 8
"""The other halves are zero in one character of two hundred of some alphabets: at most once in so many zeros."""
_ASCII = bytes(range(128))
_NO_UTF_8 = re.compile("[\udc80-\udcff]")
"""What bytes that are no UTF-8 are decoded to (PEP 383)."""
_UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that Windows-1252 has no character for, and encodings of Japanese, for one, are full of."""


def encoding_of(file: BinaryIO) -> str | None:
    """The encoding by the name that Python knows it by, which leaves out a mark at the beginning; None for what is in
    none of them, or no text. A text that is in UTF-8 but for a few bytes is in UTF-8, see `line_not_in_utf_8`."""
    file.seek(0)
    head = file.read(_LOOKED_AT)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        return _utf_16(head)
    if _is_utf_8(file) or _is_mostly_utf_8(file):
        return "utf-8-sig"
    return None if _any(file, _UNDEFINED) else "cp1252"


def _utf_16(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    zeros, name = (odd, "utf-16-le") if odd > even else (even, "utf-16-be")
    if min(even, odd) * _ZEROS_OF_OTHERS > zeros or "\0" in head.decode(name, "ignore"):
        return None
    return name if zeros * 2 * _MOST_ARE_ASCII >= len(head) else None


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while piece := file.read(_PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True


def line_not_in_utf_8(file: BinaryIO) -> int | None:
    """The first line of a text that is not in UTF-8; None where all are."""
    if _is_utf_8(file):
        return None
    line = 1
    for text, _ in _decoded(file):
        bad = _NO_UTF_8.search(text)
        line += len(re.findall(r"\r\n|\r|\n", text[: bad.start()] if bad else text))
        if bad:
            break
    file.seek(0)
    return line


def _is_mostly_utf_8(file: BinaryIO) -> bool:
    """Whether most bytes beyond ASCII are in sequences of UTF-8, which other texts hold by chance only."""
    good = 0
    for text, beyond in _decoded(file):
        bad = len(_NO_UTF_8.findall(text))
        good += beyond - 2 * bad
    file.seek(0)
    return good > 0


def _decoded(file: BinaryIO) -> Iterator[tuple[str, int]]:
    """The text in pieces, with how many of a piece's bytes are beyond ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while piece := file.read(_PIECE):
        yield decoder.decode(piece), len(piece.translate(None, _ASCII))
    yield decoder.decode(b"", final=True), 0


def _any(file: BinaryIO, unwanted: bytes) -> bool:
    found = False
    while not found and (piece := file.read(_PIECE)):
        found = len(piece.translate(None, unwanted)) < len(piece)
    file.seek(0)
    return found
