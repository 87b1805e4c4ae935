"""Texts as the admin means them: what a cell or a form field holds, without what nobody sees (domain.md, "Columns")."""

from __future__ import annotations

import re
import unicodedata

# Never visible and never meant: zero width space, word joiner, byte order mark, soft hyphen, Mongolian vowel separator.
_INVISIBLE = "\u200b\u2060\ufeff\u00ad\u180e"
# Meant inside (emoji are joined by U+200D, Persian words parted by U+200C, marks order mixed scripts), noise at the
# edges. Embeddings and isolates come with what is copied out of Windows dialogs; the overrides U+202D, U+202E do not.
_EDGE_ONLY = "\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
_SPACES = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = "\t\n\x0b\x0c\r\x85\u2028\u2029"

_DROP = re.compile(f"[{_INVISIBLE}]+")
_EDGES = re.compile(f"^[{_SPACES}{_BREAKS}{_EDGE_ONLY}]+|[{_SPACES}{_BREAKS}{_EDGE_ONLY}]+$")
_BREAK = re.compile(f"[{_SPACES}]*[{_BREAKS}][{_SPACES}{_BREAKS}]*")
_ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_MAILTO = re.compile(f"^(?:mailto:[{_SPACES}{_BREAKS}{_EDGE_ONLY}]*)+", re.IGNORECASE)
_JOINERS = str.maketrans("", "", _EDGE_ONLY[:5])


def clean(text: str) -> str:
    """`text` in NFC without surrounding space and zero-width characters, its line breaks and tabs one space.

    Idempotent, never raises. Control characters stay for `has_illegal` to find: removing them could hide a forgery.
    """
    if text.isascii() and text.isprintable():  # nearly every cell: nothing but a space can be in the way
        return text.strip(" ")
    text = unicodedata.normalize("NFC", _DROP.sub("", text))
    return _BREAK.sub(" ", _EDGES.sub("", text))


def clean_address(text: str) -> str:
    """`clean`, without a `mailto:` and without joiners and marks before the @, where only ASCII can stand."""
    text = clean(text)
    if not text.isascii():
        local, at, domain = text.rpartition("@")
        text = clean(local.translate(_JOINERS) + at + domain)
    return _MAILTO.sub("", text) if text[:7].lower() == "mailto:" else text


def has_illegal(text: str) -> bool:
    """Whether a cleaned text holds control characters, bidirectional overrides or halves of characters."""
    return not text.isprintable() and _ILLEGAL.search(text) is not None


def harmless(text: str) -> str:
    """A cleaned text as it can be shown, kept and sent on wherever: without what `has_illegal` finds."""
    return clean(_ILLEGAL.sub("", clean(text)))


def fold(text: str) -> str:
    """The form in which list values and names are compared: cleaned, without regard to case."""
    return unicodedata.normalize("NFC", clean(text).casefold())
