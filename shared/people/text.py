"""Texts as the admin means them: what a cell or a form field holds, without what nobody sees."""

from __future__ import annotations

import re
import unicodedata

# Never visible and never meant: zero width space, word joiner, the operators of formulas, byte order mark, soft hyphen,
# Mongolian vowel separator.
_INVISIBLE = "\u200b\u2060-\u2064\ufeff\u00ad\u180e"
# Meant inside (emoji are joined by U+200D, Persian words parted by U+200C, marks order mixed scripts), noise at the
# edges. Embeddings and isolates come with what is copied out of Windows dialogs; the overrides U+202D, U+202E do not.
_EDGE_ONLY = "\u200c\u200d\u200e\u200f\u061c\u202a\u202b\u202c\u2066\u2067\u2068\u2069"
_SPACES = " \u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"
_BREAKS = "\t\n\x0b\x0c\r\x85\u2028\u2029"

_DROP = re.compile(f"[{_INVISIBLE}]+")
_EDGES = re.compile(f"^[{_SPACES}{_BREAKS}{_EDGE_ONLY}]+|[{_SPACES}{_BREAKS}{_EDGE_ONLY}]+$")
_SPACE = re.compile(f"[{_SPACES}{_BREAKS}]+")
_ILLEGAL = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
_MAILTO = re.compile(f"^(?:mailto:[{_SPACES}{_BREAKS}{_EDGE_ONLY}]*)+", re.IGNORECASE)
# What programs and keyboards put for a hyphen (no soft one, which is invisible) and for an apostrophe.
HYPHENS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u058a\ufe58\ufe63\uff0d"
APOSTROPHES = "`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u2018\u2019\u201a\u201b\u2032\u2035\u055a\ua78c\uff07"
_ALIKE = str.maketrans({**dict.fromkeys(HYPHENS, "-"), **dict.fromkeys(APOSTROPHES, "'")})
_UNSEEN = str.maketrans({"\u2010": "-", "\u2011": "-"})
_ACCENTS = re.compile("[\u0300-\u036f]+")
_UNACCENTED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_WORDS = re.compile(r"[ ,;]+")
_JOINERS = str.maketrans("", "", _EDGE_ONLY[:5])


def clean(text: str) -> str:
    """`text` in NFC without surrounding space and zero-width characters, any space inside of it one plain space.

    Idempotent, never raises. Control characters stay for `has_illegal` to find: removing them could hide a forgery.
    """
    if text.isascii() and text.isprintable():  # nearly every cell: nothing but a space can be in the way
        return " ".join(text.split()) if "  " in text else text.strip(" ")
    text = unicodedata.normalize("NFC", _DROP.sub("", text))
    return _SPACE.sub(" ", _EDGES.sub("", text))


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
    """The form in which list values and names are compared: cleaned, without regard to case and to the kind of hyphen
    and apostrophe."""
    return unicodedata.normalize("NFC", clean(text).casefold()).translate(_ALIKE)


def looks_like(text: str, other: str) -> bool:
    """Whether nobody would see a difference: in the kind of space, or of a hyphen that looks like the plain one."""
    return text == other or clean(text).translate(_UNSEEN) == clean(other).translate(_UNSEEN)


def meant(text: str | None, present: str | None) -> str | None:
    """What a cell makes of the value that somebody has: a blank one leaves it, and so does what looks the same."""
    return present if not text or (present and looks_like(present, text)) else text


def searched(text: str) -> str:
    """The form in which texts are searched: folded, without the accents of Latin, Greek and Cyrillic letters."""
    folded = fold(text)
    if folded.isascii():
        return folded
    plain = _ACCENTS.sub("", unicodedata.normalize("NFD", folded).translate(_UNACCENTED))
    return unicodedata.normalize("NFC", plain)


def words_searched(text: str) -> list[str]:
    """The words that are looked for, in any order: "Lee, Ann" and "ann lee" are the same."""
    form = searched(text)
    return list(dict.fromkeys(word for word in _WORDS.split(form) if word)) or [form]
