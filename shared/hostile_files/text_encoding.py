"""Which encoding a text of unknown origin is in: UTF-8 or UTF-16, with or without a mark, or Windows-1252."""

import codecs
from typing import BinaryIO

_LOOKED_AT = 4096
_PIECE = 1024 * 1024
_MOST_ARE_ASCII = 4
"""Without a mark, UTF-16 is known by the zero halves of plain characters: at least one of so many has them."""
_UNDEFINED = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
"""Bytes that Windows-1252 has no character for, and encodings of Japanese, for one, are full of."""


def encoding_of(file: BinaryIO) -> str | None:
    """The encoding by the name that Python knows it by, which leaves out a mark at the beginning; None for what is in
    none of them, or no text."""
    file.seek(0)
    head = file.read(_LOOKED_AT)
    file.seek(0)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if b"\0" in head:
        return _utf_16(head)
    if _is_utf_8(file):
        return "utf-8-sig"
    return None if _any(file, _UNDEFINED) else "cp1252"


def _utf_16(head: bytes) -> str | None:
    even, odd = head[::2].count(0), head[1::2].count(0)
    if even and odd:
        return None
    zeros, name = (odd, "utf-16-le") if odd else (even, "utf-16-be")
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


def _any(file: BinaryIO, unwanted: bytes) -> bool:
    found = False
    while not found and (piece := file.read(_PIECE)):
        found = len(piece.translate(None, unwanted)) < len(piece)
    file.seek(0)
    return found
