"""Addresses in XML as it stands: in texts and attributes, whatever elements these belong to."""

import re
from collections.abc import Collection, Iterator

from shared.people.mentions import keys_in, without

_LONGEST = 1 << 17
"""Bytes of a text behind an address."""
_RUN = re.compile(r'[^<>"]+')
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_NAMED = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ENTITY = re.compile("&(?:lt|gt|quot|amp);")
_WRITTEN = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "&": "&amp;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_SPECIAL = re.compile('[<>"&\n\r\t]')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SIGN = re.compile(rb"@|&#|%40|_x0040_")
"""What an address cannot do without, however it is written."""
_WRITTEN_ODDLY = (b"&", b"%", b"_x")
_EDGES = (b"<", b">", b'"')


def plain(run: str) -> str:
    """A text or attribute as it is meant. What stands for an apostrophe stays, as it may be what ends the attribute."""
    run = _NUMBERED.sub(_character, run) if "&#" in run else run
    return _ENTITY.sub(lambda found: _NAMED[found[0]], run) if "&" in run else run


def _character(found: re.Match[str]) -> str:
    code = int(found[1], 16) if found[1] else int(found[2])
    return chr(code) if code < 0x110000 and chr(code) != "'" else found[0]


def written(text: str) -> str:
    """The same, the other way round."""
    return _SPECIAL.sub(lambda found: _WRITTEN[found[0]], text)


def unescaped(text: str) -> str:
    """A cell's text with its `_xHHHH_` as the characters that they mean."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def keys(data: bytes) -> set[str]:
    """The keys of all addresses in a part, which is UTF-8."""
    found = set[str]()
    for start, end in _promising(data):
        found |= keys_in(unescaped(plain(data[start:end].decode("utf-8", "replace"))))
    return found


def places(data: bytes, gone: Collection[str]) -> list[int]:
    """Where in a part texts and attributes stand that have one of these addresses, rising."""
    return [
        start
        for start, end in _candidates(data, gone)
        if not keys_in(unescaped(plain(data[start:end].decode("utf-8", "replace")))).isdisjoint(gone)
    ]


def erased(data: bytes, gone: Collection[str], marker: str) -> bytes:
    """The part with the marker in place of these addresses; the very same bytes where there is none of them."""
    made, at = list[bytes](), 0
    for start, end in _candidates(data, gone):
        text = unescaped(plain(data[start:end].decode("utf-8", "surrogateescape")))
        new = without(text, gone.__contains__, marker)
        if new != text:
            made += [data[at:start], written(new).encode("utf-8", "surrogateescape")]
            at = end
    return b"".join((*made, data[at:])) if made else data


def _candidates(data: bytes, gone: Collection[str]) -> Iterator[tuple[int, int]]:
    """Those that may hold one of these addresses: a plain text does where it is spelled there."""
    spelled = [key.encode() for key in gone]
    for start, end in _promising(data):
        run = data[start:end]
        odd = not run.isascii() or any(each in run for each in _WRITTEN_ODDLY)
        if odd or any(key in run.lower() for key in spelled):
            yield start, end


def _promising(data: bytes) -> Iterator[tuple[int, int]]:
    """From where to where a text or attribute stands that may hold an address. Not run by run: of 150,000 rows these
    are millions."""
    end = 0
    for sign in _SIGN.finditer(data):
        if sign.start() < end:
            continue
        start = max(data.rfind(edge, end, sign.start()) for edge in _EDGES)
        start = end if start < 0 else start + 1
        found = [at for edge in _EDGES if (at := data.find(edge, sign.end(), sign.end() + _LONGEST)) >= 0]
        end = min(found, default=min(len(data), sign.end() + _LONGEST))
        yield start, end


def runs(data: bytes) -> set[str]:
    """All texts and attributes of a part, each as it is meant."""
    return {plain(found[0]).strip() for found in _RUN.finditer(data.decode("utf-8", "replace"))}
