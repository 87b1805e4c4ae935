"""Addresses in XML as it stands: in texts and attributes, whatever elements these belong to."""

import re
from collections.abc import Callable, Collection, Iterator

from shared.people.mentions import keys_in, without

_RUN = re.compile(r'[^<>"]+')
_NUMBERED = re.compile(r"&#(?:x([0-9A-Fa-f]{1,6})|([0-9]{1,7}));")
_NAMED = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&"}
_ENTITY = re.compile("&(?:lt|gt|quot|amp);")
_WRITTEN = {"<": "&lt;", ">": "&gt;", '"': "&quot;", "&": "&amp;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;"}
_SPECIAL = re.compile('[<>"&\n\r\t]')
_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SIGNS = (b"@", b"&#", b"%40", b"_x0040_")


def may_mention(data: bytes) -> bool:
    """Whether there can be an address in it at all."""
    return any(sign in data for sign in _SIGNS)


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
    for run in _runs(data):
        found |= keys_in(unescaped(plain(run)))
    return found


def erased(data: bytes, gone: Collection[str], marker: str) -> bytes:
    """The part with the marker in place of these addresses; the very same bytes where there is none of them."""
    if not may_mention(data):
        return data
    return _changed(data, lambda text: without(unescaped(text), gone, marker))


def _runs(data: bytes) -> Iterator[str]:
    if may_mention(data):
        for found in _RUN.finditer(data.decode("utf-8", "replace")):
            if _promising(found[0]):
                yield found[0]


def _promising(run: str) -> bool:
    return "@" in run or "&#" in run or "%40" in run or "_x0040_" in run


def _changed(data: bytes, change: Callable[[str], str]) -> bytes:
    def run(found: re.Match[str]) -> str:
        if not _promising(found[0]):
            return found[0]
        text = plain(found[0])
        new = change(text)
        # `unescaped` alone is no change.
        return found[0] if new == unescaped(text) else written(new)

    text = data.decode("utf-8", "surrogateescape")
    new = _RUN.sub(run, text)
    return data if new == text else new.encode("utf-8", "surrogateescape")


def runs(data: bytes) -> set[str]:
    """All texts and attributes of a part, each as it is meant."""
    return {plain(found[0]).strip() for found in _RUN.finditer(data.decode("utf-8", "replace"))}
